"""What a reviewer should not read over: what takes something from those who use the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.report import chapters, tell
from lab.report import vlans as policy_vlans
from lab.report.leaves import differing
from lab.report.preview import DELETE, REPLACE, UPDATE
from lab.report.words import Name, Words, listed, vlans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.report.preview import Step

# What goes with a resource that is deleted or made anew.
LOSSES = {
    chapters.MACHINE_SET: ("MachineSet", "its hypervisors are drained and go; VMs move, or wait, or block it"),
    chapters.POLICY: ("policy", "the bridges go from the nodes, unless nodeNetwork.revertOnDestroy is never"),
    chapters.NAMESPACE: ("namespace", "everything in it goes; a guard refuses while VMs, pods or volumes are there"),
    chapters.COPY: ("template", "no further hypervisor can be made until it is there again"),
    chapters.PORT_GROUP: ("port group", "the hypervisors' second NIC is cut off; vCenter refuses while it is in use"),
    chapters.DISTRIBUTED: ("port group", "the hypervisors' second NIC is cut off; vCenter refuses while it is in use"),
}
# components/dynamic/template.py: never deleted before its successor is there.
TEMPLATE_MADE_ANEW = "the new one stands before the old one goes; hypervisors that run keep what they are made of"
NETWORKS = {chapters.ATTACHMENT, chapters.CLUSTER_NETWORK}


def look_twice(steps: Sequence[Step]) -> list[Words]:
    """A sentence each, once."""
    found: list[Words] = []
    for step in steps:
        if step.op == REPLACE and step.type == chapters.COPY:
            found.append(("template ", Name(tell.name_of(step)), f" is replaced: {TEMPLATE_MADE_ANEW}."))
        elif step.op in {DELETE, REPLACE} and step.type in LOSSES:
            what, loss = LOSSES[step.type]
            goes = "is deleted" if step.op == DELETE else "is replaced"
            found.append((f"{what} ", Name(tell.name_of(step)), f" {goes}: {loss}."))
        if step.type == chapters.POLICY and step.op == UPDATE:
            found += _of_vlans(step)
        if step.type == chapters.MACHINE_SET and step.op == UPDATE:
            found += _of_machines(step)
    lost = [_qualified(step) for step in steps if step.op in {DELETE, REPLACE} and step.type in NETWORKS]
    if lost:
        found.append(("VMs that name ", *listed(lost), ": they run on, and can neither start nor move."))
    return list(dict.fromkeys(found))


def _of_vlans(step: Step) -> list[Words]:
    found = policy_vlans.change(step.old.get("spec") or {}, step.new.get("spec") or {})
    told: list[Words] = []
    if found.leave:
        told.append((*vlans(found.leave), ": taken off the nodes. VMs there lose their network."))
    if found.move:
        told.append((*vlans(found.move), ": on another bridge. VMs that run lose their network until they start anew."))
    return told


def _of_machines(step: Step) -> list[Words]:
    changed = [leaf.path for leaf in differing(step.old, step.new)]
    told: list[Words] = []
    if any(path.startswith(tell.MACHINE) for path in changed):
        told.append(("A changed size or template reaches new Machines only; those that run keep what they have.",))
    going = _replicas(step.old) - _replicas(step.new)
    if going > 0:
        hypervisors = "1 hypervisor is" if going == 1 else f"{going} hypervisors are"
        told.append((f"{hypervisors} drained and {'goes' if going == 1 else 'go'}; VMs move, or wait, or block it.",))
    return told


def _replicas(side: Mapping[str, Any]) -> int:
    """As the API server has it where nobody says."""
    found = (side.get("spec") or {}).get("replicas", 1)
    return int(found) if isinstance(found, int | float) else 1


def _qualified(step: Step) -> str:
    namespace = step.inputs.get("metadata", {}).get("namespace")
    return f"{namespace}/{tell.name_of(step)}" if namespace else tell.name_of(step)
