"""Whether there are nodes for a lab that makes none, and whether they are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import agreement, names
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from lab.plan import Lab

WORKER = "node-role.kubernetes.io/worker"
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def nodes(lab: Lab, facts: ClusterFacts) -> tuple[str, ...]:
    """The names of the nodes that exist as hypervisors; none where the lab makes its own."""
    return () if lab.existing is None else tuple(sorted(_selected(lab, facts)))


def existing(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Whether any node has the labels."""
    if lab.existing is not None and not nodes(lab, facts):
        wanted = ", ".join(f"{key}={value}" for key, value in lab.existing.items())
        yield (
            f"no node has {wanted}. Label those that are to be hypervisors (oc label node <name> "
            f"{wanted.replace(', ', ' ')}), or correct cnv-lab:hypervisors.existing.nodeSelector (oc get nodes "
            "--show-labels)."
        )


def existing_warnings(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What is probably not meant of the nodes that have the labels."""
    if lab.existing is None:
        return
    found = _selected(lab, facts)
    masters = sorted(name for name, node in found.items() if _is_control_plane(node))
    if masters:
        yield (
            f"cnv-lab:hypervisors.existing selects {few(masters)}, of the control plane: their NICs are configured as "
            "well. Take a label that only hypervisors have, unless that is meant."
        )
    yield from agreement.drains(lab.operators, len(found))


def kvm(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Which of the nodes that exist can start no VM; of a stack's own, the rollout judges."""
    found = {} if lab.existing is None else _selected(lab, facts)
    if barren := sorted(name for name, node in found.items() if _kvm(node) == "0"):
        yield (
            f"{few(barren)} {'has' if len(barren) == 1 else 'have'} no /dev/kvm ({names.KVM_RESOURCE} is 0): no VM can "
            "start there. Turn on hardware virtualization in the machine's firmware, or for a VM in its hypervisor."
        )


def _selected(lab: Lab, facts: ClusterFacts) -> dict[str, Object]:
    return facts.nodes_with(lab.node_selector)


def _labels(node: Object) -> dict[str, str]:
    return node["metadata"].get("labels") or {}


def _is_control_plane(node: Object) -> bool:
    labels = _labels(node)
    return WORKER not in labels and any(role in labels for role in CONTROL_PLANE)


def _kvm(node: Object) -> str:
    return str(((node.get("status") or {}).get("allocatable") or {}).get(names.KVM_RESOURCE, ""))
