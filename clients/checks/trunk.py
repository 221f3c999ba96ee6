"""Whether the trunk's port group can be made, is still there, or is, where it exists already, what the lab needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.checks import vcenter
from clients.cluster.operators import stack_of
from lab import names, ranges, trunk
from lab.template import NEW, OLD, beside
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from clients.cluster.session import Object
    from clients.vcenter.distributed import Group, Switch
    from clients.vcenter.inventory import Host, Inventory
    from lab.plan import Lab

ITS_OWNERS = "Its owner has to change that: with ownership: existing it is not touched here."


@dataclass(frozen=True, kw_only=True)
class Ours:
    """The port groups that this stack made: (host's moid, name), and (distributed switch's uuid, name)."""

    standard: Collection[tuple[str, str]] = frozenset()
    distributed: Collection[tuple[str, str]] = frozenset()


def switch(lab: Lab, found: Inventory) -> Switch | None:
    """The distributed switch of the stack file, if the cluster's hosts are on one of that name."""
    return next((item for item in found.switches if item.name == lab.switch), None)


def leaving(lab: Lab, found: Inventory, ours: Ours) -> set[str]:
    """The names of port groups that this stack made and would delete at the end of this run."""
    on = switch(lab, found)
    wanted = lab.port_group if not lab.trunk.existing else None
    standard = {name for _, name in ours.standard if lab.trunk.is_distributed or name != wanted}
    here = on.uuid if on is not None and lab.trunk.is_distributed else ""
    return standard | {name for uuid, name in ours.distributed if (uuid, name) != (here, wanted)}


def is_taken(lab: Lab, found: Inventory, ours: Ours) -> bool:
    """Whether a port group of the name that this stack would make one of is somebody else's."""
    if lab.trunk.existing:
        return False
    if lab.trunk.is_distributed:
        on = switch(lab, found)
        return on is not None and (on.uuid, lab.port_group) not in ours.distributed and _on(found, on) is not None
    return any(_has(host, lab.port_group) and (host.moid, lab.port_group) not in ours.standard for host in found.hosts)


def owner(lab: Lab, found: Inventory, machine_sets: Mapping[str, Object], vms: Collection[str]) -> str:
    """Whose a port group is that is taken, as far as it shows; the end of a sentence that says it is not this stack's.

    A standard one carries no mark: the MachineSets of this cluster tell, or else the VMs that are on it.
    """
    on = switch(lab, found) if lab.trunk.is_distributed else None
    group = None if on is None else _on(found, on)
    if group is not None and group.stack not in {"", lab.stack}:
        return f" ({lab.stack}) but by stack {group.stack}"
    for name, machine_set in sorted(machine_sets.items()):
        stack = stack_of(machine_set)
        if stack not in {"", lab.stack} and lab.port_group in _networks(machine_set):
            return f" ({lab.stack}) but by stack {stack}, whose MachineSet {name} is on it"
    return f"; on it are {few(sorted(vms))}" if vms else ""


def _networks(machine_set: Object) -> set[str]:
    value = machine_set["spec"]["template"]["spec"]["providerSpec"]["value"]
    return {str(device.get("networkName")) for device in (value.get("network") or {}).get("devices") or []}


def _on(found: Inventory, on: Switch) -> Group | None:
    """The port group of the trunk's name on this switch."""
    return next((group for group in found.trunks if group.switch == on.moid), None)


