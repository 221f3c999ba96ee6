"""Brings a MachineSet's hypervisors up, and takes them down before the MachineSet goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clients.cluster import fleet
from clients.cluster.kinds import MACHINE_SET
from clients.cluster.waiting import wait_for
from clients.errors import LabError
from lab import names, readiness

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.cluster.session import Cluster, Object
    from clients.cluster.waiting import Patience
    from lab.readiness import Origin, Verdict


@dataclass(frozen=True, kw_only=True)
class Hypervisors:
    """What stands: node names, the Machines that were made before the MachineSet last changed, and lines to know."""

    nodes: tuple[str, ...]
    stale: tuple[str, ...]
    notes: tuple[str, ...] = ()


def bring_up(
    cluster: Cluster, name: str, patience: Patience, ask_vcenter: Callable[[Object], Origin | None]
) -> Hypervisors:
    """Waits until the MachineSet's Machines run as hypervisors.

    Args:
        cluster: the session.
        name: the MachineSet.
        patience: how long to wait, and who is told for what.
        ask_vcenter: what a Machine came from, if vCenter tells; asked once for each whose node has no KVM, and of no
            other.

    Raises:
        LabError: as soon as one cannot; see lab/readiness for the cases.
    """
    machine_set = _undo_take_down(cluster, _live(cluster, name))
    origins: dict[str, Origin | None] = {}

    def look() -> Verdict:
        # An autoscaler may change the replicas meanwhile.
        want = _replicas(_live(cluster, name))
        facts = fleet.coming(cluster, name)
        for machine in readiness.machines_without_kvm(facts):
            if machine["metadata"]["name"] not in origins:
                origins[machine["metadata"]["name"]] = ask_vcenter(machine)
        return readiness.hypervisors(replace(facts, origins=origins), want)

    wait_for(look, patience)
    return survey(cluster, machine_set)


def judge(cluster: Cluster, name: str, machine_set: Object) -> Verdict:
    """The verdict of this moment, vCenter unasked."""
    return readiness.hypervisors(fleet.coming(cluster, name), _replicas(machine_set))


def survey(cluster: Cluster, machine_set: Object) -> Hypervisors:
    """The MachineSet's nodes and stale Machines, as they are now."""
    facts = fleet.coming(cluster, machine_set["metadata"]["name"])
    references = [(machine.get("status") or {}).get("nodeRef") or {} for machine in facts.machines]
    return Hypervisors(
        nodes=tuple(sorted(reference["name"] for reference in references if reference)),
        stale=tuple(readiness.stale_machines(machine_set, facts.machines)),
        notes=tuple(readiness.unserved_nodes(facts)),
    )


def take_down(cluster: Cluster, name: str, uid: str | None, patience: Patience) -> None:
    """Scales the MachineSet to 0 and waits until its Machines are gone: drained, powered off and destroyed.

    Deleting the MachineSet at once would hide what a Machine waits for; a scaled-down one shows it.

    Args:
        cluster: the session.
        name: the MachineSet.
        uid: the very object that was brought up; one made anew under the same name is left alone. None: any.
        patience: how long to wait, and who is told for what.
    """
    machine_set = cluster.get(MACHINE_SET, name, names.MACHINE_API_NAMESPACE)
    if machine_set is None or uid not in {None, machine_set["metadata"]["uid"]}:
        return
    replicas = _replicas(machine_set)
    if replicas:
        patch = {"metadata": {"annotations": {names.REPLICAS_BEFORE_DESTROY: str(replicas)}}, "spec": {"replicas": 0}}
        cluster.merge(MACHINE_SET, name, patch, names.MACHINE_API_NAMESPACE)
    wait_for(lambda: readiness.machines_gone(fleet.going(cluster, name)), patience)


def is_taken_down(machine_set: Object | None) -> bool:
    """Whether a destroy that did not come to its end left the MachineSet scaled to 0."""
    annotations = ((machine_set or {}).get("metadata") or {}).get("annotations") or {}
    return names.REPLICAS_BEFORE_DESTROY in annotations


def _live(cluster: Cluster, name: str) -> Object:
    machine_set = cluster.get(MACHINE_SET, name, names.MACHINE_API_NAMESPACE)
    if machine_set is None:
        raise LabError(
            f"MachineSet {name} is in Pulumi's state and not in the cluster: somebody deleted it. "
            "Run `pulumi up --refresh`, which makes it anew."
        )
    return machine_set


def _replicas(machine_set: Object) -> int:
    return int(machine_set["spec"].get("replicas", 1))


def _undo_take_down(cluster: Cluster, machine_set: Object) -> Object:
    replicas: Any = (machine_set["metadata"].get("annotations") or {}).get(names.REPLICAS_BEFORE_DESTROY)
    if replicas is None:
        return machine_set
    patch = {"metadata": {"annotations": {names.REPLICAS_BEFORE_DESTROY: None}}, "spec": {"replicas": int(replicas)}}
    return cluster.merge(MACHINE_SET, machine_set["metadata"]["name"], patch, names.MACHINE_API_NAMESPACE)
