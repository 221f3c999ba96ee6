"""Which nodes are on their way out, so that nothing on them is worth taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.readiness.policies import ready_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lab.readiness.verdicts import Object


def going(nodes: Sequence[Object], machines: Iterable[Object], machine_sets: Mapping[str, Object]) -> dict[str, str]:
    """The nodes that go, are going or are out of reach, by name, each with the reason in words.

    Args:
        nodes: the nodes that are asked about.
        machines: all Machines; a node without one (somebody's own) stays.
        machine_sets: all MachineSets by name.
    """
    by_node = {((machine.get("status") or {}).get("nodeRef") or {}).get("name"): machine for machine in machines}
    ready = ready_nodes(nodes)
    found = {}
    for node in nodes:
        name = node["metadata"]["name"]
        reason = _leaves(node, by_node.get(name), machine_sets)
        if reason or name not in ready:
            found[name] = reason or "is not Ready"
    return dict(sorted(found.items()))


def _leaves(node: Object, machine: Object | None, machine_sets: Mapping[str, Object]) -> str:
    if _is_deleted(node):
        return "is being deleted"
    if machine is None:
        return ""
    if _is_deleted(machine):
        return "goes with its Machine, which is being deleted"
    owners = machine["metadata"].get("ownerReferences") or []
    for owner in (item["name"] for item in owners if item.get("kind") == "MachineSet"):
        machine_set = machine_sets.get(owner)
        if machine_set is None or _is_deleted(machine_set):
            return f"goes with MachineSet {owner}, which is being deleted"
        if machine_set["spec"].get("replicas", 1) == 0:
            return f"goes, for MachineSet {owner} is scaled to 0"
    return ""


def _is_deleted(item: Object) -> bool:
    return bool(item["metadata"].get("deletionTimestamp"))
