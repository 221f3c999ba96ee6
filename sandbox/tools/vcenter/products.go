package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: which product a VM is.
//
// The simulator keeps the products of a reconfiguration's vAppConfig, shows none of them in the VM's summary, and gives
// none to a clone.
// A vCenter shows the first as summary.config.product, and a clone is the same product as its source.
// RHCOS carries its version there. OpenShift's boot-image management compares it with the release's, and the lab compares
// it with what its template was made from.

// showProduct puts the first product of the VM's vApp configuration into its summary.
func showProduct(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	if vm.Config.VAppConfig == nil {
		return
	}
	var first *types.VAppProductInfo
	if products := vm.Config.VAppConfig.GetVmConfigInfo().Product; len(products) > 0 {
		product := products[0]
		first = &product
	}
	ctx.Update(vm, []types.PropertyChange{{Name: "summary.config.product", Val: first}})
}

// inheritProducts gives a clone the products of its source, in a list of its own.
func inheritProducts(clone, source *types.VirtualMachineConfigInfo) {
	if source.VAppConfig == nil {
		return
	}
	products := source.VAppConfig.GetVmConfigInfo().Product
	clone.VAppConfig = &types.VmConfigInfo{Product: append([]types.VAppProductInfo{}, products...)}
}
