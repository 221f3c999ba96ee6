"""Whether the cluster's own network can do what the bridge design needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab


def bridging(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Only OVN-Kubernetes knows what a mapped Open vSwitch bridge is; VMs would wait for their network for ever."""
    if lab.bridging == "ovn-localnet" and facts.network_type != releases.OVN_KUBERNETES:
        yield (
            f"cnv-lab:nodeNetwork.bridging ovn-localnet: the cluster's network is {facts.network_type or 'not told'}, "
            f"and only {releases.OVN_KUBERNETES} can plug VMs into that bridge. Write vlan-aware."
        )
