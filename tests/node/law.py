"""Where a frame must come out, and nowhere else: by the VLANs of the VMs and the bridge design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.kernel.probes import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sandbox.kernel.probes import Heard, Probe, Tags

# Of a VM: the node that it is on, and its VLAN.
Home = tuple[str, int]


def expected(design: str, homes: Mapping[str, Home], vlans: Collection[int], probe: Probe) -> Heard:
    """Who hears a broadcast, with which tags; a node's name is what it sends over its trunk NIC.

    A VM that tags its frames stays in its VLAN: a bridge of its own carries the tag as any payload, the VLAN-aware one
    takes a frame that has the VLAN's own tag, and drops every other.
    """
    if probe.sender == OUTSIDE:
        if not probe.tags or probe.tags[0] not in vlans:
            return {}
        return _vms(homes, probe.tags[0], probe.tags[1:])
    node, vlan = homes[probe.sender]
    inner = probe.tags
    if design == "vlan-aware" and inner:
        if inner[0] != vlan:
            return {}
        inner = inner[1:]
    others = {vm: home for vm, home in homes.items() if vm != probe.sender}
    return {node: ((vlan, *inner),), **_vms(others, vlan, inner)}


def _vms(homes: Mapping[str, Home], vlan: int, tags: Tags) -> Heard:
    return {vm: (tags,) for vm, (_, its_vlan) in homes.items() if its_vlan == vlan}
