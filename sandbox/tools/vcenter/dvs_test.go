package main

import (
	"fmt"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestANewSwitchHasTheHostsAndUplinksThatWereAskedFor(t *testing.T) {
	l := newLab(t)
	spec := types.DVSConfigSpec{Name: "Lab-DVS", Host: l.members(),
		UplinkPortPolicy: &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1", "Uplink 2"}}}
	made := l.do(l.folders.NetworkFolder.CreateDVS(l.ctx, types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: spec}}))
	dvs := read[mo.DistributedVirtualSwitch](l, made.(types.ManagedObjectReference), "summary", "config", "portgroup")
	is(t, "hosts", dvs.Summary.HostMember, []types.ManagedObjectReference{l.hosts[0].Reference(), l.hosts[1].Reference()})
	is(t, "uplinks", dvs.Config.GetDVSConfigInfo().UplinkPortPolicy, spec.UplinkPortPolicy)
	is(t, "version", dvs.Config.GetDVSConfigInfo().ConfigVersion, firstVersion)
	for _, host := range l.hosts {
		is(t, "its uplink port group in a host's networks", count(read[mo.HostSystem](l, host, "network").Network, dvs.Portgroup[0]), 1)
	}
	again := l.refusal(l.folders.NetworkFolder.CreateDVS(l.ctx, types.DVSCreateSpec{ConfigSpec: &types.DVSConfigSpec{Name: "Lab-DVS"}}))
	is(t, "a second one of its name", again, "InvalidArgument")
}

func TestASwitchIsFoundByItsUUID(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	query := func(uuid string) (types.ManagedObjectReference, string) {
		call := types.QueryDvsByUuid{This: *l.client.ServiceContent.DvSwitchManager, Uuid: uuid}
		found, err := methods.QueryDvsByUuid(l.ctx, l.client, &call)
		if err != nil {
			return types.ManagedObjectReference{}, kind(err)
		}
		return *found.Returnval, ""
	}
	found, refusal := query(read[mo.DistributedVirtualSwitch](l, dvs, "uuid").Uuid)
	is(t, "found", found, dvs.Reference())
	is(t, "refusal", refusal, "")
	_, refusal = query("no such UUID")
	is(t, "an unknown one", refusal, "NotFound")
}

func TestADistributedPortGroupIsTheResultOfTheTaskThatMadeIt(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	made := l.do(l.createGroup(dvs, groupSpec("Trunk", 1925, 1928))).(types.ManagedObjectReference)
	group := read[mo.DistributedVirtualPortgroup](l, made, "name", "config", "host")
	is(t, "name", group.Config.Name, "Trunk")
	is(t, "version", group.Config.ConfigVersion, firstVersion)
	is(t, "hosts", len(group.Host), 2)
	is(t, "VLANs", vlans(group), []types.NumericRange{{Start: 1925, End: 1928}})
	is(t, "a second one of its name", l.refusal(l.createGroup(dvs, groupSpec("Trunk", 1, 2))), "DuplicateName")
}

func TestASwitchIsOfAVCentersTypeWhereverItIsNamed(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	is(t, "reference", dvs.Reference().Type, vmwareSwitch)
	made := l.do(l.createGroup(dvs, groupSpec("Trunk", 1, 10))).(types.ManagedObjectReference)
	config := read[mo.DistributedVirtualPortgroup](l, made, "config").Config
	is(t, "reference from its port group", *config.DistributedVirtualSwitch, dvs.Reference())
	views, err := view.NewManager(l.client.Client).CreateContainerView(l.ctx, l.client.ServiceContent.RootFolder, []string{vmwareSwitch}, true)
	l.must(err)
	var seen []mo.VmwareDistributedVirtualSwitch
	l.must(views.Retrieve(l.ctx, []string{vmwareSwitch}, []string{"name"}, &seen))
	is(t, "in a view", len(seen), 1)
	is(t, "found by its reference", seen[0].Self, dvs.Reference())
}

func TestManyPortGroupsOfOneSwitchAreMadeAtOnce(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	const calls = 12
	l.atOnce(calls, func(i int) error {
		task, err := l.createGroup(dvs, groupSpec(fmt.Sprint("group-", i), 1, 10))
		if err != nil {
			return err
		}
		_, err = task.WaitForResult(l.ctx, nil)
		return err
	})
	is(t, "port groups beside the uplinks'", len(read[mo.DistributedVirtualSwitch](l, dvs, "portgroup").Portgroup)-1, calls)
}

// createGroup is the call that pulumi-vsphere makes.
func (l *lab) createGroup(dvs *object.DistributedVirtualSwitch, spec types.DVPortgroupConfigSpec) (*object.Task, error) {
	made, err := methods.CreateDVPortgroup_Task(l.ctx, l.client, &types.CreateDVPortgroup_Task{This: dvs.Reference(), Spec: spec})
	if err != nil {
		return nil, err
	}
	return object.NewTask(l.client.Client, made.Returnval), nil
}

func vlans(group mo.DistributedVirtualPortgroup) []types.NumericRange {
	return group.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting).Vlan.(*types.VmwareDistributedVirtualSwitchTrunkVlanSpec).VlanId
}