def check(lab: Lab, found: Inventory, ours: Ours, users: Mapping[str, Collection[str]], owner: str = "") -> list[str]:
    """What stands in the trunk's way.

    Args:
        lab: the lab.
        found: what is in vCenter.
        ours: what this stack has made of it.
        users: the VMs on each port group that is leaving.
        owner: whose a port group is that has the trunk's name, as ``owner`` tells it.
    """
    if not found.cluster or (lab.trunk.is_distributed and switch(lab, found) is None):
        return [*_on_the_switch(lab, found)]
    moves = [*_moves(lab, users)]
    if moves:
        return moves
    if lab.trunk.is_distributed:
        lines = [*_on_the_switch(lab, found)]
        return [*lines, *(_existing_one(lab, found) if lab.trunk.existing else _own(lab, found, ours, owner))]
    if lab.trunk.existing:
        return [line for host in found.hosts for line in _existing_on(lab, host)] + [*_of_nsx(lab, found)]
    return [
        *vcenter.port_groups(lab, found, ours.standard, owner),
        *vcenter.vanished(lab, found, ours.standard),
        *_namesakes(lab, found, "standard", int(any(_has(host, lab.port_group) for host in found.hosts))),
    ]


def _moves(lab: Lab, users: Mapping[str, Collection[str]]) -> Iterator[str]:
    """A port group that this change leaves must be free, and its successor must have another name."""
    if lab.port_group in users:
        told = f"port group {lab.port_group} was made by this stack"
        if lab.trunk.existing:
            yield (
                f"{told}, and with ownership: existing this run would delete it. Write the name of a port group that "
                "somebody else made as cnv-lab:trunk.portGroup, or write manage."
            )
        else:
            yield (
                f"{told} on another switch, which it leaves last: for a while two would have that name, and the "
                "Machine API takes neither. Write another cnv-lab:trunk.portGroup."
            )
        return
    templates = {beside(lab.template_name, suffix) for suffix in (NEW, OLD)} | {lab.template_name}
    for name, there in sorted(users.items()):
        on_it = sorted(set(there) - templates)
        if on_it:
            yield (
                f"port group {name} would be deleted by this change, and on it are {few(on_it)}: neither it nor their "
                "network cards would go. Take back the change, run up with cnv-lab:hypervisors.replicas 0 (and move "
                "VMs that are not this stack's), then change it, and put replicas back."
            )


def _on_the_switch(lab: Lab, found: Inventory) -> Iterator[str]:
    """Whether the switch is there, has every host of the cluster, and is new enough for what is written to it."""
    if not lab.trunk.is_distributed or not found.cluster:
        return
    on = switch(lab, found)
    if on is None:
        there = ", ".join(sorted(item.name for item in found.switches)) or "none"
        yield (
            f"the hosts of cluster {lab.cluster} are on no distributed switch {lab.switch}. Correct "
            f"cnv-lab:trunk.switch.name, or add them to it in vCenter; they are on: {there}."
        )
        return
    absent = [host.name for host in found.hosts if host.moid not in on.hosts]
    if absent:
        yield (
            f"distributed switch {lab.switch} does not have {few(absent)} of cluster {lab.cluster}: a hypervisor that "
            "lands there would be without the trunk. Add them to the switch in vCenter, or take them from the cluster."
        )
    if on.version < trunk.MAC_LEARNING_SINCE and not lab.trunk.existing:
        version, least = (".".join(map(str, numbers)) for numbers in (on.version, trunk.MAC_LEARNING_SINCE))
        yield (
            f"distributed switch {lab.switch} is of version {version}; the settings for nested VMs, MAC learning among "
            f"them, need {least}. Upgrade it in vCenter."
        )


def _own(lab: Lab, found: Inventory, ours: Ours, owner: str) -> Iterator[str]:
    on = switch(lab, found)
    if on is None:
        return
    is_ours = (on.uuid, lab.port_group) in ours.distributed
    is_there = _on(found, on) is not None
    if is_ours and not is_there:
        yield (
            f"port group {lab.port_group} is in Pulumi's state and gone from {lab.switch}: somebody removed it. "
            f"`make recover STACK={lab.stack.partition('.')[2]}` takes it out of the state, and the next up makes it "
            "anew."
        )
    if is_there and not is_ours:
        yield (
            f"port group {lab.port_group} is there already on {lab.switch}, and not by this stack{owner}. Choose "
            "another cnv-lab:trunk.portGroup, or write cnv-lab:trunk.ownership: existing to use it as it is."
        )
    else:
        yield from _namesakes(lab, found, "distributed", int(is_there))


