"""The way as the stack file means it, and from the policy's ledger what is on its way out. No server is asked here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab import names, ranges
from lab.manifests.bridging import DESIGNS, design_of, vlan_aware
from lab.manifests.network_attachments import SHARED
from lab.manifests.node_network import in_order
from lab.parts import Kind, Part
from lab.topology.model import Topology, Way

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from lab.plan import Lab


def topology(lab: Lab, ledger: Collection[str] = ()) -> Topology:
    """The lab's way.

    Args:
        lab: the lab.
        ledger: bridges that the live policy owns, or an earlier stack file had; those that the lab no longer wants
            are drawn as retired.
    """
    return Topology(
        stack=lab.stack,
        bridging=lab.bridging,
        trunk=_trunk(lab),
        ways=(*_vlans(lab), *_guest_trunks(lab), *_retired(lab, ledger)),
    )


def bridges(lab: Lab) -> list[str]:
    """What the policy's ledger would have of this lab."""
    return DESIGNS[lab.bridging].bridges(lab.vlan_ids)


def _trunk(lab: Lab) -> tuple[Part, ...]:
    carried = ranges.told(ranges.merged(lab.vlan_ids))
    physical = Part(kind=Kind.PHYSICAL_TRUNK, name="physical switch", details=(f"VLANs {carried}, tagged",))
    size = () if lab.mtu is None else (f"MTU {lab.mtu}",)
    if lab.existing is not None:
        labels = (f"{key}={value}" if value else key for key, value in lab.existing.items())
        nodes = f"of the nodes {', '.join(labels)}"
        return physical, Part(kind=Kind.NIC, name=lab.nic, details=(nodes, *size))
    machines = "1 hypervisor" if lab.replicas == 1 else f"{lab.replicas} hypervisors"
    return (
        physical,
        _port_group(lab),
        Part(kind=Kind.NIC, name=lab.nic, details=(f"of {machines}", f"MachineSet {lab.machine_set}", *size)),
    )


def _port_group(lab: Lab) -> Part:
    trunk = lab.trunk
    if trunk.is_distributed:
        switch, carried = f"distributed switch {lab.switch}", f"VLANs {ranges.told(trunk.ranges)}"
    else:
        switch, carried = f"{lab.switch} on every host", f"all VLANs ({names.STANDARD_TRUNK_VLAN_ID})"
    details = (
        switch,
        carried,
        *((trunk.security,) if trunk.security else ()),
        *(("existing",) if trunk.existing else ()),
    )
    return Part(kind=Kind.PORT_GROUP, name=lab.port_group, details=details)


def _vlans(lab: Lab) -> Iterable[Way]:
    kind = Kind.CUDN if lab.attachments == "cudn" else Kind.NAD
    design = DESIGNS[lab.bridging]
    for vlan in lab.vlans:
        bridge = design.bridge(vlan.id)
        node = design.way(lab.nic, bridge)
        if design.vlan_of(bridge) is None:
            # Several share the bridge: what is the VLAN's own begins behind it.
            node = (*node, Part(kind=Kind.VLAN, name=str(vlan.id), details=(vlan.name,)))
        else:
            node = (replace(node[0], details=(vlan.name,)), *node[1:])
        attachment = (_attachment(lab, kind, names.attachment(vlan.id)),) if vlan.namespaces else ()
        yield Way(
            vlans=(vlan.id,),
            name=vlan.name,
            parts=(*node, *attachment),
            namespaces=_namespaces(lab, vlan.namespaces),
        )


def _guest_trunks(lab: Lab) -> Iterable[Way]:
    """Of one design only (lab/feasible.py)."""
    for guest in lab.guest_trunks:
        vlans = tuple(sorted(guest.ids)) or lab.vlan_ids
        attachment = replace(
            _attachment(lab, Kind.NAD, names.guest_trunk(guest.name)),
            details=(f"VLANs {ranges.told(ranges.merged(vlans))}, tagged",),
        )
        yield Way(
            vlans=vlans,
            name=f"guest trunk {guest.name}",
            parts=(*vlan_aware.way(lab.nic, names.TRUNK_BRIDGE), *((attachment,) if guest.namespaces else ())),
            namespaces=_namespaces(lab, guest.namespaces),
            is_guest_trunk=True,
        )


def _retired(lab: Lab, ledger: Collection[str]) -> Iterable[Way]:
    """Bridges of any design that the policy still has to take off the nodes."""
    for bridge in in_order(set(ledger) - set(bridges(lab))):
        design = design_of(bridge)
        if design is None:
            continue
        vlan = design.vlan_of(bridge)
        yield Way(
            vlans=() if vlan is None else (vlan,),
            name="",
            parts=tuple(replace(part, is_retired=True) for part in design.way(lab.nic, bridge)),
            is_retired=True,
        )


def _attachment(lab: Lab, kind: Kind, name: str) -> Part:
    return Part(kind=kind, name=f"{SHARED}/{name}" if lab.shared_attachments else name)


def _namespaces(lab: Lab, wanted: Sequence[str]) -> tuple[Part, ...]:
    existing = {namespace.name for namespace in lab.namespaces if namespace.existing}
    return tuple(
        Part(kind=Kind.NAMESPACE, name=name, details=("existing",) if name in existing else ())
        for name in sorted(wanted)
    )
