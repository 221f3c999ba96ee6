"""What the VLANs go through, from the physical switch to the namespaces: a small graph, for any kind of picture.

Each VLAN goes one way, part by part; parts that several ways share are equal. What is drawn is the stack file's lab,
and from the policy's ledger what is on its way out. No server is asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from lab import names, ranges
from lab.manifests.bridging import DESIGNS
from lab.manifests.bridging.per_vlan import owns as is_of_one_vlan
from lab.manifests.network_attachments import SHARED
from lab.manifests.node_network import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from lab.plan import Lab


class Kind(StrEnum):
    """What a part is, in the words of its field; in the order in which a frame passes from the switch to a VM."""

    PHYSICAL_TRUNK = "physical trunk"
    PORT_GROUP = "port group"
    NIC = "NIC"
    VLAN_INTERFACE = "VLAN interface"
    BRIDGE = "bridge"
    MAPPING = "bridge mapping"
    VLAN = "VLAN"
    NAD = "NetworkAttachmentDefinition"
    CUDN = "ClusterUserDefinedNetwork"
    NAMESPACE = "namespace"


# Links that a person can follow in one picture; Mermaid, as GitHub runs it, gives up at 500 (its maxEdges).
DRAWABLE = 100


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing with a name; ``details`` are what a person wants to know of it, each a short text."""

    kind: Kind
    name: str
    details: tuple[str, ...] = ()
    is_retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Way:
    """How VLANs get from the NIC to namespaces.

    One VLAN, or those of a guest trunk, or (``bundled``) several of which each goes such a way. ``vlans`` is empty
    for a bridge of a design that the lab has left. ``parts`` come after the NIC and end before the namespaces.
    """

    vlans: tuple[int, ...]
    name: str
    parts: tuple[Part, ...]
    namespaces: tuple[Part, ...] = ()
    is_guest_trunk: bool = False
    is_retired: bool = False

    @property
    def told(self) -> str:
        """The VLANs for a person: ``1925``, or ``1925-1927, 1930``."""
        return ranges.told(ranges.merged(self.vlans)) if self.vlans else ""


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A lab's way, whole. ``trunk`` is what all VLANs share, up to the NIC."""

    stack: str
    bridging: str
    trunk: tuple[Part, ...]
    ways: tuple[Way, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part once, in the order in which the ways come by it."""
        listed = [*self.trunk, *(part for way in self.ways for part in (*way.parts, *way.namespaces))]
        return tuple(dict.fromkeys(listed))

    @property
    def links(self) -> tuple[tuple[Part, Part], ...]:
        """Which part leads to which, each pair once."""
        found = list(_pairs(self.trunk))
        for way in self.ways:
            found += _pairs((self.trunk[-1], *way.parts))
            last = (self.trunk[-1], *way.parts)[-1]
            found += [(last, namespace) for namespace in way.namespaces]
        return tuple(dict.fromkeys(found))

    @property
    def vlans(self) -> tuple[int, ...]:
        """The VLANs that are in use, ascending."""
        return tuple(sorted({vlan for way in self.ways if not way.is_retired for vlan in way.vlans}))

    @property
    def namespaces(self) -> tuple[Part, ...]:
        """Those that some VLAN leads to."""
        return tuple(part for part in self.parts if part.kind is Kind.NAMESPACE)


def topology(lab: Lab, ledger: Collection[str] = ()) -> Topology:
    """The lab's way.

    Args:
        lab: the lab.
        ledger: bridges that the live policy owns; those that the lab no longer wants are drawn as retired. Offline
            nobody knows of any.
    """
    return Topology(
        stack=lab.stack,
        bridging=lab.bridging,
        trunk=_trunk(lab),
        ways=(*_vlans(lab), *_guest_trunks(lab), *_retired(lab, ledger)),
    )


def bundled(whole: Topology, most: int = DRAWABLE) -> Topology:
    """The same with fewer ways, where it has more links than ``most``: what goes the same way is drawn as one.

    First VLANs that lead to the same namespaces; where that is still too much, all VLANs and all namespaces.
    """
    if len(whole.links) <= most:
        return whole
    by_namespaces = replace(whole, ways=_bundle(whole.ways, lambda way: way.namespaces))
    if len(by_namespaces.links) <= most:
        return by_namespaces
    return replace(whole, ways=_bundle(whole.ways, lambda way: bool(way.namespaces)))


def _bundle(ways: Sequence[Way], leads: Callable[[Way], object]) -> tuple[Way, ...]:
    bundles: dict[object, list[Way]] = {}
    for way in ways:
        kinds = tuple(part.kind for part in way.parts)
        bundles.setdefault((kinds, way.is_guest_trunk, way.is_retired, leads(way)), []).append(way)
    return tuple(_one(bundle) for bundle in bundles.values())


def _one(ways: Sequence[Way]) -> Way:
    if len(ways) == 1:
        return ways[0]
    # Each place in the ways holds parts of one kind: one part of all, or one of each.
    places = zip(*(way.parts for way in ways), strict=True)
    namespaces = tuple(dict.fromkeys(namespace for way in ways for namespace in way.namespaces))
    are_same = all(way.namespaces == ways[0].namespaces for way in ways)
    return replace(
        ways[0],
        vlans=tuple(sorted({vlan for way in ways for vlan in way.vlans})),
        name=f"{len(ways)} {'guest trunks' if ways[0].is_guest_trunk else 'VLANs'}",
        parts=tuple(_one_part(tuple(dict.fromkeys(place))) for place in places),
        namespaces=namespaces if are_same else (Part(kind=Kind.NAMESPACE, name=f"{len(namespaces)} namespaces"),),
    )


def _one_part(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    return replace(parts[0], name=f"{parts[0].name} … {parts[-1].name}", details=(f"{len(parts)} of them",))


def _pairs(chain: Sequence[Part]) -> Iterable[tuple[Part, Part]]:
    return pairwise(chain)


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
    for vlan in lab.vlans:
        own: tuple[Part, ...] = ()
        if lab.bridging != "per-vlan":
            own = (Part(kind=Kind.VLAN, name=str(vlan.id), details=(vlan.name,)),)
        attachment = (_attachment(lab, kind, names.attachment(vlan.id)),) if vlan.namespaces else ()
        yield Way(
            vlans=(vlan.id,),
            name=vlan.name,
            parts=(
                *_on_the_node(lab.bridging, lab.nic, DESIGNS[lab.bridging].bridge(vlan.id), vlan.name),
                *own,
                *attachment,
            ),
            namespaces=_namespaces(lab, vlan.namespaces),
        )


def _guest_trunks(lab: Lab) -> Iterable[Way]:
    for guest in lab.guest_trunks:
        vlans = tuple(sorted(guest.ids)) or lab.vlan_ids
        attachment = replace(
            _attachment(lab, Kind.NAD, names.guest_trunk(guest.name)),
            details=(f"VLANs {ranges.told(ranges.merged(vlans))}, tagged",),
        )
        yield Way(
            vlans=vlans,
            name=f"guest trunk {guest.name}",
            parts=(
                *_on_the_node(lab.bridging, lab.nic, names.TRUNK_BRIDGE),
                *((attachment,) if guest.namespaces else ()),
            ),
            namespaces=_namespaces(lab, guest.namespaces),
            is_guest_trunk=True,
        )


def _retired(lab: Lab, ledger: Collection[str]) -> Iterable[Way]:
    """Bridges of any design that the policy still has to take off the nodes."""
    for bridge in in_order(set(ledger) - set(DESIGNS[lab.bridging].bridges(lab.vlan_ids))):
        left = next((name for name, design in DESIGNS.items() if design.owns(bridge)), None)
        if left is None:
            continue
        yield Way(
            vlans=(names.vlan_of(bridge),) if is_of_one_vlan(bridge) else (),
            name="",
            parts=tuple(replace(part, is_retired=True) for part in _on_the_node(left, lab.nic, bridge)),
            is_retired=True,
        )


def _on_the_node(bridging: str, nic: str, bridge: str, vlan_name: str = "") -> tuple[Part, ...]:
    match bridging:
        case "per-vlan":
            tagged = names.vlan_interface(nic, names.vlan_of(bridge))
            tells = (vlan_name,) if vlan_name else ()
            return Part(kind=Kind.VLAN_INTERFACE, name=tagged, details=tells), Part(kind=Kind.BRIDGE, name=bridge)
        case "vlan-aware":
            return (Part(kind=Kind.BRIDGE, name=bridge, details=("filters VLANs",)),)
        case _:
            mapped = Part(kind=Kind.MAPPING, name=names.LOCALNET, details=("OVN-Kubernetes",))
            return Part(kind=Kind.BRIDGE, name=bridge, details=("Open vSwitch",)), mapped


def _attachment(lab: Lab, kind: Kind, name: str) -> Part:
    return Part(kind=kind, name=f"{SHARED}/{name}" if lab.shared_attachments else name)


def _namespaces(lab: Lab, wanted: Sequence[str]) -> tuple[Part, ...]:
    existing = {namespace.name for namespace in lab.namespaces if namespace.existing}
    return tuple(
        Part(kind=Kind.NAMESPACE, name=name, details=("existing",) if name in existing else ())
        for name in sorted(wanted)
    )
