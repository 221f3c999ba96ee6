package main

import (
	"slices"
	"sync"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestAPortGroupOnEveryHostIsOneNetworkThatAllOfThemAndTheirClusterShow(t *testing.T) {
	l := newLab(t)
	for i := range l.hosts {
		l.must(l.network(i).AddPortGroup(l.ctx, trunk("Trunk")))
	}
	network := l.networks()["Trunk"]
	is(t, "its hosts", read[mo.Network](l, network, "host").Host, []types.ManagedObjectReference{l.hosts[0].Reference(), l.hosts[1].Reference()})
	is(t, "in its cluster", count(read[mo.ClusterComputeResource](l, l.cluster, "network").Network, network), 1)
	for i, host := range l.hosts {
		is(t, "in its host", count(read[mo.HostSystem](l, host, "network").Network, network), 1)
		shown := l.portGroup(i, "Trunk")
		is(t, "VLAN", shown.Spec.VlanId, trunkVLAN)
		is(t, "switch", shown.Spec.VswitchName, "vSwitch0")
		is(t, "what is asked for", isOn(shown.ComputedPolicy.Security.AllowPromiscuous), true)
		is(t, "what is left to the switch", isOn(shown.ComputedPolicy.Security.ForgedTransmits), true)
	}
}

func TestAHostsOwnConfigurationSaysWhatItsNetworkSystemSays(t *testing.T) {
	l := newLab(t)
	l.must(l.network(1).AddPortGroup(l.ctx, trunk("Trunk")))
	of := read[mo.HostSystem](l, l.hosts[1], "config.network").Config.Network
	is(t, "port groups", of.Portgroup, read[mo.HostNetworkSystem](l, l.network(1), "networkInfo").NetworkInfo.Portgroup)
	is(t, "of the switch", slices.Contains(of.Vswitch[0].Portgroup, portGroupKey("Trunk")), true)
	other := read[mo.HostSystem](l, l.hosts[0], "config.network").Config.Network
	is(t, "of the other host", slices.Contains(other.Vswitch[0].Portgroup, portGroupKey("Trunk")), false)
}

func TestAPortGroupIsUpdatedInPlaceOnOneHost(t *testing.T) {
	l := newLab(t)
	for i := range l.hosts {
		l.must(l.network(i).AddPortGroup(l.ctx, trunk("Trunk")))
	}
	spec := trunk("Trunk")
	spec.VlanId, spec.Policy.Security.AllowPromiscuous = 1928, types.NewBool(false)
	l.must(l.network(0).UpdatePortGroup(l.ctx, "Trunk", spec))
	is(t, "VLAN", l.portGroup(0, "Trunk").Spec.VlanId, 1928)
	is(t, "policy", isOn(l.portGroup(0, "Trunk").ComputedPolicy.Security.AllowPromiscuous), false)
	is(t, "the other host's VLAN", l.portGroup(1, "Trunk").Spec.VlanId, trunkVLAN)
	spec.VswitchName = "vSwitch9"
	is(t, "an unknown switch", kind(l.network(0).UpdatePortGroup(l.ctx, "Trunk", spec)), "NotFound")
	is(t, "an unknown port group", kind(l.network(0).UpdatePortGroup(l.ctx, "Nope", trunk("Nope"))), "NotFound")
	is(t, "a rename", kind(l.network(0).UpdatePortGroup(l.ctx, "Trunk", trunk("Other"))), "NotSupported")
}

func TestANetworkGoesWithItsLastHost(t *testing.T) {
	l := newLab(t)
	for i := range l.hosts {
		l.must(l.network(i).AddPortGroup(l.ctx, trunk("Trunk")))
		l.must(l.network(i).AddPortGroup(l.ctx, trunk("Later")))
	}
	network, before := l.networks()["Trunk"], read[mo.Datacenter](l, l.datacenter, "network").Network
	l.must(l.network(0).RemovePortGroup(l.ctx, "Trunk"))
	is(t, "hosts", read[mo.Network](l, network, "host").Host, []types.ManagedObjectReference{l.hosts[1].Reference()})
	is(t, "in the cluster", count(read[mo.ClusterComputeResource](l, l.cluster, "network").Network, network), 1)
	is(t, "in the datacenter", read[mo.Datacenter](l, l.datacenter, "network").Network, before)
	is(t, "twice", kind(l.network(0).RemovePortGroup(l.ctx, "Trunk")), "NotFound")
	l.must(l.network(1).RemovePortGroup(l.ctx, "Trunk"))
	is(t, "in the cluster", count(read[mo.ClusterComputeResource](l, l.cluster, "network").Network, network), 0)
	is(t, "in the datacenter", read[mo.Datacenter](l, l.datacenter, "network").Network,
		slices.DeleteFunc(before, func(n types.ManagedObjectReference) bool { return n == network }))
	is(t, "the other one", count(read[mo.HostSystem](l, l.hosts[0], "network").Network, l.networks()["Later"]), 1)
}

func TestAPortGroupThatARunningVMUsesStays(t *testing.T) {
	l := newLab(t)
	vm := l.makeVM("vm", l.card(machineNetwork))
	l.do(vm.PowerOn(l.ctx))
	is(t, "while it runs", kind(l.network(0).RemovePortGroup(l.ctx, machineNetwork)), "ResourceInUse")
	is(t, "still there", l.portGroup(0, machineNetwork).Spec.Name, machineNetwork)
	l.do(vm.PowerOff(l.ctx))
	l.must(l.network(0).RemovePortGroup(l.ctx, machineNetwork))
}

func TestWhatAPortGroupCannotBeIsRefused(t *testing.T) {
	l := newLab(t)
	unknown, high := trunk("Trunk"), trunk("Trunk")
	unknown.VswitchName, high.VlanId = "vSwitch9", trunkVLAN+1
	is(t, "an unknown switch", kind(l.network(0).AddPortGroup(l.ctx, unknown)), "NotFound")
	is(t, "a VLAN above 4095", kind(l.network(0).AddPortGroup(l.ctx, high)), "InvalidArgument")
	is(t, "no name", kind(l.network(0).AddPortGroup(l.ctx, trunk(""))), "InvalidArgument")
	is(t, "a name that is taken", kind(l.network(0).AddPortGroup(l.ctx, trunk(machineNetwork))), "AlreadyExists")
}

// The simulator hands a new cluster the beginning of its datacenter's own list of networks.
func TestAPortGroupInAClusterThatCameLaterDisturbsNoOtherNetwork(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"one", "two", "three"} {
		l.must(l.network(0).AddPortGroup(l.ctx, trunk(name)))
	}
	before := l.networks()
	later, err := l.folders.HostFolder.CreateCluster(l.ctx, "Sheep", types.ClusterConfigSpecEx{})
	l.must(err)
	added := l.do(later.AddHost(l.ctx, types.HostConnectSpec{HostName: "sheep-1", UserName: "root", Force: true}, true, nil, nil))
	l.hosts[1] = object.NewHostSystem(l.client.Client, added.(types.ManagedObjectReference))
	l.must(l.network(1).AddPortGroup(l.ctx, trunk("Trunk")))
	l.must(l.network(1).RemovePortGroup(l.ctx, "Trunk"))
	is(t, "networks", l.networks(), before)
}

