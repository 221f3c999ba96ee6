package main

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// rhcos is the product that an import of RHCOS is.
func rhcos(operation types.ArrayUpdateOperation, version string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{VAppConfig: &types.VmConfigSpec{Product: []types.VAppProductSpec{{
		ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: operation},
		Info:            &types.VAppProductInfo{Name: "Red Hat Enterprise Linux CoreOS", Version: version}}}}}
}

// version is the product version of a VM's summary, "" where it is no product.
func (l *lab) version(vm *object.VirtualMachine) string {
	l.Helper()
	product := read[mo.VirtualMachine](l, vm, "summary.config.product").Summary.Config.Product
	if product == nil {
		return ""
	}
	return product.Version
}

func TestAVMShowsWhichProductItIsAndItsCloneIsTheSame(t *testing.T) {
	l := newLab(t)
	is(t, "before", l.version(l.source), "")
	vm := l.makeVM("import", newDisk(16)...)
	l.do(vm.Reconfigure(l.ctx, rhcos(types.ArrayUpdateOperationAdd, "9.6.1")))
	is(t, "the import", l.version(vm), "9.6.1")
	l.must(vm.MarkAsTemplate(l.ctx))
	template := l.cloned(vm, "hub-7vxwj-rhcos-cnv", true, features("mark"))
	is(t, "its clone", l.version(template), "9.6.1")
	is(t, "a clone's clone", l.version(l.cloned(template, "hub-7vxwj-cnv-1", false, types.VirtualMachineConfigSpec{})), "9.6.1")
}

func TestAClonesProductIsItsOwn(t *testing.T) {
	l := newLab(t)
	vm := l.makeVM("import", newDisk(16)...)
	l.do(vm.Reconfigure(l.ctx, rhcos(types.ArrayUpdateOperationAdd, "9.6.1")))
	clone := l.cloned(vm, "clone", false, types.VirtualMachineConfigSpec{})
	l.do(vm.Reconfigure(l.ctx, rhcos(types.ArrayUpdateOperationEdit, "9.6.2")))
	is(t, "the one that changed", l.version(vm), "9.6.2")
	is(t, "the clone", l.version(clone), "9.6.1")
}
