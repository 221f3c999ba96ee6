package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: what a distributed port group lets through.
//
// The simulator stores securityPolicy and macManagementPolicy as they come, each for itself, and nothing where nothing
// came; and it takes VLANs that are none.
// A vCenter from 6.7 on has one set of switches with two names: what is written as the one (the older, deprecated) is
// read as both; what a change leaves unset stays, a part of the MAC learning included; and what nobody has set is the
// switch's own, which is no to all.
// pulumi-vsphere writes the older one, and sends all of it with each change; MAC learning can be written as the newer
// one only. Which of two writers wins must show.

// macLimit is how many addresses a port group learns where nobody says so.
const macLimit = 4096

// settled brings the two names of the ports' security settings in line: those of the change, over those there were.
func settled(setting, before, change *types.VMwareDVSPortSetting) {
	policy := types.DVSMacManagementPolicy{
		InheritablePolicy: types.InheritablePolicy{Inherited: true},
		AllowPromiscuous:  types.NewBool(false), MacChanges: types.NewBool(false), ForgedTransmits: types.NewBool(false),
		MacLearningPolicy: &types.DVSMacLearningPolicy{
			InheritablePolicy: types.InheritablePolicy{Inherited: true}, AllowUnicastFlooding: types.NewBool(true),
			Limit: types.NewInt32(macLimit), LimitPolicy: string(types.DVSMacLimitPolicyTypeDrop),
		},
	}
	if before != nil && before.MacManagementPolicy != nil {
		policy = *before.MacManagementPolicy
	}
	if older := change.SecurityPolicy; older != nil {
		over(&policy.AllowPromiscuous, older.AllowPromiscuous)
		over(&policy.MacChanges, older.MacChanges)
		over(&policy.ForgedTransmits, older.ForgedTransmits)
		policy.Inherited = older.Inherited
	}
	if newer := change.MacManagementPolicy; newer != nil {
		learning := *policy.MacLearningPolicy
		if newer.MacLearningPolicy != nil {
			lay(&learning, *newer.MacLearningPolicy)
			// These two have no "unset".
			learning.Enabled, learning.Inherited = newer.MacLearningPolicy.Enabled, newer.MacLearningPolicy.Inherited
		}
		lay(&policy, *newer)
		policy.MacLearningPolicy, policy.Inherited = &learning, newer.Inherited
	}
	setting.MacManagementPolicy = &policy
	inherited := types.InheritablePolicy{Inherited: policy.Inherited}
	setting.SecurityPolicy = &types.DVSSecurityPolicy{
		InheritablePolicy: inherited,
		AllowPromiscuous:  &types.BoolPolicy{InheritablePolicy: inherited, Value: policy.AllowPromiscuous},
		MacChanges:        &types.BoolPolicy{InheritablePolicy: inherited, Value: policy.MacChanges},
		ForgedTransmits:   &types.BoolPolicy{InheritablePolicy: inherited, Value: policy.ForgedTransmits},
	}
}

func over(to **bool, from *types.BoolPolicy) {
	if from != nil && from.Value != nil {
		*to = from.Value
	}
}

// noVLAN is the fault of a trunk that would carry what is no VLAN.
func noVLAN(ports types.BaseDVPortSetting) types.BaseMethodFault {
	setting, ok := ports.(*types.VMwareDVSPortSetting)
	if !ok {
		return nil
	}
	trunk, ok := setting.Vlan.(*types.VmwareDistributedVirtualSwitchTrunkVlanSpec)
	if !ok {
		return nil
	}
	for _, ids := range trunk.VlanId {
		if ids.Start < 0 || ids.Start > ids.End || ids.End >= trunkVLAN {
			return &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig.vlan"}
		}
	}
	return nil
}

func (s *distributedSwitch) AddDVPortgroupTask(ctx *simulator.Context, req *types.AddDVPortgroup_Task) soap.HasFault {
	task := startTask(ctx, s, "AddDVPortgroup_Task", func() (types.AnyType, types.BaseMethodFault) {
		for _, spec := range req.Spec {
			if fault := noVLAN(spec.DefaultPortConfig); fault != nil {
				return nil, fault
			}
		}
		answer := s.DistributedVirtualSwitch.AddDVPortgroupTask(ctx, req)
		if _, fault := finish(ctx, answer.(*methods.AddDVPortgroup_TaskBody).Res.Returnval); fault != nil {
			return nil, fault
		}
		for _, spec := range req.Spec {
			made := ctx.Map.FindByName(spec.Name, s.Portgroup).(*simulator.DistributedVirtualPortgroup)
			ctx.WithLock(made, func() {
				if setting, ok := made.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
					asked := *setting
					settled(setting, nil, &asked)
				}
				made.Config.ConfigVersion = firstVersion
			})
		}
		return nil, nil
	})
	return &methods.AddDVPortgroup_TaskBody{Res: &types.AddDVPortgroup_TaskResponse{Returnval: task}}
}
