"""Brings a MachineSet's hypervisors up, and takes them down before the MachineSet goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clients.cluster.kinds import MACHINE, MACHINE_SET, NODE
from clients.cluster.waiting import wait_for
from clients.errors import LabError
from lab import names, readiness

if TYPE_CHECKING:
    from clients.cluster.session import Cluster, Object
    from clients.cluster.waiting import Patience
    from lab.readiness import Verdict

# Ours, on a MachineSet that a destroy scaled down: how many replicas it had. A destroy that died half-way leaves it
# behind, and the next `up` knows by it that the 0 is ours and not an autoscaler's.
BEFORE_DESTROY = "cnv-lab/replicas-before-destroy"


@dataclass(frozen=True, kw_only=True)
class Hypervisors:
    """What stands: node names, and the Machines that were made before the MachineSet last changed."""

    nodes: tuple[str, ...]
    stale: tuple[str, ...]


def bring_up(cluster: Cluster, name: str, patience: Patience) -> Hypervisors:
    """Waits until the MachineSet's Machines run as hypervisors.

    Raises:
        LabError: as soon as one cannot; see lab/readiness.py for the cases.
    """
    machine_set = _undo_take_down(cluster, _live(cluster, name))
    want = int(machine_set["spec"].get("replicas", 1))
    wait_for(lambda: judge(cluster, name, want), patience)
    return survey(cluster, machine_set)


def judge(cluster: Cluster, name: str, want: int) -> Verdict:
    """The verdict of this moment."""
    nodes = {node["metadata"]["name"]: node for node in cluster.list(NODE)}
    return readiness.hypervisors(machines(cluster, name), nodes, want)


def survey(cluster: Cluster, machine_set: Object) -> Hypervisors:
    """The MachineSet's nodes and stale Machines, as they are now."""
    members = machines(cluster, machine_set["metadata"]["name"])
    references = [(machine.get("status") or {}).get("nodeRef") or {} for machine in members]
    nodes = sorted(reference["name"] for reference in references if reference)
    return Hypervisors(nodes=tuple(nodes), stale=tuple(readiness.stale_machines(machine_set, members)))


def machines(cluster: Cluster, name: str) -> list[Object]:
    """The Machines of the MachineSet of this name."""
    return cluster.list(MACHINE, names.MACHINE_API_NAMESPACE, {names.MACHINE_SET_LABEL: name})


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
    replicas = machine_set["spec"].get("replicas", 1)
    if replicas:
        patch = {"metadata": {"annotations": {BEFORE_DESTROY: str(replicas)}}, "spec": {"replicas": 0}}
        cluster.merge(MACHINE_SET, name, patch, names.MACHINE_API_NAMESPACE)
    wait_for(lambda: readiness.machines_gone(machines(cluster, name)), patience)


def _live(cluster: Cluster, name: str) -> Object:
    machine_set = cluster.get(MACHINE_SET, name, names.MACHINE_API_NAMESPACE)
    if machine_set is None:
        raise LabError(
            f"MachineSet {name} is in Pulumi's state and not in the cluster: somebody deleted it. "
            "Run `pulumi up --refresh`, which makes it anew."
        )
    return machine_set


def _undo_take_down(cluster: Cluster, machine_set: Object) -> Object:
    replicas: Any = (machine_set["metadata"].get("annotations") or {}).get(BEFORE_DESTROY)
    if replicas is None:
        return machine_set
    patch = {"metadata": {"annotations": {BEFORE_DESTROY: None}}, "spec": {"replicas": int(replicas)}}
    return cluster.merge(MACHINE_SET, machine_set["metadata"]["name"], patch, names.MACHINE_API_NAMESPACE)
