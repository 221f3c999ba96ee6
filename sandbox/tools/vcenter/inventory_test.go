package main

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// What the tests make and read in a lab.

func (l *lab) network(host int) *object.HostNetworkSystem {
	l.Helper()
	system, err := l.hosts[host].ConfigManager().NetworkSystem(l.ctx)
	l.must(err)
	return system
}

// trunk is the lab's port group for all VLANs.
func trunk(name string) types.HostPortGroupSpec {
	return types.HostPortGroupSpec{Name: name, VlanId: trunkVLAN, VswitchName: "vSwitch0",
		Policy: types.HostNetworkPolicy{Security: &types.HostNetworkSecurityPolicy{AllowPromiscuous: types.NewBool(true)}}}
}

// networks are the references of the datacenter's networks by name.
func (l *lab) networks() map[string]types.ManagedObjectReference {
	l.Helper()
	found := map[string]types.ManagedObjectReference{}
	for _, ref := range read[mo.Datacenter](l, l.datacenter, "network").Network {
		name, err := object.NewCommon(l.client.Client, ref).ObjectName(l.ctx)
		l.must(err)
		found[name] = ref
	}
	return found
}

func newCard(backing types.BaseVirtualDeviceBackingInfo) types.BaseVirtualDeviceConfigSpec {
	card := &types.VirtualVmxnet3{}
	card.Key, card.Backing = -1, backing
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: card}
}

// card is a new card on a standard network.
func (l *lab) card(network string) types.BaseVirtualDeviceConfigSpec {
	return newCard(&types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: network}})
}

// port is a new card on a distributed port group.
func (l *lab) port(group, switchUUID string) types.BaseVirtualDeviceConfigSpec {
	return newCard(&types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
		Port: types.DistributedVirtualSwitchPortConnection{PortgroupKey: group, SwitchUuid: switchUUID}})
}

// makeVM is a VM that is off, on the first host.
func (l *lab) makeVM(name string, devices ...types.BaseVirtualDeviceConfigSpec) *object.VirtualMachine {
	l.Helper()
	config := types.VirtualMachineConfigSpec{Name: name, NumCPUs: 4, MemoryMB: 16384, DeviceChange: devices,
		Files: &types.VirtualMachineFileInfo{VmPathName: "[VMData-HD]"}}
	made := l.do(l.folders.VmFolder.CreateVM(l.ctx, config, l.pool, l.hosts[0]))
	return object.NewVirtualMachine(l.client.Client, made.(types.ManagedObjectReference))
}

// clone starts a clone of a VM or template.
func (l *lab) clone(of *object.VirtualMachine, name string, template bool, config types.VirtualMachineConfigSpec) (*object.Task, error) {
	pool, datastore := l.pool.Reference(), l.datastore.Reference()
	return of.Clone(l.ctx, l.folders.VmFolder, name, types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool, Datastore: &datastore}, Template: template, Config: &config})
}

// cloned is a clone that succeeded.
func (l *lab) cloned(of *object.VirtualMachine, name string, template bool, config types.VirtualMachineConfigSpec) *object.VirtualMachine {
	l.Helper()
	made := l.do(l.clone(of, name, template, config))
	return object.NewVirtualMachine(l.client.Client, made.(types.ManagedObjectReference))
}

// features are those of the lab's template.
func features(annotation string) types.VirtualMachineConfigSpec {
	return types.VirtualMachineConfigSpec{
		NestedHVEnabled: types.NewBool(true), VPMCEnabled: types.NewBool(true), Annotation: annotation,
		Flags: &types.VirtualMachineFlagInfo{VvtdEnabled: types.NewBool(true)}}
}

// config is a VM's or template's configuration.
func (l *lab) config(vm *object.VirtualMachine) *types.VirtualMachineConfigInfo {
	l.Helper()
	return read[mo.VirtualMachine](l, vm, "config").Config
}

func isOn(flag *bool) bool { return flag != nil && *flag }

// cards are the names or keys of the networks of a VM's cards.
func (l *lab) cards(vm *object.VirtualMachine) []string {
	l.Helper()
	var on []string
	for _, device := range l.config(vm).Hardware.Device {
		switch backing := device.GetVirtualDevice().Backing.(type) {
		case *types.VirtualEthernetCardNetworkBackingInfo:
			on = append(on, backing.DeviceName)
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			on = append(on, backing.Port.PortgroupKey)
		}
	}
	return on
}

// makeSwitch is a distributed switch that both hosts have joined.
func (l *lab) makeSwitch(name string) *object.DistributedVirtualSwitch {
	l.Helper()
	return l.newSwitch(name, l.members()...)
}

// newSwitch is a distributed switch whose hosts join after its making, which the plain simulator can do too.
func (l *lab) newSwitch(name string, hosts ...types.DistributedVirtualSwitchHostMemberConfigSpec) *object.DistributedVirtualSwitch {
	l.Helper()
	spec := types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: name}}}
	made := l.do(l.folders.NetworkFolder.CreateDVS(l.ctx, spec))
	dvs := object.NewDistributedVirtualSwitch(l.client.Client, made.(types.ManagedObjectReference))
	l.do(dvs.Reconfigure(l.ctx, &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: hosts}}))
	return dvs
}

// members are both hosts as a switch's members.
func (l *lab) members() []types.DistributedVirtualSwitchHostMemberConfigSpec {
	var hosts []types.DistributedVirtualSwitchHostMemberConfigSpec
	for _, host := range l.hosts {
		hosts = append(hosts, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: string(types.ConfigSpecOperationAdd), Host: host.Reference()})
	}
	return hosts
}

// groupSpec is a distributed port group for a range of VLANs.
func groupSpec(name string, from, to int32) types.DVPortgroupConfigSpec {
	return types.DVPortgroupConfigSpec{Name: name, Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding), NumPorts: 8,
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			Vlan: &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: from, End: to}}}}}
}

// addGroup makes a distributed port group by the call that the plain simulator has too.
func (l *lab) addGroup(dvs *object.DistributedVirtualSwitch, spec types.DVPortgroupConfigSpec) *object.DistributedVirtualPortgroup {
	l.Helper()
	l.do(dvs.AddPortgroup(l.ctx, []types.DVPortgroupConfigSpec{spec}))
	return l.group(l.networks()[spec.Name])
}

func (l *lab) group(ref types.ManagedObjectReference) *object.DistributedVirtualPortgroup {
	return object.NewDistributedVirtualPortgroup(l.client.Client, ref)
}
