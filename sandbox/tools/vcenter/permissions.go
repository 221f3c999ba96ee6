package main

import (
	"maps"
	"slices"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: permissions.
//
// The simulator stores permissions and never asks for them: whoever may log in may do anything, and is told so by
// HasPrivilegeOnEntities. Setting one user's permission on an object forgets all others' there, and a role's id is 0.
// In a vCenter a permission gives a user (or group) a role on an object and, if it propagates, on what is below it; a
// permission further down takes its place. What a user lacks is answered with NoPermission, which names object and
// privilege; what it may not see is not found, and what it may not read is withheld, a property at a time.
// The lab runs as a user who has just what it needs, and tells its user what is missing before it makes anything.
//
// GET /privileges at the fault endpoint lists what calls of limited users required so far, as vCenter 8's privilege
// recorder does: "VirtualMachine.Config.Settings on Folder", by the type of the object.
//
// -username's user may do anything, the user of -limited what permissions say. Not here: groups, global permissions, and
// that a VM also inherits from its resource pool.

// authority judges users by the permissions in vCenter. It is in the registry, for a session's collector to find, and
// so needs what the simulator looks for in all that is there: a managed object.
type authority struct {
	mo.AuthorizationManager
	admin string // "" where anybody may log in

	mutex    sync.Mutex
	required map[string]bool
}

var authorityRef = types.ManagedObjectReference{Type: "Authority", Value: "authority"}

func newAuthority(admin string) *authority {
	return &authority{AuthorizationManager: mo.AuthorizationManager{Self: authorityRef}, admin: admin}
}

// limits says whether permissions decide what the user may do.
func (a *authority) limits(user string) bool { return a.admin != "" && user != a.admin }

// refusal is the first thing that the session's user lacks for a call, or nil.
func (a *authority) refusal(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if !a.limits(ctx.Session.UserName) {
		return nil
	}
	for _, demand := range demands(ctx, method) {
		a.record(demand)
		if !a.holds(ctx, ctx.Session.UserName, demand.on, demand.privilege) {
			return &types.NoPermission{Object: &demand.on, PrivilegeId: demand.privilege}
		}
	}
	return nil
}

func (a *authority) record(demand demand) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.required == nil {
		a.required = map[string]bool{}
	}
	a.required[demand.privilege+" on "+demand.on.Type] = true
}

// recorded are the privileges that were required so far, in order.
func (a *authority) recorded() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return slices.Sorted(maps.Keys(a.required))
}

// holds says whether the user has a privilege on an object; what is no object of the inventory is the root folder's.
func (a *authority) holds(ctx *simulator.Context, user string, on types.ManagedObjectReference, privilege string) bool {
	return !a.limits(user) || slices.Contains(role(ctx, user, on), privilege)
}

// role is the privileges of the user's role on an object: the nearest permission's, on it or handed down to it.
func role(ctx *simulator.Context, user string, on types.ManagedObjectReference) []string {
	manager := ctx.Map.Get(*vpx.ServiceContent.AuthorizationManager).(*simulator.AuthorizationManager)
	for at := entity(ctx, on); at != nil; at = parent(ctx, at) {
		for _, permission := range permissions(ctx, manager, at.Reference()) {
			here := at.Reference() == on || permission.Propagate
			if permission.Principal == user && !permission.Group && here {
				return privilegesOf(manager, permission.RoleId)
			}
		}
	}
	return nil
}

// entity is the object of the inventory that something belongs to: itself, a host's manager's host, or the root folder.
func entity(ctx *simulator.Context, on types.ManagedObjectReference) mo.Entity {
	switch object := ctx.Map.Get(on).(type) {
	case mo.Entity:
		return object
	case *simulator.HostNetworkSystem:
		return ctx.Map.Get(object.Host.Self).(mo.Entity)
	}
	return ctx.Map.Get(vpx.ServiceContent.RootFolder).(mo.Entity)
}

func parent(ctx *simulator.Context, of mo.Entity) mo.Entity {
	if ref := of.Entity().Parent; ref != nil {
		above, _ := ctx.Map.Get(*ref).(mo.Entity)
		return above
	}
	return nil
}

func permissions(ctx *simulator.Context, manager *simulator.AuthorizationManager, on types.ManagedObjectReference) (found []types.Permission) {
	ctx.WithLock(manager, func() {
		answer := manager.RetrieveEntityPermissions(ctx, &types.RetrieveEntityPermissions{Entity: on})
		found = slices.Clone(answer.(*methods.RetrieveEntityPermissionsBody).Res.Returnval)
	})
	return found
}

func privilegesOf(manager *simulator.AuthorizationManager, id int32) []string {
	for _, role := range manager.RoleList {
		if role.RoleId == id {
			return role.Privilege
		}
	}
	return nil
}

