package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: a VM's new name.
//
// The simulator renames the VM and not its configuration, and refuses a taken name with InvalidArgument.
// A vCenter renames both, and says DuplicateName.
// The lab exchanges its template by renaming two.

func (vm *virtualMachine) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	task := startTask(ctx, vm, "Rename_Task", func() (types.AnyType, types.BaseMethodFault) {
		if parent, ok := ctx.Map.Get(*vm.Parent).(*simulator.Folder); ok {
			if taken := ctx.Map.FindByName(req.NewName, parent.ChildEntity); taken != nil && taken.Reference() != vm.Self {
				return nil, &types.DuplicateName{Name: req.NewName, Object: taken.Reference()}
			}
		}
		ctx.Update(vm.VirtualMachine, []types.PropertyChange{
			{Name: "name", Val: req.NewName},
			{Name: "config.name", Val: req.NewName},
			{Name: "summary.config.name", Val: req.NewName},
		})
		return nil, nil
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task}}
}
