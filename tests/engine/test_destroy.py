"""`pulumi destroy` leaves vCenter and the cluster as they were, and stops before somebody else's things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.cluster import until

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
WORKER_SET = "hub-7vxwj-worker-0"
FOREIGN_VM = {
    "apiVersion": "kubevirt.io/v1",
    "kind": "VirtualMachine",
    "metadata": {"name": "pxe-client", "namespace": "provisioning"},
    "spec": {"runStrategy": "Halted", "template": {"spec": {"domain": {}}}},
}


def settled(cluster: Cluster) -> None:
    """Waits until the installer's own worker is a node: else it would become one while two looks are compared."""

    def is_running() -> bool:
        machines = cluster.machines(WORKER_SET)
        return bool(machines) and all(item.get("status", {}).get("phase") == "Running" for item in machines)

    until(is_running, "the worker is Running")
    until(lambda: (cluster.machine_set(WORKER_SET) or {})["status"].get("availableReplicas") == 1, "and counted")


def test_destroy_leaves_nothing_behind_and_nothing_changed(lab: Lab, cluster: Cluster, vcenter: VCenter) -> None:
    settled(cluster)
    objects, inventory = cluster.everything(), vcenter.inventory()
    lab.up().succeeded()
    assert cluster.everything() != objects, "something was made"
    lab.destroy().succeeded()
    assert vcenter.inventory() == inventory
    assert cluster.everything() == objects
    assert lab.resources() == []


def test_the_bridges_are_off_the_nodes_before_the_policy_goes(lab: Lab, cluster: Cluster) -> None:
    """A policy's deletion reverts nothing: the worker, put under the policy by hand, outlives it and shows that."""
    lab.up().succeeded()
    (worker,) = cluster.machines(WORKER_SET)
    node = worker["status"]["nodeRef"]["name"]
    labels = {"machine.openshift.io/cluster-api-machineset": MACHINE_SET}
    nic = {"name": "ens224", "type": "ethernet", "state": "up"}
    state = cluster.get("nmstate.io/v1beta1", "NodeNetworkState", node)
    assert state is not None
    current = state["status"]["currentState"]
    current["interfaces"].append(nic)
    status = {"status": {"currentState": current}}
    cluster.patch_status("nmstate.io/v1beta1", "NodeNetworkState", node, status)
    cluster.patch("v1", "Node", node, {"metadata": {"labels": labels}})
    until(lambda: "br-1928" in cluster.interfaces(node), "the late node has the bridges, too")
    lab.destroy().succeeded()
    assert not [name for name in cluster.interfaces(node) if name.startswith(("br-19", "ens224."))]
    cluster.patch("v1", "Node", node, {"metadata": {"labels": dict.fromkeys(labels)}})


def test_destroy_refuses_to_take_a_namespace_from_somebodys_vm(lab: Lab, cluster: Cluster) -> None:
    lab.up().succeeded()
    cluster.create(FOREIGN_VM)
    told = lab.destroy().refused()
    assert "provisioning" in told
    assert "pxe-client" in told
    assert cluster.get("v1", "Namespace", "provisioning") is not None
    assert cluster.attachment("provisioning", "vlan-1928") is not None, "the VM's network stays as well"
    assert cluster.policy("ens224-policy") is not None, "and what it stands on"
    cluster.delete("kubevirt.io/v1", "VirtualMachine", "pxe-client", "provisioning")
    lab.destroy().succeeded()
    assert cluster.get("v1", "Namespace", "provisioning") is None