// authorizationManager answers honestly.
type authorizationManager struct {
	*simulator.AuthorizationManager
	authority *authority
}

func (m *authorizationManager) SetEntityPermissions(ctx *simulator.Context, req *types.SetEntityPermissions) soap.HasFault {
	all := req.Permission
	for _, old := range permissions(ctx, m.AuthorizationManager, req.Entity) {
		isNew := func(p types.Permission) bool { return p.Principal == old.Principal && p.Group == old.Group }
		if !slices.ContainsFunc(req.Permission, isNew) {
			all = append(all, old)
		}
	}
	return m.AuthorizationManager.SetEntityPermissions(&types.SetEntityPermissions{Entity: req.Entity, Permission: all})
}

func (m *authorizationManager) AddAuthorizationRole(req *types.AddAuthorizationRole) soap.HasFault {
	answer := m.AuthorizationManager.AddAuthorizationRole(req).(*methods.AddAuthorizationRoleBody)
	if answer.Res != nil {
		answer.Res.Returnval = m.RoleList[len(m.RoleList)-1].RoleId
	}
	return answer
}

func (m *authorizationManager) HasPrivilegeOnEntities(ctx *simulator.Context, req *types.HasPrivilegeOnEntities) soap.HasFault {
	found := m.availability(ctx, m.userOf(ctx, req.SessionId), req.Entity, req.PrivId)
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{Returnval: found}}
}

func (m *authorizationManager) HasUserPrivilegeOnEntities(ctx *simulator.Context, req *types.HasUserPrivilegeOnEntities) soap.HasFault {
	found := m.availability(ctx, req.UserName, req.Entities, req.PrivId)
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: &types.HasUserPrivilegeOnEntitiesResponse{Returnval: found}}
}

func (m *authorizationManager) HasPrivilegeOnEntity(ctx *simulator.Context, req *types.HasPrivilegeOnEntity) soap.HasFault {
	var held []bool
	for _, one := range m.availability(ctx, m.userOf(ctx, req.SessionId), []types.ManagedObjectReference{req.Entity}, req.PrivId)[0].PrivAvailability {
		held = append(held, one.IsGranted)
	}
	return &methods.HasPrivilegeOnEntityBody{Res: &types.HasPrivilegeOnEntityResponse{Returnval: held}}
}

// userOf is a session's user; of a session that is not the caller's it is nobody, who holds nothing.
func (m *authorizationManager) userOf(ctx *simulator.Context, session string) string {
	if session == ctx.Session.Key {
		return ctx.Session.UserName
	}
	return ""
}

func (m *authorizationManager) availability(ctx *simulator.Context, user string, on []types.ManagedObjectReference, privileges []string) (found []types.EntityPrivilege) {
	for _, object := range on {
		one := types.EntityPrivilege{Entity: object}
		for _, privilege := range privileges {
			one.PrivAvailability = append(one.PrivAvailability, types.PrivilegeAvailability{
				PrivId: privilege, IsGranted: m.authority.holds(ctx, user, object, privilege)})
		}
		found = append(found, one)
	}
	return found
}

// searchIndex does not find what its user may not see.
type searchIndex struct {
	*simulator.SearchIndex
	authority *authority
}

func (s *searchIndex) FindByInventoryPath(ctx *simulator.Context, req *types.FindByInventoryPath) soap.HasFault {
	answer := s.SearchIndex.FindByInventoryPath(ctx, req).(*methods.FindByInventoryPathBody)
	if answer.Res != nil && answer.Res.Returnval != nil {
		if !s.authority.holds(ctx, ctx.Session.UserName, *answer.Res.Returnval, "System.View") {
			answer.Res.Returnval = nil
		}
	}
	return answer
}

// collector withholds what its user may not read. The simulator makes one for each session, of nothing but its type.
type collector struct {
	simulator.PropertyCollector
}

func (c *collector) RetrievePropertiesEx(ctx *simulator.Context, req *types.RetrievePropertiesEx) soap.HasFault {
	answer := c.PropertyCollector.RetrievePropertiesEx(ctx, req)
	body, ok := answer.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil || ctx.Session == nil {
		return answer
	}
	judge := ctx.Map.Get(authorityRef).(*authority)
	for i := range body.Res.Returnval.Objects {
		found := &body.Res.Returnval.Objects[i]
		_, isEntity := ctx.Map.Get(found.Obj).(mo.Entity)
		if !isEntity || judge.holds(ctx, ctx.Session.UserName, found.Obj, "System.Read") {
			continue
		}
		fault := types.LocalizedMethodFault{Fault: &types.NoPermission{Object: &found.Obj, PrivilegeId: "System.Read"}}
		for _, property := range found.PropSet {
			found.MissingSet = append(found.MissingSet, types.MissingProperty{Path: property.Name, Fault: fault})
		}
		found.PropSet = nil
	}
	return answer
}
