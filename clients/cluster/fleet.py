"""What the cluster tells of a MachineSet's Machines, and of what keeps them from coming or going."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clients.cluster import kinds
from clients.cluster.session import FORBIDDEN, RefusedError
from lab import names
from lab.readiness import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.cluster.kinds import Kind
    from clients.cluster.session import Cluster, Object

WARNINGS = {"involvedObject.kind": "Machine", "type": "Warning"}


def machines(cluster: Cluster, name: str) -> list[Object]:
    """The Machines of the MachineSet of this name."""
    return cluster.list(kinds.MACHINE, names.MACHINE_API_NAMESPACE, {names.MACHINE_SET_LABEL: name})


def coming(cluster: Cluster, name: str) -> Facts:
    """What tells of Machines on their way."""
    return Facts(
        machines=machines(cluster, name),
        nodes=_nodes(cluster),
        now=datetime.now(UTC),
        events=_explaining(cluster, kinds.EVENT, names.MACHINE_API_NAMESPACE, WARNINGS),
        requests=_explaining(cluster, kinds.CERTIFICATE_REQUEST),
    )


def going(cluster: Cluster, name: str) -> Facts:
    """What tells of Machines that are to go, and of what their drains wait for."""
    there = machines(cluster, name)
    pods = [pod for node in _node_names(there) for pod in _pods(cluster, node)]
    namespaces = sorted({pod["metadata"]["namespace"] for pod in pods})
    return Facts(
        machines=there,
        nodes=_nodes(cluster) if there else {},
        now=datetime.now(UTC),
        events=_explaining(cluster, kinds.EVENT, names.MACHINE_API_NAMESPACE, WARNINGS) if there else (),
        pods=pods,
        budgets=[item for found in namespaces for item in _explaining(cluster, kinds.DISRUPTION_BUDGET, found)],
        instances=[
            item for found in namespaces for item in _explaining(cluster, kinds.VIRTUAL_MACHINE_INSTANCE, found)
        ],
    )


def _nodes(cluster: Cluster) -> dict[str, Object]:
    return {node["metadata"]["name"]: node for node in cluster.list(kinds.NODE)}


def _node_names(there: Sequence[Object]) -> list[str]:
    references = [(machine.get("status") or {}).get("nodeRef") or {} for machine in there]
    return sorted(reference["name"] for reference in references if reference)


def _pods(cluster: Cluster, node: str) -> list[Object]:
    return _explaining(cluster, kinds.POD, fields={"spec.nodeName": node})


def _explaining(
    cluster: Cluster, kind: Kind, namespace: str | None = None, fields: Mapping[str, str] | None = None
) -> list[Object]:
    """Objects that explain a wait. A user who may not read them waits without the explanation."""
    try:
        return cluster.list(kind, namespace, fields=fields)
    except RefusedError as error:
        if error.status == FORBIDDEN:
            return []
        raise
