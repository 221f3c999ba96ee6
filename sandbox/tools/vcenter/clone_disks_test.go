package main

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

const kibPerGib = 1024 * 1024

// newDisk adds a disk and its controller.
func newDisk(gib int64) []types.BaseVirtualDeviceConfigSpec {
	controller := types.ParaVirtualSCSIController{VirtualSCSIController: types.VirtualSCSIController{
		SharedBus:         types.VirtualSCSISharingNoSharing,
		VirtualController: types.VirtualController{VirtualDevice: types.VirtualDevice{Key: -101}}}}
	disk := types.VirtualDisk{CapacityInKB: gib * kibPerGib, VirtualDevice: types.VirtualDevice{
		Key: -102, ControllerKey: -101, UnitNumber: types.NewInt32(0),
		Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent",
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: "[VMData-HD]"}}}}
	add, create := types.VirtualDeviceConfigSpecOperationAdd, types.VirtualDeviceConfigSpecFileOperationCreate
	return []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: add, Device: &controller},
		&types.VirtualDeviceConfigSpec{Operation: add, FileOperation: create, Device: &disk},
	}
}

// disk is a VM's only one.
func (l *lab) disk(vm *object.VirtualMachine) *types.VirtualDisk {
	l.Helper()
	devices := object.VirtualDeviceList(l.config(vm).Hardware.Device)
	found := devices.SelectByType((*types.VirtualDisk)(nil))
	if len(found) != 1 {
		l.Fatalf("%d disks", len(found))
	}
	return found[0].(*types.VirtualDisk)
}

func fileName(backing types.BaseVirtualDeviceBackingInfo) string {
	return backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName
}

// grown is how the Machine API has a clone's disk grow: the source's disk as it reads it, with another capacity.
func (l *lab) grown(gib int64) types.VirtualMachineConfigSpec {
	l.Helper()
	disk := *l.disk(l.source)
	disk.CapacityInKB = gib * kibPerGib
	disk.CapacityInBytes = 0
	edit := types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &disk}
	return types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&edit}}
}

func TestAGrownCloneHasADiskOfItsOwnAndTheSourceKeepsItsDisk(t *testing.T) {
	l := newLab(t)
	before := *l.disk(l.source)
	for _, name := range []string{"first", "second"} {
		clone := l.cloned(l.source, name, false, l.grown(90))
		disk := l.disk(clone)
		is(t, name+"'s capacity", disk.CapacityInKB, 90*int64(kibPerGib))
		is(t, name+"'s file is the source's", fileName(disk.Backing) == fileName(before.Backing), false)
		l.do(clone.Destroy(l.ctx))
	}
	after := l.disk(l.source)
	is(t, "the source's capacity", after.CapacityInKB, before.CapacityInKB)
	is(t, "the source's file", fileName(after.Backing), fileName(before.Backing))
}
