"""Whether somebody else owns the hypervisors' number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab import names

if TYPE_CHECKING:
    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from lab.plan import Lab


def autoscaled(lab: Lab, facts: ClusterFacts) -> tuple[Lab, list[str]]:
    """The lab with the live replicas where a MachineAutoscaler owns them, and a line that says so.

    With the stack file's number each `up` would undo what the autoscaler did. The manifest cannot leave the number out
    either: the API server would take it for 1.
    """
    live = facts.machine_sets.get(lab.machine_set)
    owner = next((item["metadata"]["name"] for item in facts.autoscalers if _target(item) == lab.machine_set), None)
    if live is None or owner is None:
        return lab, []
    before_destroy = (live["metadata"].get("annotations") or {}).get(names.REPLICAS_BEFORE_DESTROY)
    replicas = int(before_destroy or live["spec"].get("replicas", 1))
    told = (
        f"MachineAutoscaler {owner} owns the replicas of MachineSet {lab.machine_set}: {replicas}, whatever "
        "cnv-lab:hypervisors.replicas says."
    )
    return replace(lab, replicas=replicas), [told]


def _target(autoscaler: Object) -> str:
    reference: Object = (autoscaler.get("spec") or {}).get("scaleTargetRef") or {}
    return str(reference.get("name", "")) if reference.get("kind") == "MachineSet" else ""
