"""Whether vCenter has what the stack file names, and the trunk's name is free there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.vcenter.session import API_VERSION_LEAST
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab


def vcenter(lab: Lab, found: Inventory) -> list[str]:
    """Whether vCenter has what the stack file names."""
    if found.api_version[:2] < API_VERSION_LEAST:
        version = ".".join(str(part) for part in found.api_version)
        return [f"vCenter's API is {version}; the template's CPU features need 6.7 or newer. Upgrade vCenter."]
    lines = [
        f"{what} {name} is not in vCenter. Correct cnv-lab:vcenter.{key}."
        for there, what, name, key in (
            (found.datacenter, "datacenter", lab.datacenter, "datacenter"),
            (found.cluster, "cluster", lab.cluster, "cluster"),
            (found.datastore, "datastore", lab.datastore, "datastore"),
            (found.folder, "folder", lab.folder, "folder"),
            (found.resource_pool, "resource pool", lab.resource_pool, "resourcePool"),
        )
        if not there
    ]
    if found.cluster and lab.machine_network not in found.networks:
        there = ", ".join(sorted(found.networks))
        lines.append(
            f"cluster {lab.cluster} has no network {lab.machine_network}. Correct cnv-lab:vcenter.machineNetwork; "
            f"it has: {there}."
        )
    is_made_on_each = not lab.trunk.is_distributed and not lab.trunk.existing
    lines += [
        f"host {host.name} has no vSwitch {lab.switch}. Correct cnv-lab:trunk.switch.name; it has: "
        f"{', '.join(host.switches) or 'none'}."
        for host in found.hosts
        if lab.switch not in host.switches and is_made_on_each
    ]
    lines += [
        f"host {host.name} is not connected to vCenter, so it cannot get the port group. Reconnect it, or remove it."
        for host in found.hosts
        if not host.connected
    ]
    return lines


def privileges(found: Inventory) -> list[str]:
    """A line for each object, or several of a kind, on which the user lacks privileges."""
    lacks: dict[tuple[str, str], list[str]] = {}
    for item in found.lacking:
        lacks.setdefault((item.privilege.place.value, item.where), []).append(item.privilege.id)
    places: dict[tuple[str, str], list[str]] = {}
    for (place, where), ids in lacks.items():
        places.setdefault((place, ", ".join(ids)), []).append(where)
    return [
        f"this user lacks privileges in vCenter, on {place} {few(where)}: {ids}. Give them to it by a role there; "
        "docs/credentials.md lists all that are needed, and what for."
        for (place, ids), where in places.items()
    ]


def port_groups(lab: Lab, found: Inventory, recorded: Collection[tuple[str, str]], owner: str = "") -> list[str]:
    """Whether the trunk's name is free on every host, but for what this stack made; ``owner`` ends that sentence."""
    taken = [
        host.name
        for host in found.hosts
        if any(group.name == lab.port_group for group in host.port_groups)
        and (host.moid, lab.port_group) not in recorded
    ]
    if not taken:
        return []
    otherwise = (
        "write cnv-lab:trunk.ownership: existing to use it as it is"
        if owner
        else f"remove it: govc host.portgroup.remove -host {taken[0]} {lab.port_group}"
    )
    told = (
        f"port group {lab.port_group} is there already on {', '.join(taken)}, and not by this stack{owner}. Choose "
        f"another cnv-lab:trunk.portGroup, or {otherwise}."
    )
    return [told]


def vanished(lab: Lab, found: Inventory, recorded: Collection[tuple[str, str]]) -> list[str]:
    """Whether every port group that the state has is there: its provider fails on one that is not."""
    gone = [
        host.name
        for host in found.hosts
        if (host.moid, lab.port_group) in recorded
        and not any(group.name == lab.port_group for group in host.port_groups)
    ]
    if not gone:
        return []
    stack = lab.stack.partition(".")[2]
    told = (
        f"port group {lab.port_group} is in Pulumi's state and gone from {', '.join(gone)}: somebody removed it. "
        f"`make recover STACK={stack}` takes it out of the state, and the next up makes it anew."
    )
    return [told]


def new_hosts(lab: Lab, found: Inventory, recorded: Collection[tuple[str, str]]) -> Iterator[str]:
    """A line for each host that has joined the cluster since the port group was made on the others."""
    known = {moid for moid, name in recorded if name == lab.port_group}
    for host in found.hosts:
        if known and host.moid not in known:
            yield f"host {host.name} is new in cluster {lab.cluster}: it gets port group {lab.port_group}, too."
