package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: what a reconfiguration sets.
//
// The simulator leaves vPMCEnabled out, and a flag clears all flags beside it.
// A vCenter sets what is set and keeps what is unset.
// The lab switches the template's features on and off in place, and a switched-off IOMMU must not take diskUuidEnabled
// with it, which the Machine API relies on.

func (vm *virtualMachine) ReconfigVMTask(ctx *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	task := startTask(ctx, vm, "ReconfigVM_Task", func() (types.AnyType, types.BaseMethodFault) {
		if fault := invalidCard(ctx, vm.VirtualMachine, req.Spec.DeviceChange); fault != nil {
			return nil, fault
		}
		plain := *req
		if plain.Spec.Flags != nil {
			flags := vm.Config.Flags
			lay(&flags, *plain.Spec.Flags)
			plain.Spec.Flags = &flags
		}
		answer := vm.VirtualMachine.ReconfigVMTask(ctx, &plain)
		if _, fault := finish(ctx, answer.(*methods.ReconfigVM_TaskBody).Res.Returnval); fault != nil {
			return nil, fault
		}
		if enabled := plain.Spec.VPMCEnabled; enabled != nil {
			ctx.Update(vm.VirtualMachine, []types.PropertyChange{{Name: "config.vPMCEnabled", Val: *enabled}})
		}
		if plain.Spec.VAppConfig != nil {
			showProduct(ctx, vm.VirtualMachine)
		}
		return nil, nil
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task}}
}
