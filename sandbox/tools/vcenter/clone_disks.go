package main

import (
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// Gap: a disk that a clone's configuration edits.
//
// The simulator puts the edited device in the place of the clone's own, file and all. That file is the source's: the
// clone's destruction deletes it, and what is cloned from the source after that has no disk.
// A vCenter copies the source's disk for each clone, and takes from an edit what the disk is to become.
// The Machine API grows the disk of every machine that it clones, and deletes machines again.

// withoutDiskEdits is the request without edits of disks, and these.
func withoutDiskEdits(req types.CloneVM_Task, config types.VirtualMachineConfigSpec) (types.CloneVM_Task, []*types.VirtualDisk) {
	var edits []*types.VirtualDisk
	isEdit := func(change types.BaseVirtualDeviceConfigSpec) bool {
		spec := change.GetVirtualDeviceConfigSpec()
		disk, isDisk := spec.Device.(*types.VirtualDisk)
		if !isDisk || spec.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			return false
		}
		edits = append(edits, disk)
		return true
	}
	req.Spec.Location.DeviceChange = slices.DeleteFunc(slices.Clone(req.Spec.Location.DeviceChange), isEdit)
	config.DeviceChange = slices.DeleteFunc(slices.Clone(config.DeviceChange), isEdit)
	if req.Spec.Config != nil {
		req.Spec.Config = &config
	}
	return req, edits
}

// resize gives the clone's disks the capacity of their edits. The simulator numbers the clone's devices anew, so disks
// are told apart by their place on the controller, which a copy keeps.
func resize(devices []types.BaseVirtualDevice, edits []*types.VirtualDisk) {
	for _, edit := range edits {
		for _, device := range devices {
			disk, isDisk := device.(*types.VirtualDisk)
			if !isDisk || !samePlace(disk, edit) {
				continue
			}
			disk.CapacityInKB = edit.CapacityInKB
			disk.CapacityInBytes = edit.CapacityInKB * 1024
		}
	}
}

func samePlace(one, other *types.VirtualDisk) bool {
	return one.UnitNumber != nil && other.UnitNumber != nil && *one.UnitNumber == *other.UnitNumber
}
