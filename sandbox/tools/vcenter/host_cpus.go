package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: what the hosts' CPUs can do.
//
// The simulator's hosts can neither nest virtualization nor count a VM's CPU events, and its environment browser leaves
// an IOMMU out.
// A vCenter tells the first two in a host's capability, and the third of each guest operating system and host.
// The lab asks before it makes anything. The hosts here can all of it, but for what is taken from them:
//
//	curl -d '{"Host": "goat-1.lab.bewley.net", "Lacks": ["nestedHVSupported"]}' 127.0.0.1:PORT/hosts

const (
	hostsPath                 = "/hosts"
	nesting, counting, iommus = "nestedHVSupported", "vPMCSupported", "vvtdSupported"
)

// hostCPUs are the features that hosts lack; it is told of each host that comes.
type hostCPUs struct {
	sync.Mutex
	without map[types.ManagedObjectReference]bool // an IOMMU
}

func newHostCPUs() *hostCPUs { return &hostCPUs{without: map[types.ManagedObjectReference]bool{}} }

func (c *hostCPUs) watch(registry *simulator.Registry) {
	for _, host := range registry.All("HostSystem") {
		able(host, nil)
	}
	registry.AddHandler(c)
}

// Reference and the following two make it one of the registry's handlers.
func (c *hostCPUs) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "HostCPUs", Value: "host-cpus"}
}

func (c *hostCPUs) PutObject(_ *simulator.Context, item mo.Reference) { able(item, nil) }

func (c *hostCPUs) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

func (c *hostCPUs) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

// able sets the capability of a host, and leaves what is none alone.
func able(item mo.Reference, lacks []string) {
	if host, ok := item.(*simulator.HostSystem); ok {
		host.Capability.NestedHVSupported = !slices.Contains(lacks, nesting)
		host.Capability.VPMCSupported = !slices.Contains(lacks, counting)
	}
}

// endpoint takes from one host what it is to lack, and gives it what it is not.
func (c *hostCPUs) endpoint(service *simulator.Service) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var change struct {
			Host  string
			Lacks []string
		}
		if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx := &simulator.Context{Context: r.Context(), Map: service.Context.Map}
		for _, item := range ctx.Map.All("HostSystem") {
			host := item.(*simulator.HostSystem)
			if host.Name != change.Host {
				continue
			}
			ctx.WithLock(host, func() { able(host, change.Lacks) })
			c.Lock()
			c.without[host.Self] = slices.Contains(change.Lacks, iommus)
			c.Unlock()
			return
		}
		http.Error(w, fmt.Sprintf("there is no host %q", change.Host), http.StatusNotFound)
	}
}

// environmentBrowser tells of the IOMMU, too.
type environmentBrowser struct {
	*simulator.EnvironmentBrowser
	cpus *hostCPUs
}

func (b *environmentBrowser) QueryConfigOptionEx(_ *simulator.Context, req *types.QueryConfigOptionEx) soap.HasFault {
	answer := b.EnvironmentBrowser.QueryConfigOptionEx(req)
	body, ok := answer.(*methods.QueryConfigOptionExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return answer
	}
	b.cpus.Lock()
	defer b.cpus.Unlock()
	lacking := req.Spec != nil && req.Spec.Host != nil && b.cpus.without[*req.Spec.Host]
	// The API's words and types, which clients look up: pyVmomi has none for the simulator's empty ones.
	shares := &body.Res.Returnval.HardwareOptions.ResourceConfigOption
	shares.CpuAllocationOption.SharesOption.DefaultLevel = types.SharesLevelNormal
	shares.MemoryAllocationOption.SharesOption.DefaultLevel = types.SharesLevelNormal
	for i := range body.Res.Returnval.GuestOSDescriptor {
		guest := &body.Res.Returnval.GuestOSDescriptor[i]
		guest.VvtdSupported = &types.BoolOption{Supported: !lacking}
		guest.RecommendedDiskController, guest.RecommendedCdromController = "ParaVirtualSCSIController", "VirtualAHCIController"
		guest.SupportedEthernetCard = []string{"VirtualVmxnet3"}
		guest.SupportedDiskControllerList = []string{guest.RecommendedDiskController, guest.RecommendedCdromController}
	}
	return answer
}
