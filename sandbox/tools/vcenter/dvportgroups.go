package main

import (
	"slices"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: changing and destroying a distributed port group.
//
// The simulator clears what a change leaves unset, name and VLAN included; it takes any configVersion; it destroys a
// port group that cards are on, and leaves it in the networks of hosts and cluster.
// A vCenter keeps what is unset, answers ConcurrentAccess to a version that is not the current one, and ResourceInUse
// while a card is on it.
// pulumi-vsphere changes ranges and policies in place, and MAC learning, which it has no word for, is set beside it.

// distributedPortGroup is a distributed port group with the gap filled.
type distributedPortGroup struct {
	*simulator.DistributedVirtualPortgroup
}

func (p *distributedPortGroup) ReconfigureDVPortgroupTask(ctx *simulator.Context, req *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	task := startTask(ctx, p, "ReconfigureDVPortgroup_Task", func() (types.AnyType, types.BaseMethodFault) {
		version := p.Config.ConfigVersion
		if req.Spec.ConfigVersion != "" && version != "" && req.Spec.ConfigVersion != version {
			return nil, &types.ConcurrentAccess{}
		}
		if fault := noVLAN(req.Spec.DefaultPortConfig); fault != nil {
			return nil, fault
		}
		whole := types.ReconfigureDVPortgroup_Task{This: req.This, Spec: kept(p.Config)}
		ports, settings := whole.Spec.DefaultPortConfig, req.Spec.DefaultPortConfig
		lay(&whole.Spec, req.Spec)
		whole.Spec.DefaultPortConfig = mergedPorts(ports, settings)
		answer := p.DistributedVirtualPortgroup.ReconfigureDVPortgroupTask(ctx, &whole)
		if _, fault := finish(ctx, answer.(*methods.ReconfigureDVPortgroup_TaskBody).Res.Returnval); fault != nil {
			return nil, fault
		}
		number, _ := strconv.Atoi(version) // one that was never counted begins at 0
		p.Config.ConfigVersion = strconv.Itoa(number + 1)
		return nil, nil
	})
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task}}
}

// kept is the specification that changes nothing, as far as the simulator reads it.
func kept(config types.DVPortgroupConfigInfo) types.DVPortgroupConfigSpec {
	return types.DVPortgroupConfigSpec{
		Name: config.Name, Description: config.Description, Type: config.Type, NumPorts: config.NumPorts,
		AutoExpand: config.AutoExpand, Policy: config.Policy, PortNameFormat: config.PortNameFormat,
		DefaultPortConfig:            config.DefaultPortConfig,
		VmVnicNetworkResourcePoolKey: config.VmVnicNetworkResourcePoolKey,
		LogicalSwitchUuid:            config.LogicalSwitchUuid, SubnetId: config.SubnetId, BackingType: config.BackingType,
	}
}

// mergedPorts are the ports' settings with those of the change on top.
func mergedPorts(present, change types.BaseDVPortSetting) types.BaseDVPortSetting {
	before, known := present.(*types.VMwareDVSPortSetting)
	after, same := change.(*types.VMwareDVSPortSetting)
	switch {
	case change == nil:
		return present
	case !known || !same:
		return change
	}
	merged, common := *before, before.DVPortSetting
	lay(&common, after.DVPortSetting)
	lay(&merged, *after)
	merged.DVPortSetting = common
	settled(&merged, before, after)
	return &merged
}

func (p *distributedPortGroup) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	if p.used(ctx) {
		fault := &types.ResourceInUse{Type: "DistributedVirtualPortgroup", Name: p.Name}
		return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: failedTask(ctx, p, "Destroy_Task", fault)}}
	}
	for _, ref := range p.Host {
		host := ctx.Map.Get(ref).(*simulator.HostSystem)
		update(ctx, host, "network", &host.Network, p.Self, false)
		if cluster, ok := ctx.Map.Get(*host.Parent).(*simulator.ClusterComputeResource); ok {
			update(ctx, cluster, "network", &cluster.Network, p.Self, false)
		}
	}
	return p.DistributedVirtualPortgroup.DestroyTask(ctx, req)
}

// used says whether a VM or template has a card on the port group.
func (p *distributedPortGroup) used(ctx *simulator.Context) bool {
	return slices.ContainsFunc(ctx.Map.All("VirtualMachine"), func(e mo.Entity) bool {
		vm, uses := e.(*simulator.VirtualMachine), false
		ctx.WithLock(vm, func() { uses = slices.Contains(vm.Network, p.Self) })
		return uses
	})
}