def _namesakes(lab: Lab, found: Inventory, kind: str, own: int) -> Iterator[str]:
    """The Machine API finds a network by its name alone."""
    if found.networks.count(lab.port_group) > own:
        yield (
            f"cluster {lab.cluster} has another network {lab.port_group}, beside the {kind} port group of that name: "
            "the Machine API finds networks by their names alone. Choose another cnv-lab:trunk.portGroup."
        )


def _has(host: Host, name: str) -> bool:
    return any(group.name == name for group in host.port_groups)


def _existing_on(lab: Lab, host: Host) -> Iterator[str]:
    """What a host's port group that somebody else made lacks."""
    group = next((item for item in host.port_groups if item.name == lab.port_group), None)
    if group is None:
        yield f"host {host.name} {_absent(lab)}"
    elif group.vlan != names.STANDARD_TRUNK_VLAN_ID:
        yield (
            f"port group {lab.port_group} on host {host.name} has VLAN {group.vlan}; a trunk has "
            f"{names.STANDARD_TRUNK_VLAN_ID}. {ITS_OWNERS}"
        )
    elif not (group.promiscuous and group.forged_transmits):
        yield (
            f"port group {lab.port_group} on host {host.name} does not let nested VMs' frames through: on a standard "
            f"switch that takes promiscuous mode and forged transmits. {ITS_OWNERS}"
        )


def _existing_one(lab: Lab, found: Inventory) -> Iterator[str]:
    """What a distributed port group that somebody else made lacks."""
    if nsx := [*_of_nsx(lab, found)]:
        yield from nsx
        return
    on = switch(lab, found)
    group = None if on is None else _on(found, on)
    if group is None:
        yield f"distributed switch {lab.switch} {_absent(lab)}"
        return
    yield from _namesakes(lab, found, "distributed", 1)
    yield from _carries(lab, group)
    if reason := _refuses(lab.trunk.security, group):
        yield f"port group {lab.port_group} does not let nested VMs' frames through: {reason}. {ITS_OWNERS}"


def _of_nsx(lab: Lab, found: Inventory) -> Iterator[str]:
    if lab.port_group in found.opaque or any(group.is_nsx for group in found.trunks):
        yield (
            f"port group {lab.port_group} is a segment of NSX: its VLANs and MAC learning are NSX's, and vCenter shows "
            "neither. Write a port group of vCenter's own as cnv-lab:trunk.portGroup."
        )


def _carries(lab: Lab, group: Group) -> Iterator[str]:
    there = group.settings.ranges
    if there is None:
        yield f"port group {lab.port_group} is no trunk: it carries one VLAN, and takes the tag off. {ITS_OWNERS}"
    elif lost := ranges.lacking(there, lab.trunk.ranges):
        yield (
            f"port group {lab.port_group} does not carry VLAN {ranges.told(lost)}; it carries {ranges.told(there)}. "
            f"{ITS_OWNERS}"
        )


def _refuses(mode: str, group: Group) -> str:
    """Why nested VMs would get no answer, or ""."""
    security = group.settings.security
    if not security.forged_transmits:
        return "it rejects forged transmits"
    if mode == trunk.MAC_LEARNING and not security.mac_learning:
        return "it does not learn MAC addresses, as cnv-lab:trunk.security says"
    if mode == trunk.PROMISCUOUS and not security.promiscuous:
        return "it is not promiscuous, as cnv-lab:trunk.security says"
    if not (security.mac_learning or security.promiscuous):
        return "it neither learns MAC addresses nor is promiscuous"
    return ""


def _absent(lab: Lab) -> str:
    return (
        f"has no port group {lab.port_group}, and the stack file says that it exists. Correct cnv-lab:trunk.portGroup, "
        "or write ownership: manage to have it made."
    )
