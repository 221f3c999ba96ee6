package main

import (
	"slices"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: standard port groups.
//
// The simulator answers DuplicateName to a port group whose name another host has, and takes the network away with the
// first host's; it has no UpdatePortGroup; it takes any VLAN; it leaves computedPolicy empty, and host.config.network,
// host.network, cluster.network and network.host as they were.
// A vCenter shows port groups of one name in one datacenter as one Network, which lists its hosts and is listed by them
// and by their clusters; it answers AlreadyExists, NotFound, InvalidArgument and ResourceInUse.
// The lab's trunk is a port group on every host, since a VM may land on any; pulumi-vsphere updates it in place; and
// the Machine API looks for networks in cluster.network and nowhere else.

// trunkVLAN is the highest VLAN of a standard port group, which stands for all of them.
const trunkVLAN = 4095

// hostNetworkSystem is a host's network system with the gap filled.
type hostNetworkSystem struct {
	*simulator.HostNetworkSystem
	alone *sync.Mutex
}

func (s *hostNetworkSystem) AddPortGroup(ctx *simulator.Context, req *types.AddPortGroup) soap.HasFault {
	s.alone.Lock()
	defer s.alone.Unlock()
	spec := req.Portgrp
	fault := s.invalid(spec)
	if s.find(spec.Name) >= 0 {
		fault = &types.AlreadyExists{Name: spec.Name}
	}
	if fault != nil {
		return &methods.AddPortGroupBody{Fault_: simulator.Fault("", fault)}
	}
	if s.network(ctx, spec.Name) == nil {
		if answer := s.HostNetworkSystem.AddPortGroup(ctx, req); answer.Fault() != nil {
			return answer
		}
	} else {
		onSwitch := &s.NetworkInfo.Vswitch[s.vswitch(spec.VswitchName)]
		onSwitch.Portgroup = append(onSwitch.Portgroup, spec.Name)
		s.NetworkInfo.Portgroup = append(s.NetworkInfo.Portgroup, types.HostPortGroup{Key: portGroupKey(spec.Name), Spec: spec})
	}
	s.publish(ctx)
	s.link(ctx, s.network(ctx, spec.Name))
	return &methods.AddPortGroupBody{Res: &types.AddPortGroupResponse{}}
}

func (s *hostNetworkSystem) UpdatePortGroup(ctx *simulator.Context, req *types.UpdatePortGroup) soap.HasFault {
	s.alone.Lock()
	defer s.alone.Unlock()
	fault := s.invalid(req.Portgrp)
	at := s.find(req.PgName)
	switch {
	case at < 0:
		fault = &types.NotFound{}
	case fault == nil && req.Portgrp.Name != req.PgName:
		fault = &types.NotSupported{} // a vCenter renames; pulumi-vsphere replaces instead
	}
	if fault != nil {
		return &methods.UpdatePortGroupBody{Fault_: simulator.Fault("", fault)}
	}
	s.NetworkInfo.Portgroup[at].Spec = req.Portgrp
	s.publish(ctx)
	return &methods.UpdatePortGroupBody{Res: &types.UpdatePortGroupResponse{}}
}

func (s *hostNetworkSystem) RemovePortGroup(ctx *simulator.Context, req *types.RemovePortGroup) soap.HasFault {
	s.alone.Lock()
	defer s.alone.Unlock()
	network := s.network(ctx, req.PgName)
	if s.find(req.PgName) < 0 || network == nil {
		return &methods.RemovePortGroupBody{Fault_: simulator.Fault("", &types.NotFound{})}
	}
	if s.used(ctx, network.Self) {
		return &methods.RemovePortGroupBody{Fault_: simulator.Fault("", &types.ResourceInUse{Type: "HostPortGroup", Name: req.PgName})}
	}
	s.unlink(ctx, network)
	if len(network.Host) == 0 {
		if answer := s.HostNetworkSystem.RemovePortGroup(ctx, req); answer.Fault() != nil {
			return answer
		}
	} else {
		for i := range s.NetworkInfo.Vswitch {
			onSwitch := &s.NetworkInfo.Vswitch[i]
			onSwitch.Portgroup = slices.DeleteFunc(onSwitch.Portgroup, func(name string) bool { return name == req.PgName })
		}
		at := s.find(req.PgName)
		s.NetworkInfo.Portgroup = slices.Delete(s.NetworkInfo.Portgroup, at, at+1)
	}
	s.publish(ctx)
	return &methods.RemovePortGroupBody{Res: &types.RemovePortGroupResponse{}}
}

// invalid is what is wrong with a specification.
func (s *hostNetworkSystem) invalid(spec types.HostPortGroupSpec) types.BaseMethodFault {
	switch {
	case spec.VlanId < 0 || spec.VlanId > trunkVLAN:
		return &types.InvalidArgument{InvalidProperty: "portgrp.vlanId"}
	case s.vswitch(spec.VswitchName) < 0:
		return &types.NotFound{}
	}
	return nil
}

func (s *hostNetworkSystem) find(name string) int {
	return slices.IndexFunc(s.NetworkInfo.Portgroup, func(p types.HostPortGroup) bool { return p.Spec.Name == name })
}

func (s *hostNetworkSystem) vswitch(name string) int {
	return slices.IndexFunc(s.NetworkInfo.Vswitch, func(v types.HostVirtualSwitch) bool { return v.Name == name })
}

// network is the datacenter's standard network of this name.
func (s *hostNetworkSystem) network(ctx *simulator.Context, name string) *mo.Network {
	datacenter, ok := ancestor[*simulator.Datacenter](ctx, s.Host)
	if !ok {
		return nil
	}
	var networks []types.ManagedObjectReference
	ctx.WithLock(datacenter, func() { networks = slices.Clone(datacenter.Network) })
	network, _ := ctx.Map.FindByName(name, networks).(*mo.Network) // a distributed port group is of another type
	return network
}

// used says whether a VM that runs on this host has a card on the network.
func (s *hostNetworkSystem) used(ctx *simulator.Context, network types.ManagedObjectReference) bool {
	return slices.ContainsFunc(ctx.Map.All("VirtualMachine"), func(e mo.Entity) bool {
		vm, uses := e.(*simulator.VirtualMachine), false
		ctx.WithLock(vm, func() {
			runs := vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff
			uses = runs && vm.Runtime.Host != nil && *vm.Runtime.Host == s.Host.Self && slices.Contains(vm.Network, network)
		})
		return uses
	})
}

// link enters the network in the host's and its cluster's networks, and the host in the network's hosts.
func (s *hostNetworkSystem) link(ctx *simulator.Context, network *mo.Network) {
	host := ctx.Map.Get(s.Host.Self)
	update(ctx, host, "network", &s.Host.Network, network.Self, true)
	update(ctx, network, "host", &network.Host, s.Host.Self, true)
	if cluster, ok := ctx.Map.Get(*s.Host.Parent).(*simulator.ClusterComputeResource); ok {
		update(ctx, cluster, "network", &cluster.Network, network.Self, true)
	}
}

// unlink is link undone; the cluster keeps the network while another of its hosts has it.
func (s *hostNetworkSystem) unlink(ctx *simulator.Context, network *mo.Network) {
	host := ctx.Map.Get(s.Host.Self)
	update(ctx, host, "network", &s.Host.Network, network.Self, false)
	update(ctx, network, "host", &network.Host, s.Host.Self, false)
	cluster, ok := ctx.Map.Get(*s.Host.Parent).(*simulator.ClusterComputeResource)
	if ok && !slices.ContainsFunc(cluster.Host, func(h types.ManagedObjectReference) bool { return slices.Contains(network.Host, h) }) {
		update(ctx, cluster, "network", &cluster.Network, network.Self, false)
	}
}

// update has a reference in a list, or has it not, and tells whoever waits for updates.
//
// The list is always a new one: the simulator gives hosts, cluster and datacenter slices of one array to begin with, and
// what is changed in place for one changes for all.
func update(ctx *simulator.Context, object mo.Reference, name string, list *[]types.ManagedObjectReference,
	ref types.ManagedObjectReference, has bool) {
	ctx.WithLock(object, func() {
		changed := slices.DeleteFunc(slices.Clone(*list), func(r types.ManagedObjectReference) bool { return r == ref })
		if has {
			changed = append(changed, ref)
		}
		ctx.Update(object, []types.PropertyChange{{Name: name, Val: changed}})
	})
}

func portGroupKey(name string) string { return "key-vim.host.PortGroup-" + name }

// publish computes the policies, and brings the host's own view in line with its network system's.
func (s *hostNetworkSystem) publish(ctx *simulator.Context) {
	for i := range s.NetworkInfo.Portgroup {
		p := &s.NetworkInfo.Portgroup[i]
		p.ComputedPolicy = computed(p.Spec.Policy)
	}
	host := ctx.Map.Get(s.Host.Self)
	ctx.WithLock(host, func() {
		if s.Host.Config == nil || s.Host.Config.Network == nil {
			return
		}
		switches := slices.Clone(s.Host.Config.Network.Vswitch)
		for _, v := range s.NetworkInfo.Vswitch {
			at := slices.IndexFunc(switches, func(known types.HostVirtualSwitch) bool { return known.Name == v.Name })
			if at < 0 {
				at = len(switches)
				switches = append(switches, v)
			}
			switches[at].Portgroup = nil
			for _, name := range v.Portgroup {
				switches[at].Portgroup = append(switches[at].Portgroup, portGroupKey(name))
			}
		}
		ctx.Update(host, []types.PropertyChange{
			{Name: "config.network.portgroup", Val: slices.Clone(s.NetworkInfo.Portgroup)},
			{Name: "config.network.vswitch", Val: switches},
		})
	})
}

// computed is a port group's policy with a standard switch's defaults where it says nothing.
func computed(policy types.HostNetworkPolicy) types.HostNetworkPolicy {
	security := types.HostNetworkSecurityPolicy{
		AllowPromiscuous: types.NewBool(false), MacChanges: types.NewBool(true), ForgedTransmits: types.NewBool(true),
	}
	if policy.Security != nil {
		lay(&security, *policy.Security)
	}
	policy.Security = &security
	return policy
}
