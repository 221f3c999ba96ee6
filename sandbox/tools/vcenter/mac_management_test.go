package main

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestAPortGroupThatNobodyOpenedLetsNothingStrangeThroughAndSaysSoUnderBothNames(t *testing.T) {
	l := newLab(t)
	group := l.addGroup(l.makeSwitch("Lab-DVS"), groupSpec("Trunk", 1, 10))
	setting := l.ports(group)
	is(t, "by its newer name", flags(setting.MacManagementPolicy), [4]bool{false, false, false, false})
	is(t, "inherited from the switch", setting.MacManagementPolicy.Inherited, true)
	is(t, "by its older name", *setting.SecurityPolicy.ForgedTransmits.Value, false)
}

func TestWhatIsWrittenByOneNameIsReadByBothAndLeavesTheLearningAlone(t *testing.T) {
	l := newLab(t)
	group := l.addGroup(l.makeSwitch("Lab-DVS"), groupSpec("Trunk", 1, 10))
	yes := types.NewBool(true)
	l.change(group, &types.VMwareDVSPortSetting{MacManagementPolicy: &types.DVSMacManagementPolicy{
		ForgedTransmits: yes, MacLearningPolicy: &types.DVSMacLearningPolicy{Enabled: true, Limit: types.NewInt32(100)}}})
	setting := l.ports(group)
	is(t, "by the newer name", flags(setting.MacManagementPolicy), [4]bool{false, false, true, true})
	is(t, "what was left unset of the learning", *setting.MacManagementPolicy.MacLearningPolicy.AllowUnicastFlooding, true)
	is(t, "and what was set", *setting.MacManagementPolicy.MacLearningPolicy.Limit, 100)
	is(t, "by the older name", *setting.SecurityPolicy.ForgedTransmits.Value, true)
	l.change(group, &types.VMwareDVSPortSetting{SecurityPolicy: &types.DVSSecurityPolicy{
		AllowPromiscuous: &types.BoolPolicy{Value: yes}, ForgedTransmits: &types.BoolPolicy{Value: types.NewBool(false)}}})
	is(t, "written by the older name", flags(l.ports(group).MacManagementPolicy), [4]bool{true, false, false, true})
	l.change(group, groupSpec("", 1, 4094).DefaultPortConfig.(*types.VMwareDVSPortSetting))
	is(t, "after a change of VLANs", flags(l.ports(group).MacManagementPolicy), [4]bool{true, false, false, true})
}

func TestATrunkOfWhatIsNoVLANIsRefused(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	is(t, "made", l.refusal(l.createGroup(dvs, groupSpec("Trunk", 1, 4095))), "InvalidArgument")
	is(t, "made, many", l.refusal(dvs.AddPortgroup(l.ctx, []types.DVPortgroupConfigSpec{groupSpec("Trunk", 10, 1)})), "InvalidArgument")
	group := l.addGroup(dvs, groupSpec("Trunk", 0, 4094))
	change := types.DVPortgroupConfigSpec{DefaultPortConfig: groupSpec("", -1, 5).DefaultPortConfig}
	is(t, "changed", l.refusal(group.Reconfigure(l.ctx, change)), "InvalidArgument")
}

// flags are promiscuous, MAC changes, forged transmits, MAC learning.
func flags(policy *types.DVSMacManagementPolicy) [4]bool {
	return [4]bool{*policy.AllowPromiscuous, *policy.MacChanges, *policy.ForgedTransmits, policy.MacLearningPolicy.Enabled}
}

func (l *lab) ports(group *object.DistributedVirtualPortgroup) *types.VMwareDVSPortSetting {
	l.Helper()
	return read[mo.DistributedVirtualPortgroup](l, group, "config").Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
}

func (l *lab) change(group *object.DistributedVirtualPortgroup, ports *types.VMwareDVSPortSetting) {
	l.Helper()
	l.do(group.Reconfigure(l.ctx, types.DVPortgroupConfigSpec{DefaultPortConfig: ports}))
}
