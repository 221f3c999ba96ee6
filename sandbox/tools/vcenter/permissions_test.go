package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func withLimited(o *options) { o.limited = "limited:secret" }

func (l *lab) root() types.ManagedObjectReference { return l.client.ServiceContent.RootFolder }

// permit gives the limited user a role on an object.
func (l *lab) permit(on object.Reference, role string, propagate bool) {
	l.Helper()
	manager := object.NewAuthorizationManager(l.client.Client)
	roles, err := manager.RoleList(l.ctx)
	l.must(err)
	l.must(manager.SetEntityPermissions(l.ctx, on.Reference(), []types.Permission{
		{Principal: "limited", RoleId: roles.ByName(role).RoleId, Propagate: propagate}}))
}

// grant gives the limited user a role of its own, with these privileges, on an object and what is below it.
func (l *lab) grant(on object.Reference, privileges ...string) {
	l.Helper()
	name := on.Reference().Value + "'s"
	manager := object.NewAuthorizationManager(l.client.Client)
	roles, err := manager.RoleList(l.ctx)
	l.must(err)
	if role := roles.ByName(name); role != nil {
		l.must(manager.UpdateRole(l.ctx, role.RoleId, name, privileges))
	} else {
		_, err = manager.AddRole(l.ctx, name, privileges)
		l.must(err)
	}
	l.permit(on, name, true)
}

// held asks as the user itself.
func (l *lab) held(user *govmomi.Client, on object.Reference, privilege string) bool {
	l.Helper()
	session, err := user.SessionManager.UserSession(l.ctx)
	l.must(err)
	answer, err := methods.HasPrivilegeOnEntities(l.ctx, user, &types.HasPrivilegeOnEntities{
		This: *user.ServiceContent.AuthorizationManager, SessionId: session.Key,
		Entity: []types.ManagedObjectReference{on.Reference()}, PrivId: []string{privilege}})
	l.must(err)
	return answer.Returnval[0].PrivAvailability[0].IsGranted
}

// lacked is the privilege that a call was refused for, or "".
func (l *lab) lacked(err error) string {
	l.Helper()
	if kind(err) != "NoPermission" {
		l.Fatalf("%s %v", kind(err), err)
	}
	return soap.ToSoapFault(err).VimFault().(types.NoPermission).PrivilegeId
}

func TestAPermissionReachesWhatIsBelowAndOneFurtherDownTakesItsPlace(t *testing.T) {
	l := newLab(t, withLimited)
	user := l.login("limited", "secret")
	l.permit(l.datacenter, "Admin", true)
	is(t, "below", l.held(user, l.source, "VirtualMachine.Inventory.Delete"), true)
	l.permit(l.folders.VmFolder, "ReadOnly", true)
	is(t, "further down", l.held(user, l.source, "VirtualMachine.Inventory.Delete"), false)
	is(t, "beside", l.held(user, l.datastore, "Datastore.AllocateSpace"), true)
	l.permit(l.folders.VmFolder, "NoAccess", false)
	is(t, "not handed down", l.held(user, l.source, "VirtualMachine.Inventory.Delete"), true)
	is(t, "the other user", l.held(l.client, l.source, "VirtualMachine.Inventory.Delete"), true)
}

// gift is a privilege, and where it is given.
type gift struct{ privilege, place string }

// needs goes from nothing to a call that succeeds: each refusal must name the next privilege, and it must help there.
func needs(l *lab, on map[string]object.Reference, call func(*govmomi.Client) error, wanted ...gift) {
	l.Helper()
	user := l.login("limited", "secret")
	given := map[string][]string{}
	for place, object := range on {
		given[place] = []string{"System.Read"}
		l.grant(object, given[place]...)
	}
	for _, want := range wanted {
		is(l, "lacks", l.lacked(call(user)), want.privilege)
		given[want.place] = append(given[want.place], want.privilege)
		l.grant(on[want.place], given[want.place]...)
	}
	l.must(call(user))
}

func TestACloneOfATemplateToATemplateRequiresWhatTheReferenceSays(t *testing.T) {
	l := newLab(t, withLimited)
	on := map[string]object.Reference{"folder": l.folders.VmFolder, "datastore": l.datastore, "networks": l.networks()[machineNetwork], "source": l.source}
	needs(l, on, func(user *govmomi.Client) error {
		pool, datastore := l.pool.Reference(), l.datastore.Reference()
		config := features("mark")
		config.DeviceChange = []types.BaseVirtualDeviceConfigSpec{l.card(machineNetwork)}
		task, err := object.NewVirtualMachine(user.Client, l.source.Reference()).Clone(l.ctx, l.folders.VmFolder, "clone", types.VirtualMachineCloneSpec{
			Location: types.VirtualMachineRelocateSpec{Pool: &pool, Datastore: &datastore}, Template: true, Config: &config})
		if err == nil {
			l.do(object.NewTask(l.client.Client, task.Reference()), nil)
		}
		return err
	},
		gift{"VirtualMachine.Provisioning.CloneTemplate", "source"},
		gift{"VirtualMachine.Inventory.CreateFromExisting", "folder"},
		gift{"VirtualMachine.Config.AddNewDisk", "folder"},
		gift{"Datastore.AllocateSpace", "datastore"},
		gift{"Network.Assign", "networks"},
		gift{"VirtualMachine.Config.AddRemoveDevice", "folder"},
		gift{"VirtualMachine.Config.Annotation", "folder"},
		gift{"VirtualMachine.Config.Settings", "folder"},
	)
}

