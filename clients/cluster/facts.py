"""What preflight asks of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from clients.cluster import kinds, operators
from clients.cluster.operators import OperatorFacts
from clients.cluster.session import is_served
from clients.errors import LabError
from lab import names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.cluster.kinds import Kind
    from clients.cluster.session import Cluster, Object
    from lab.plan import Lab

# Without these the chain cannot be made; clients/checks/cluster.py knows who brings them.
NEEDED = (kinds.MACHINE_SET, kinds.POLICY, kinds.NETWORK_ATTACHMENT, kinds.VIRTUAL_MACHINE)


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """The cluster at this moment; objects as the API gives them."""

    infra_id: str
    platform: str
    release: str
    machine_sets: Mapping[str, Object]
    policies: Mapping[str, Object]
    namespaces: frozenset[str]
    # By namespace and name.
    attachments: Mapping[tuple[str, str], Object]
    nodes: Mapping[str, Object]
    network_states: Mapping[str, Object]
    # MachineConfiguration/cluster, if it is there, and whether such a kind is served at all.
    machine_configuration: Object | None
    serves_machine_configurations: bool
    # What of NEEDED is not served.
    missing: tuple[Kind, ...]
    # MachineAutoscalers, where OpenShift's autoscaler is installed.
    autoscalers: tuple[Object, ...] = ()
    # Network/cluster's status.networkType, such as OVNKubernetes; empty where the cluster does not tell.
    network_type: str = ""
    # By namespace and name; asked for where the stack file has one of its own.
    virtual_machines: Mapping[tuple[str, str], Object] = field(default_factory=dict)
    # Of namespaces that a stack has made: which.
    namespace_stacks: Mapping[str, str] = field(default_factory=dict)
    health_checks: tuple[Object, ...] = ()
    operators: OperatorFacts = field(default_factory=OperatorFacts)
    # ClusterUserDefinedNetworks by name, where the cluster serves them.
    cluster_networks: Mapping[str, Object] = field(default_factory=dict)

    def nodes_with(self, labels: Mapping[str, str]) -> dict[str, Object]:
        """The nodes that carry all of these labels, by name."""
        return {
            name: node
            for name, node in self.nodes.items()
            if labels.items() <= (node["metadata"].get("labels") or {}).items()
        }


def take(cluster: Cluster) -> ClusterFacts:
    """The facts, by some twenty requests.

    Raises:
        LabError: when this is no OpenShift cluster, or it cannot be reached.
    """
    infrastructure = cluster.get(kinds.INFRASTRUCTURE, "cluster")
    if infrastructure is None:
        raise LabError(
            f"{cluster.server} is no OpenShift cluster: it has no Infrastructure/cluster. "
            "Check KUBECONFIG and cnv-lab:cluster.context."
        )
    status = infrastructure.get("status") or {}
    namespaces = _by_name(cluster.list(kinds.NAMESPACE))
    version = cluster.get(kinds.CLUSTER_VERSION, "version") or {}
    network = cluster.get(kinds.NETWORK, "cluster") or {}
    machine_configuration = cluster.get(kinds.MACHINE_CONFIGURATION, "cluster")
    return ClusterFacts(
        infra_id=status.get("infrastructureName", ""),
        platform=(status.get("platformStatus") or {}).get("type", ""),
        release=".".join(str(_at(version, "status", "desired", "version") or "").split(".")[:2]),
        machine_sets=_by_name(cluster.list(kinds.MACHINE_SET, names.MACHINE_API_NAMESPACE)),
        policies=_by_name(cluster.list(kinds.POLICY)),
        namespaces=frozenset(namespaces),
        namespace_stacks={name: stack for name, item in namespaces.items() if (stack := operators.stack_of(item))},
        attachments={
            (item["metadata"]["namespace"], item["metadata"]["name"]): item
            for item in cluster.list(kinds.NETWORK_ATTACHMENT)
        },
        nodes=_by_name(cluster.list(kinds.NODE)),
        network_states=_by_name(cluster.list(kinds.NETWORK_STATE)),
        machine_configuration=machine_configuration,
        serves_machine_configurations=machine_configuration is not None
        or is_served(cluster, kinds.MACHINE_CONFIGURATION),
        missing=tuple(kind for kind in NEEDED if not is_served(cluster, kind)),
        autoscalers=tuple(cluster.list(kinds.MACHINE_AUTOSCALER, names.MACHINE_API_NAMESPACE)),
        cluster_networks=_by_name(cluster.list_if_allowed(kinds.CLUSTER_NETWORK) or ()),
        network_type=str(_at(network, "status", "networkType") or ""),
        health_checks=tuple(cluster.list_if_allowed(kinds.MACHINE_HEALTH_CHECK, names.MACHINE_API_NAMESPACE) or ()),
        operators=operators.look(cluster),
    )


def with_virtual_machines(cluster: Cluster, facts: ClusterFacts, lab: Lab) -> ClusterFacts:
    """The facts, with the VM that has the name of the lab's own, if any."""
    wanted = lab.example_vm
    there = None if wanted is None else cluster.get(kinds.VIRTUAL_MACHINE, wanted.name, wanted.namespace)
    if wanted is None or there is None:
        return facts
    return replace(facts, virtual_machines={(wanted.namespace, wanted.name): there})


def _by_name(items: Sequence[Object]) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in items}


def _at(value: Any, *way: str) -> Any:
    for step in way:
        value = (value or {}).get(step)
    return value
