package main

import (
	"reflect"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// gaps puts the methods of this program before the simulator's.
type gaps struct {
	registry   *simulator.Registry
	taskFaults *taskFaults
	authority  *authority
	// portGroups is held while a host's port groups change: hosts share networks, and the simulator locks one host only.
	portGroups sync.Mutex
	cpus       *hostCPUs
}

func newGaps(registry *simulator.Registry, taskFaults *taskFaults, judge *authority, cpus *hostCPUs) *gaps {
	return &gaps{registry: registry, taskFaults: taskFaults, authority: judge, cpus: cpus}
}

func (g *gaps) fill() {
	g.registry.Handler = g.handle
	g.cpus.watch(g.registry)
	g.registry.Put(g.authority)
	g.registry.Put(&collector{simulator.PropertyCollector{PropertyCollector: mo.PropertyCollector{Self: vpx.ServiceContent.PropertyCollector}}})
}

// handle is called before each method of each object.
//
// The object itself can't be replaced in the registry, for the simulator asserts the types of what it finds there, and
// the object that a handler returns is overruled by the session's. But the session that a call sees is a copy of its
// own: its registry becomes one that holds the replacement and nothing else, and what is not in it is looked up in the
// real one. So concurrent calls on one object, of one session or of many, don't meet.
func (g *gaps) handle(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil {
		return nil, nil // the simulator itself asks for a login
	}
	if fault := g.authority.refusal(ctx, method); fault != nil {
		return nil, fault
	}
	replacement := g.replacement(ctx, method)
	if replacement == nil {
		return nil, nil
	}
	// Putting an object somewhere touches its status, so it needs the object's lock; the call to come takes it anyway.
	ctx.WithLock(replacement, func() {
		ctx.Session.Registry = simulator.NewRegistry()
		ctx.Session.Registry.Put(replacement)
	})
	return nil, nil
}

// replacement is the object with its gaps filled, or nil where there are none.
func (g *gaps) replacement(ctx *simulator.Context, method *simulator.Method) mo.Reference {
	object := ctx.Map.Get(method.This)
	if fault := g.taskFaults.next(method, object); fault != nil {
		return &failing{Self: method.This, fault: fault}
	}
	switch object := object.(type) {
	case *simulator.HostNetworkSystem:
		return &hostNetworkSystem{HostNetworkSystem: object, alone: &g.portGroups}
	case *simulator.EnvironmentBrowser:
		return &environmentBrowser{EnvironmentBrowser: object, cpus: g.cpus}
	case *simulator.VirtualMachine:
		return &virtualMachine{object}
	case *simulator.Folder:
		return &folder{object}
	case *simulator.DistributedVirtualSwitchManager:
		return &switchManager{object}
	case *simulator.DistributedVirtualSwitch:
		return &distributedSwitch{object}
	case *simulator.DistributedVirtualPortgroup:
		return &distributedPortGroup{object}
	case *simulator.AuthorizationManager:
		return &authorizationManager{object, g.authority}
	case *simulator.SearchIndex:
		return &searchIndex{object, g.authority}
	}
	return nil
}

// descriptionIDs are a vCenter's for the tasks that clients know by them: the Machine API powers a clone on when it
// sees the first.
var descriptionIDs = map[string]string{
	"CloneVM_Task":    "VirtualMachine.clone",
	"ReconfigVM_Task": "VirtualMachine.reconfigure",
}

// taskWork gives a task's result, or the fault that it ends with.
type taskWork func() (types.AnyType, types.BaseMethodFault)

// startTask runs the work as a task of the object, and gives the task.
//
// The task is named as a vCenter names it, after its method ("CloneVM_Task"); the simulator's own are "CloneVm", which
// a client that looks the method up does not find. So it is for -task-delay, too: the simulator's name would hold the
// object's lock while it waits.
func startTask(ctx *simulator.Context, on mo.Reference, method string, work taskWork) types.ManagedObjectReference {
	task := simulator.CreateTask(on, method, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return work() })
	task.Info.Name = method
	if id, known := descriptionIDs[method]; known {
		task.Info.DescriptionId = id
	}
	return task.Run(ctx)
}

// finish waits for a task of the simulator and gives its result.
func finish(ctx *simulator.Context, ref types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := ctx.Map.Get(ref).(*simulator.Task)
	task.Wait()
	if task.Info.Error != nil {
		return nil, task.Info.Error.Fault
	}
	return task.Info.Result, nil
}

// ancestor is the nearest object of type T above the entity.
func ancestor[T mo.Entity](ctx *simulator.Context, entity mo.Entity) (T, bool) {
	for parent := entity.Entity().Parent; parent != nil; {
		above, ok := ctx.Map.Get(*parent).(mo.Entity)
		if !ok {
			break
		}
		if found, ok := above.(T); ok {
			return found, true
		}
		parent = above.Entity().Parent
	}
	var none T
	return none, false
}

// lay puts the fields of over that are set on top of those of under: in the API a field that is unset is left as it is.
func lay[T any](under *T, over T) {
	to, from := reflect.ValueOf(under).Elem(), reflect.ValueOf(over)
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
}