func TestATemplatesChangeRequiresWhatTheReferenceSays(t *testing.T) {
	l := newLab(t, withLimited)
	on := map[string]object.Reference{"folder": l.folders.VmFolder, "pool": l.pool}
	template := l.cloned(l.source, "template", true, features("mark"))
	as := func(user *govmomi.Client) *object.VirtualMachine {
		return object.NewVirtualMachine(user.Client, template.Reference())
	}
	needs(l, on, func(user *govmomi.Client) error { return as(user).MarkAsVirtualMachine(l.ctx, *l.pool, nil) },
		gift{"VirtualMachine.Provisioning.MarkAsVM", "folder"}, gift{"Resource.AssignVMToPool", "pool"})
	needs(l, on, func(user *govmomi.Client) error { return as(user).MarkAsTemplate(l.ctx) },
		gift{"VirtualMachine.Provisioning.MarkAsTemplate", "folder"})
	needs(l, on, func(user *govmomi.Client) error { _, err := as(user).Rename(l.ctx, "other"); return err },
		gift{"VirtualMachine.Config.Rename", "folder"})
	needs(l, on, func(user *govmomi.Client) error { _, err := as(user).Destroy(l.ctx); return err },
		gift{"VirtualMachine.Inventory.Delete", "folder"})
}

func TestPortGroupsRequireWhatTheReferenceSays(t *testing.T) {
	l := newLab(t, withLimited)
	dvs := l.makeSwitch("Lab-DVS")
	group := l.addGroup(dvs, groupSpec("Trunk", 1, 10))
	on := map[string]object.Reference{"host": l.hosts[0], "networks": l.folders.NetworkFolder}
	system := l.network(0).Reference()
	needs(l, on, func(user *govmomi.Client) error {
		return object.NewHostNetworkSystem(user.Client, system).AddPortGroup(l.ctx, trunk("Extra"))
	}, gift{"Host.Config.Network", "host"})
	needs(l, on, func(user *govmomi.Client) error {
		call := types.CreateDVPortgroup_Task{This: dvs.Reference(), Spec: groupSpec("Trunk-2", 1, 10)}
		_, err := methods.CreateDVPortgroup_Task(l.ctx, user, &call)
		return err
	}, gift{"DVPortgroup.Create", "networks"})
	needs(l, on, func(user *govmomi.Client) error {
		policy := &types.DVSMacManagementPolicy{AllowPromiscuous: types.NewBool(true)}
		spec := types.DVPortgroupConfigSpec{DefaultPortConfig: &types.VMwareDVSPortSetting{MacManagementPolicy: policy}}
		_, err := object.NewDistributedVirtualPortgroup(user.Client, group.Reference()).Reconfigure(l.ctx, spec)
		return err
	}, gift{"DVPortgroup.PolicyOp", "networks"}, gift{"DVPortgroup.Modify", "networks"})
	needs(l, on, func(user *govmomi.Client) error {
		_, err := object.NewDistributedVirtualPortgroup(user.Client, group.Reference()).Destroy(l.ctx)
		return err
	}, gift{"DVPortgroup.Delete", "networks"})
}

func TestARuleOfTheClusterRequiresItsEditing(t *testing.T) {
	l := newLab(t, withLimited)
	needs(l, map[string]object.Reference{"cluster": l.cluster}, func(user *govmomi.Client) error {
		_, err := object.NewClusterComputeResource(user.Client, l.cluster.Reference()).Reconfigure(l.ctx, &types.ClusterConfigSpecEx{}, true)
		return err
	}, gift{"Host.Inventory.EditCluster", "cluster"})
}

func TestACallThatNobodyHasLookedUpIsForAdministrators(t *testing.T) {
	l := newLab(t, withLimited)
	user := l.login("limited", "secret")
	l.permit(l.root(), "ReadOnly", true)
	_, err := object.NewFolder(user.Client, l.folders.HostFolder.Reference()).CreateCluster(l.ctx, "other", types.ClusterConfigSpecEx{})
	is(t, "privilege", l.lacked(err), "Authorization.ModifyPermissions")
	l.permit(l.root(), "Admin", true)
	_, err = object.NewFolder(user.Client, l.folders.HostFolder.Reference()).CreateCluster(l.ctx, "other", types.ClusterConfigSpecEx{})
	l.must(err)
}

// The Machine API looks for a VM that is not there yet: the simulator goes through everything that it has.
func TestAVMThatIsNotThereIsNotFoundByItsUUID(t *testing.T) {
	l := newLab(t, withLimited)
	found, err := object.NewSearchIndex(l.client.Client).FindByUuid(l.ctx, nil, "00000000-0000-4000-8000-000000000000", true, nil)
	l.must(err)
	is(t, "found", found == nil, true)
}

func TestWhatCallsRequiredIsListed(t *testing.T) {
	l := newLab(t, withLimited)
	l.permit(l.root(), "Admin", true)
	is(t, "before", l.required(), "null")
	l.must(object.NewHostNetworkSystem(l.login("limited", "secret").Client, l.network(0).Reference()).AddPortGroup(l.ctx, trunk("Trunk")))
	is(t, "after", l.required(), `["Host.Config.Network on HostSystem"]`)
}

func (l *lab) required() string {
	l.Helper()
	answer, err := http.Get(strings.Replace(l.faultsURL, faultsPath, "/privileges", 1))
	l.must(err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	l.must(err)
	return strings.TrimSpace(string(said))
}
