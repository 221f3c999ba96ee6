package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// iommu asks the cluster's environment browser whether a guest of this host may have one.
func (l *lab) iommu(host *object.HostSystem) string {
	browser := read[mo.ClusterComputeResource](l, l.cluster, "environmentBrowser").EnvironmentBrowser
	ref := host.Reference()
	answer, err := methods.QueryConfigOptionEx(l.ctx, l.client, &types.QueryConfigOptionEx{This: *browser,
		Spec: &types.EnvironmentBrowserConfigOptionQuerySpec{Host: &ref, GuestId: []string{"coreos64Guest"}}})
	l.must(err)
	descriptors := answer.Returnval.GuestOSDescriptor
	switch {
	case len(descriptors) != 1 || descriptors[0].VvtdSupported == nil:
		return "not told"
	case descriptors[0].VvtdSupported.Supported:
		return "yes"
	}
	return "no"
}

func (l *lab) takeFromHost(change string) int {
	l.Helper()
	at := strings.Replace(l.faultsURL, faultsPath, hostsPath, 1)
	request, err := http.NewRequestWithContext(l.ctx, http.MethodPost, at, strings.NewReader(change))
	l.must(err)
	answer, err := http.DefaultClient.Do(request)
	l.must(err)
	l.must(answer.Body.Close())
	return answer.StatusCode
}

func TestAHostLacksWhatWasTakenFromItAndNoOtherDoes(t *testing.T) {
	l := newLab(t)
	is(t, "status", l.takeFromHost(`{"Host": "goat-1.lab.bewley.net", "Lacks": ["nestedHVSupported", "vvtdSupported"]}`), http.StatusOK)
	capability := func(host int) types.HostCapability {
		return *read[mo.HostSystem](l, l.hosts[host], "capability").Capability
	}
	is(t, "nesting", capability(0).NestedHVSupported, false)
	is(t, "counters", capability(0).VPMCSupported, true)
	is(t, "an IOMMU", l.iommu(l.hosts[0]), "no")
	is(t, "nesting on the other host", capability(1).NestedHVSupported, true)
	is(t, "an IOMMU on the other host", l.iommu(l.hosts[1]), "yes")
	is(t, "status", l.takeFromHost(`{"Host": "goat-1.lab.bewley.net"}`), http.StatusOK)
	is(t, "nesting again", capability(0).NestedHVSupported, true)
	is(t, "status of a host that is not there", l.takeFromHost(`{"Host": "goat-9"}`), http.StatusNotFound)
}