// pulumi-vsphere makes the port groups of all hosts at once.
func TestTwoHostsThatGetAPortGroupAtOnceShareItsNetwork(t *testing.T) {
	l := newLab(t)
	for range 10 {
		l.atOnce(len(l.hosts), func(i int) error { return l.network(i).AddPortGroup(l.ctx, trunk("Trunk")) })
		is(t, "hosts", len(read[mo.Network](l, l.networks()["Trunk"], "host").Host), len(l.hosts))
		l.atOnce(len(l.hosts), func(i int) error { return l.network(i).RemovePortGroup(l.ctx, "Trunk") })
		_, there := l.networks()["Trunk"]
		is(t, "there in the end", there, false)
	}
}

// atOnce calls n times at once, all of which are to succeed.
func (l *lab) atOnce(n int, call func(int) error) {
	l.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := call(i); err != nil {
				l.Errorf("call %d: %s %s", i, kind(err), err)
			}
		})
	}
	all.Wait()
}

func count(refs []types.ManagedObjectReference, of types.ManagedObjectReference) int {
	return len(slices.DeleteFunc(slices.Clone(refs), func(r types.ManagedObjectReference) bool { return r != of }))
}

// portGroup is a port group as its host's network system shows it.
func (l *lab) portGroup(host int, name string) types.HostPortGroup {
	l.Helper()
	groups := read[mo.HostNetworkSystem](l, l.network(host), "networkInfo").NetworkInfo.Portgroup
	at := slices.IndexFunc(groups, func(p types.HostPortGroup) bool { return p.Spec.Name == name })
	if at < 0 {
		l.Fatalf("host %d has no port group %s", host, name)
	}
	return groups[at]
}
