"""Which two hypervisors a proof is made between, and which VLANs it is about."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from lab import ranges, readiness
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.plan import Lab
    from lab.sections import Vlan

Object = dict[str, Any]


class RefusedError(Exception):
    """A proof that can't be tried: why, and what to do."""


def vlans(lab: Lab, wanted: Sequence[int], namespace: str) -> tuple[Vlan, ...]:
    """Those that are asked for, or all.

    Raises:
        RefusedError: one is not in the stack file, or not for that namespace.
    """
    known = {vlan.id: vlan for vlan in lab.vlans}
    if unknown := sorted(set(wanted) - known.keys()):
        there = ranges.told(ranges.merged(known))
        raise RefusedError(f"the stack file has no VLAN {few([*map(str, unknown)])}; its VLANs are {there}.")
    found = tuple(known[vlan] for vlan in (dict.fromkeys(wanted) or known))
    if namespace:
        found = tuple(vlan for vlan in found if namespace in vlan.namespaces)
    if not found:
        where = f" for namespace {namespace}" if namespace else ""
        raise RefusedError(f"the stack file has no VLAN{where}: there is nothing to prove.")
    return found


def able(lab: Lab, nodes: Mapping[str, Object], enactments: Sequence[Object], wanted: Sequence[str]) -> list[str]:
    """The hypervisors that are Ready and carry the policy.

    Raises:
        RefusedError: they are less than two; what is wrong with each.
    """
    ready, carrying = readiness.ready_nodes(nodes.values()), readiness.carrying(lab.policy, enactments)
    troubles = {
        name: f"does not carry policy {lab.policy} (oc get nnce {name}.{lab.policy})"
        if name in ready
        else "is not Ready"
        for name in sorted(nodes)
        if name not in ready & carrying
    }
    if strangers := [name for name in wanted if name not in nodes]:
        raise RefusedError(
            f"--node {few(strangers)}: no hypervisor of this stack has that name; its hypervisors are "
            f"{few(sorted(nodes)) or 'none'}."
        )
    found = [name for name in sorted(nodes) if name not in troubles and (not wanted or name in wanted)]
    if len(found) >= 2:  # noqa: PLR2004  there and back
        return found
    selected = {name: told for name, told in troubles.items() if not wanted or name in wanted}
    why = "".join(f"; {name} {told}" for name, told in selected.items())
    usable = f"{few(found)} is the only one that can be used" if found else "none can be used"
    more = "" if selected else " With one hypervisor there is no wire to try: set cnv-lab:hypervisors.replicas to 2."
    raise RefusedError(f"frames are proved between two hypervisors, and {usable}{why}.{more}")


def apart(found: Sequence[str], hosts: Mapping[str, str]) -> tuple[str, str]:
    """The first two that are on different ESXi hosts, for a physical switch is between these; else the first two."""
    pairs = [*combinations(found, 2)]
    different = (pair for pair in pairs if hosts.get(pair[0]) and hosts.get(pair[1]))
    return next((pair for pair in different if hosts[pair[0]] != hosts[pair[1]]), pairs[0])
