"""The installer's own worker, a node before the lab is made and after it is gone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.engine.cluster import MACHINE_API, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.engine.cluster import Cluster

MACHINE_SET, WORKER_SET = "hub-7vxwj-cnv", "hub-7vxwj-worker-0"
LABEL = {"machine.openshift.io/cluster-api-machineset": MACHINE_SET}
NETWORK_STATE = ("nmstate.io/v1beta1", "NodeNetworkState")
NIC = {"type": "ethernet", "state": "up"}
READY = ("Ready", "True")
LOOK_AGAIN = {"metadata": {"labels": {"example.com/look": "again"}}}


def settled(cluster: Cluster) -> None:
    """Waits until the installer's own worker is a node: else it would become one while two looks are compared."""

    def is_ready() -> bool:
        machines = cluster.machines(WORKER_SET)
        nodes = [cluster.node((item.get("status", {}).get("nodeRef") or {}).get("name", "")) for item in machines]
        phases = {item.get("status", {}).get("phase") for item in machines}
        return phases == {"Running"} and all(node is not None and READY in conditions(node) for node in nodes)

    until(is_ready, "the worker is a node, and Ready")
    # The controller looks at a MachineSet when its Machines change, and not when their nodes become Ready.
    cluster.patch("machine.openshift.io/v1beta1", "MachineSet", WORKER_SET, LOOK_AGAIN, MACHINE_API)
    until(lambda: (cluster.machine_set(WORKER_SET) or {})["status"].get("availableReplicas") == 1, "and counted")


def conditions(item: dict[str, Any]) -> set[tuple[str, str]]:
    return {(entry["type"], entry["status"]) for entry in item.get("status", {}).get("conditions", [])}


@contextmanager
def outliving(cluster: Cluster) -> Iterator[str]:
    """The worker, put under the policy by hand: it has the bridges as well, and outlives the hypervisors."""
    with under_the_policy(cluster) as node:
        until(lambda: "br-1928" in cluster.interfaces(node), "the late node has the bridges, too")
        yield node


@contextmanager
def under_the_policy(cluster: Cluster, *nics: str, labels: Mapping[str, str] = LABEL) -> Iterator[str]:
    """The worker with the hypervisors' label, with ens224 and these NICs; without both again in the end."""
    node = until(lambda: node_of(cluster, WORKER_SET), "the worker is a node")
    until(lambda: (cluster.get(*NETWORK_STATE, node) or {}).get("status"), "the worker reports its network")
    bare = [*cluster.interfaces(node).values()]
    set_network(cluster, node, [*bare, *(NIC | {"name": name} for name in ("ens224", *nics))])
    cluster.patch("v1", "Node", node, {"metadata": {"labels": dict(labels)}})
    try:
        yield str(node)
    finally:
        cluster.patch("v1", "Node", node, {"metadata": {"labels": dict.fromkeys(labels)}})
        set_network(cluster, node, bare)


def set_network(cluster: Cluster, node: str, interfaces: list[dict[str, Any]]) -> None:
    """What somebody did on the node itself."""
    state = cluster.get(*NETWORK_STATE, node)
    assert state is not None
    current = {**state["status"]["currentState"], "interfaces": interfaces}
    cluster.patch_status(*NETWORK_STATE, node, {"status": {"currentState": current}})


def node_of(cluster: Cluster, machine_set: str = MACHINE_SET) -> str:
    """The node of the MachineSet's one Machine, or nothing as long as there is none."""
    names = [((item.get("status") or {}).get("nodeRef") or {}).get("name") for item in cluster.machines(machine_set)]
    return str(names[0] or "") if names else ""


def left_of_the_trunk(cluster: Cluster, node: str) -> list[str]:
    """The bridges and the trunk NIC's VLAN interfaces on the node."""
    return [name for name in cluster.interfaces(node) if name.startswith(("br-19", "ens224."))]
