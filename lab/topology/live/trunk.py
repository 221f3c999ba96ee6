"""What the trunk really is in vCenter: on which hosts, with which VLANs, and whether nested VMs' frames pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab import names, ranges
from lab.parts import Part, State
from lab.topology.live.marks import MISSING, marked
from lab.trunk import MAC_LEARNING, PROMISCUOUS
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.plan import Lab
    from lab.topology.live.facts import DistributedPortGroup, InVCenter, StandardPortGroup


def port_group(part: Part, lab: Lab, found: InVCenter) -> Part:
    """The trunk's port group, as vCenter has it."""
    if lab.trunk.is_distributed:
        return _distributed(part, lab, found)
    there = [host for host, group in found.hosts.items() if group is not None]
    troubles = {
        host: told
        for host, group in found.hosts.items()
        if (told := MISSING if group is None else ", ".join(_of_standard(lab, group)))
    }
    on = (f"on {few(there)}",) if there else ()
    return marked(replace(part, details=(*part.details, *on)), troubles, [*found.hosts])


def _of_standard(lab: Lab, group: StandardPortGroup) -> Iterator[str]:
    if group.vlan != names.STANDARD_TRUNK_VLAN_ID:
        yield f"VLAN is {group.vlan}, not {names.STANDARD_TRUNK_VLAN_ID} (all)"
    if group.switch != lab.switch and not lab.trunk.existing:
        yield f"is of {group.switch}, not {lab.switch}"
    # On a standard switch there is no other way for nested VMs' frames.
    if not group.promiscuous:
        yield "not promiscuous"
    if not group.forged_transmits:
        yield "rejects forged transmits"


def _distributed(part: Part, lab: Lab, found: InVCenter) -> Part:
    if found.distributed is None:
        return replace(part, state=State.MISSING, notes=(f"missing on distributed switch {lab.switch}",))
    there = [host for host in found.hosts if host not in set(found.off_switch)]
    notes = [
        *_of_distributed(lab, found.distributed),
        *([f"{few(found.off_switch)} not on distributed switch {lab.switch}"] if found.off_switch else []),
    ]
    part = replace(part, details=(*part.details, *((f"on {few(there)}",) if there else ())))
    return replace(part, state=State.DIFFERS, notes=tuple(notes)) if notes else part


def _of_distributed(lab: Lab, group: DistributedPortGroup) -> Iterator[str]:
    if group.ranges is None:
        yield "is no trunk: it carries one VLAN, and takes the tag off"
    else:
        if lost := ranges.lacking(group.ranges, lab.trunk.ranges):
            yield f"does not carry VLAN {ranges.told(lost)}"
        more = ranges.lacking(lab.trunk.ranges, group.ranges)
        if more and not lab.trunk.existing:
            yield f"carries VLAN {ranges.told(more)} as well"
    security = group.security
    if not security.forged_transmits:
        yield "rejects forged transmits"
    if lab.trunk.security == MAC_LEARNING and not security.mac_learning:
        yield "does not learn MAC addresses"
    if lab.trunk.security == PROMISCUOUS and not security.promiscuous:
        yield "not promiscuous"
    if not lab.trunk.security and not (security.mac_learning or security.promiscuous):
        yield "neither learns MAC addresses nor is promiscuous"
