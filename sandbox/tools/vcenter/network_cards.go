package main

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: a network card on a network that is not there.
//
// The simulator dies of a standard network that is not there, whole, while it clones or reconfigures; it makes a card
// on a distributed port group that is not there; and a clone silently lacks a card whose switch is unknown, or has not
// all hosts of the cluster.
// A vCenter answers InvalidDeviceBacking and makes nothing.
// The lab adds a card on the trunk to the template, and the Machine API one for each network of a Machine: a wrong name
// must end in an error that can be shown, and must not end the server.

// invalidCard is the fault of the first card that can't be, if there is one.
func invalidCard(ctx *simulator.Context, vm *simulator.VirtualMachine, changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	for i, change := range changes {
		spec := change.GetVirtualDeviceConfigSpec()
		_, isCard := spec.Device.(types.BaseVirtualEthernetCard)
		if !isCard || spec.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			continue
		}
		if !backed(ctx, vm, spec.Device.GetVirtualDevice().Backing) {
			return &types.InvalidDeviceBacking{InvalidDeviceSpec: types.InvalidDeviceSpec{
				InvalidVmConfig: types.InvalidVmConfig{Property: fmt.Sprintf("deviceChange[%d].device.backing", i)},
				DeviceIndex:     int32(i),
			}}
		}
	}
	return nil
}

// backed says whether the card's network is there for the VM.
func backed(ctx *simulator.Context, vm *simulator.VirtualMachine, backing types.BaseVirtualDeviceBackingInfo) bool {
	switch backing := backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		datacenter, ok := ancestor[*simulator.Datacenter](ctx, vm)
		if !ok {
			return false
		}
		var networks []types.ManagedObjectReference
		ctx.WithLock(datacenter, func() { networks = slices.Clone(datacenter.Network) })
		_, ok = ctx.Map.FindByName(backing.DeviceName, networks).(*mo.Network)
		return ok
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return connected(ctx, vm, backing.Port)
	}
	return true
}

// connected says whether the port group is there, on that switch, which has all hosts of the VM's cluster.
func connected(ctx *simulator.Context, vm *simulator.VirtualMachine, port types.DistributedVirtualSwitchPortConnection) bool {
	key := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: port.PortgroupKey}
	group, ok := ctx.Map.Get(key).(*simulator.DistributedVirtualPortgroup)
	if !ok {
		return false
	}
	on := ctx.Map.Get(*group.Config.DistributedVirtualSwitch).(*simulator.DistributedVirtualSwitch)
	hosts := []types.ManagedObjectReference{*vm.Runtime.Host}
	host := ctx.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem)
	if cluster, ok := ctx.Map.Get(*host.Parent).(*simulator.ClusterComputeResource); ok {
		hosts = cluster.Host
	}
	var members []types.ManagedObjectReference
	ctx.WithLock(on, func() { members = slices.Clone(on.Summary.HostMember) })
	isMissing := func(host types.ManagedObjectReference) bool { return !slices.Contains(members, host) }
	return on.Uuid == port.SwitchUuid && !slices.ContainsFunc(hosts, isMissing)
}
