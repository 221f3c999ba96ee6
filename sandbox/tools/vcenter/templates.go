package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: a template's resource pool.
//
// The simulator takes the pool from a template, and leaves the template in the pool: its destruction leaves a reference
// there to what is no more, which every view of the inventory then shows.
// A vCenter's template is in no pool, and in the one that is named when it becomes a VM again.
// The lab's template becomes a VM for the moment of a change, and goes when the stack is destroyed.

func (vm *virtualMachine) MarkAsTemplate(ctx *simulator.Context, req *types.MarkAsTemplate) soap.HasFault {
	pool := vm.ResourcePool
	answer := vm.VirtualMachine.MarkAsTemplate(req)
	if answer.Fault() == nil && pool != nil {
		leavePool(ctx, *pool, vm.Self)
	}
	return answer
}

func (vm *virtualMachine) MarkAsVirtualMachine(ctx *simulator.Context, req *types.MarkAsVirtualMachine) soap.HasFault {
	answer := vm.VirtualMachine.MarkAsVirtualMachine(req)
	if pool, ok := ctx.Map.Get(req.Pool).(*simulator.ResourcePool); ok && answer.Fault() == nil {
		ctx.Map.AppendReference(ctx, pool, &pool.Vm, vm.Self)
	}
	return answer
}

func leavePool(ctx *simulator.Context, ref, vm types.ManagedObjectReference) {
	if pool, ok := ctx.Map.Get(ref).(*simulator.ResourcePool); ok {
		ctx.Map.RemoveReference(ctx, pool, &pool.Vm, vm)
	}
}
