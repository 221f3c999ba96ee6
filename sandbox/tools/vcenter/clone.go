package main

import (
	"cmp"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: what a clone is configured with.
//
// The simulator takes CPUs, memory, UUIDs, extraConfig and devices from the clone's configuration, and leaves out
// nestedHVEnabled, vPMCEnabled, flags, annotation and numCoresPerSocket, whether they stand in the configuration or in
// the source. A datastore, pool or host that is not there brings it down.
// A vCenter's clone is as its source, and on top of that as CloneSpec.config says; what is gone is
// ManagedObjectNotFound.
// The lab's template is one clone with these features, marked by its annotation, and never a VM that somebody could
// start; the Machine API's clones of it must inherit them, for its own configuration says nothing about them.

// virtualMachine is a VM or template with the gaps filled that are here, in reconfigure.go, products.go, rename.go and
// templates.go.
type virtualMachine struct {
	*simulator.VirtualMachine
}

func (vm *virtualMachine) CloneVMTask(ctx *simulator.Context, req *types.CloneVM_Task) soap.HasFault {
	task := startTask(ctx, vm, "CloneVM_Task", func() (types.AnyType, types.BaseMethodFault) {
		config := types.VirtualMachineConfigSpec{}
		if req.Spec.Config != nil {
			config = *req.Spec.Config
		}
		if fault := goneIn(ctx, req); fault != nil {
			return nil, fault
		}
		if fault := invalidCard(ctx, vm.VirtualMachine, append(req.Spec.Location.DeviceChange, config.DeviceChange...)); fault != nil {
			return nil, fault
		}
		plain, edits := withoutDiskEdits(*req, config)
		answer := vm.VirtualMachine.CloneVMTask(ctx, &plain)
		if fault := answer.Fault(); fault != nil {
			return nil, fault.VimFault().(types.BaseMethodFault)
		}
		result, fault := finish(ctx, answer.(*methods.CloneVM_TaskBody).Res.Returnval)
		if fault != nil {
			return nil, fault
		}
		clone := ctx.Map.Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
		ctx.AutoUpdate(clone, func() {
			inherit(clone.Config, vm.Config)
			apply(clone.Config, config)
			resize(clone.Config.Hardware.Device, edits)
		})
		showProduct(ctx, clone)
		if pool := cmp.Or(req.Spec.Location.Pool, vm.ResourcePool); req.Spec.Template && pool != nil {
			leavePool(ctx, *pool, clone.Self)
		}
		return result, nil
	})
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: task}}
}

// goneIn is the fault of a clone to or with something that is not there.
func goneIn(ctx *simulator.Context, req *types.CloneVM_Task) types.BaseMethodFault {
	location := req.Spec.Location
	for _, ref := range []*types.ManagedObjectReference{&req.Folder, location.Datastore, location.Host, location.Pool} {
		if ref != nil && ctx.Map.Get(*ref) == nil {
			return &types.ManagedObjectNotFound{Obj: *ref}
		}
	}
	return nil
}

// inherit copies what the simulator's clone leaves behind.
func inherit(clone, source *types.VirtualMachineConfigInfo) {
	clone.NestedHVEnabled = source.NestedHVEnabled
	clone.VPMCEnabled = source.VPMCEnabled
	clone.Flags = source.Flags
	clone.Annotation = source.Annotation
	inheritProducts(clone, source)
}

// apply puts what the configuration sets on top.
func apply(clone *types.VirtualMachineConfigInfo, config types.VirtualMachineConfigSpec) {
	lay(clone, types.VirtualMachineConfigInfo{
		NestedHVEnabled: config.NestedHVEnabled, VPMCEnabled: config.VPMCEnabled, Annotation: config.Annotation,
	})
	lay(&clone.Hardware, types.VirtualHardware{NumCoresPerSocket: config.NumCoresPerSocket})
	if config.Flags != nil {
		lay(&clone.Flags, *config.Flags)
	}
}
