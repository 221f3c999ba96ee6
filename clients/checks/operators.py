"""Whether NMState and OpenShift Virtualization are there (``expect``), or may be made by this stack (``manage``).

Both are the whole cluster's. What somebody else has made of them is never taken over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster import kinds
from clients.cluster.operators import stack_of
from lab import manifests, names, readiness, releases
from lab.manifests.operators import NMSTATE, placement
from lab.readiness.verdicts import condition
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from lab.plan import Lab

SHARED = (
    "it is the whole cluster's, and not taken over. Write cnv-lab:operators.mode expect to use what is there, or "
    "remove it first"
)


def operators(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What stands in the way of the operators, by their mode."""
    match lab.operators.mode:
        case "manage":
            yield from _taken(lab, facts)
            yield from _placement(lab, facts)
        case "expect":
            yield from _lacking(lab, facts)


def given_up(lab: Lab, *, removes_operators: bool) -> Iterator[str]:
    """Whether operators leave the stack file that Pulumi's state says are to be removed with the stack."""
    if removes_operators and lab.operators.mode != "manage":
        yield (
            f"cnv-lab:operators.mode {lab.operators.mode} would remove the operators: the last up was told to do so "
            "when they leave this stack. Write mode manage with cnv-lab:operators.removeOnDestroy false, run up, and "
            "then give them up."
        )


def _lacking(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What is not installed, or not up; where a kind is not served at all, checks.cluster says so."""
    there = facts.operators
    if releases.of(lab.release).nmstate_operator and there.serves_nmstates and there.nmstates is not None:
        yield from _not_up("NMState", there.nmstates)
    if kinds.VIRTUAL_MACHINE not in facts.missing and there.hyperconvergeds is not None:
        yield from _not_up("HyperConverged", there.hyperconvergeds, facts)


def _not_up(kind: str, found: Sequence[Object], facts: ClusterFacts | None = None) -> Iterator[str]:
    live = next(iter(found), None)
    if live is None:
        yield (
            f"there is no {kind} object: its operator is installed, and does nothing yet. Make one in OpenShift's "
            "console (Installed Operators)."
        )
        return
    nodes = None if facts is None else _candidates(live, facts)
    verdict = readiness.available(live, f"{kind} {live['metadata']['name']}", nodes)
    # What is available may be progressing: an upgrade is no reason to stop.
    is_up = condition(live.get("status") or {}, "Available").get("status") == "True"
    if not isinstance(verdict, readiness.Ready) and not is_up:
        yield (
            f"{verdict.message}. Wait for it or mend it (oc get {kind.lower()} -A -o yaml); or write "
            "cnv-lab:operators.mode ignore, and nothing is asked of it."
        )


def _candidates(hyperconverged: Object, facts: ClusterFacts) -> int | None:
    """The nodes that virt-handler may run on, where a placement names them: none before the first hypervisor."""
    selector = placement(hyperconverged)
    return len(facts.nodes_with(selector)) if selector else None


def _taken(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Objects of the operators that are there, and not by this stack."""
    there = facts.operators
    if not there.serves_subscriptions:
        yield (
            "Subscription (operators.coreos.com/v1alpha1) is not served: there is no Operator Lifecycle Manager to "
            "install operators. Install them by other means, and write cnv-lab:operators.mode expect."
        )
        return
    wanted = manifests.operators(lab)
    packages = {objects[-2]["spec"]["name"] for objects in wanted.values()}
    spaces = {objects[0]["metadata"]["name"] for objects in wanted.values()}
    found = [
        *(item for item in there.subscriptions or () if item["spec"]["name"] in packages),
        *(item for item in there.groups or () if item["metadata"]["namespace"] in spaces),
        *((there.nmstates or ()) if NMSTATE in wanted else ()),
        *(there.hyperconvergeds or ()),
    ]
    for item in found:
        stack = stack_of(item)
        if stack == lab.stack:
            continue
        name, namespace = item["metadata"]["name"], item["metadata"].get("namespace")
        place = f" in namespace {namespace}" if namespace else ""
        whose = f"made by stack {stack} and not by {lab.stack}" if stack else "not made by this program"
        yield f"{item['kind']} {name}{place} is there already, {whose}: {SHARED}."


def _placement(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """HyperConverged's admission refuses another placement while there are VMs or data volumes.

    (hyperconverged-cluster-operator, docs/cluster-configuration.md, "Node Placement")
    """
    for item in facts.operators.hyperconvergeds or ():
        now = placement(item)
        is_ours = stack_of(item) == lab.stack and item["metadata"]["name"] == names.HYPERCONVERGED
        if is_ours and now != lab.workload_selector and facts.operators.workloads:
            told = f"{now or 'all workers'} to {lab.workload_selector}"
            yield (
                f"HyperConverged {item['metadata']['name']} would move its workloads from {told}, and OpenShift "
                f"Virtualization takes no other placement while there are VMs: {few(facts.operators.workloads)}. "
                "Delete them first, or keep the hypervisors' label."
            )
