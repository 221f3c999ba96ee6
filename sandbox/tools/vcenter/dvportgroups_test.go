package main

import (
	"fmt"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestAChangeOfADistributedPortGroupKeepsWhatItDoesNotName(t *testing.T) {
	l := newLab(t)
	group := l.addGroup(l.makeSwitch("Lab-DVS"), groupSpec("Trunk", 1925, 1928))
	learning := &types.VMwareDVSPortSetting{MacManagementPolicy: &types.DVSMacManagementPolicy{
		MacLearningPolicy: &types.DVSMacLearningPolicy{Enabled: true}}}
	l.do(group.Reconfigure(l.ctx, types.DVPortgroupConfigSpec{DefaultPortConfig: learning}))
	changed := read[mo.DistributedVirtualPortgroup](l, group, "config")
	is(t, "MAC learning", changed.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting).MacManagementPolicy.MacLearningPolicy.Enabled, true)
	is(t, "VLANs", vlans(changed), []types.NumericRange{{Start: 1925, End: 1928}})
	is(t, "name", changed.Config.Name, "Trunk")
	is(t, "type", changed.Config.Type, string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding))
	is(t, "ports", changed.Config.NumPorts, 8)
	l.do(group.Reconfigure(l.ctx, types.DVPortgroupConfigSpec{DefaultPortConfig: groupSpec("", 1, 4094).DefaultPortConfig}))
	changed = read[mo.DistributedVirtualPortgroup](l, group, "config")
	is(t, "changed VLANs", vlans(changed), []types.NumericRange{{Start: 1, End: 4094}})
	is(t, "MAC learning beside them", changed.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting).MacManagementPolicy != nil, true)
}

func TestAChangeBasedOnAnOldVersionIsRefused(t *testing.T) {
	l := newLab(t)
	made := l.do(l.createGroup(l.makeSwitch("Lab-DVS"), groupSpec("Trunk", 1, 10))).(types.ManagedObjectReference)
	group := l.group(made)
	change := types.DVPortgroupConfigSpec{ConfigVersion: firstVersion, Description: "one"}
	l.do(group.Reconfigure(l.ctx, change))
	change.Description = "two"
	is(t, "refusal", l.refusal(group.Reconfigure(l.ctx, change)), "ConcurrentAccess")
	config := read[mo.DistributedVirtualPortgroup](l, group, "config").Config
	is(t, "description", config.Description, "one")
	is(t, "version", config.ConfigVersion, "2")
}

// A call that reached the simulator's own method would destroy the port group. The number is what it takes: a wrapper in
// the session's registry, taken away by the call it was for, was missed by another call in every second such run.
func TestNoneOfManyCallsThatOneSessionMakesAtOnceMissesTheFilledMethod(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	group := l.addGroup(dvs, groupSpec("Trunk", 1, 10))
	l.makeVM("vm", l.port(group.Reference().Value, read[mo.DistributedVirtualSwitch](l, dvs, "uuid").Uuid))
	const clients, calls = 8, 150
	l.atOnce(clients, func(int) error {
		for range calls {
			if refusal := l.refusal(group.Destroy(l.ctx)); refusal != "ResourceInUse" {
				return fmt.Errorf("comes to %q", refusal)
			}
		}
		return nil
	})
}

func TestADistributedPortGroupStaysWhileACardIsOnItAndLeavesNothingBehind(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	group := l.addGroup(dvs, groupSpec("Trunk", 1, 10))
	before := read[mo.Datacenter](l, l.datacenter, "network").Network
	vm := l.makeVM("vm", l.port(group.Reference().Value, read[mo.DistributedVirtualSwitch](l, dvs, "uuid").Uuid))
	is(t, "with a VM that is off", l.refusal(group.Destroy(l.ctx)), "ResourceInUse")
	l.do(vm.Destroy(l.ctx))
	l.do(group.Destroy(l.ctx))
	for _, host := range l.hosts {
		is(t, "in a host", count(read[mo.HostSystem](l, host, "network").Network, group.Reference()), 0)
	}
	is(t, "in the cluster", count(read[mo.ClusterComputeResource](l, l.cluster, "network").Network, group.Reference()), 0)
	is(t, "datacenter's networks fewer", len(before)-len(read[mo.Datacenter](l, l.datacenter, "network").Network), 1)
}
