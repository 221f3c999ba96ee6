"""A lab on nodes that exist: no machine is made, and vCenter is not even asked. One story, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.cluster import MACHINE_API, until
from tests.engine.worker import NIC, WORKER_SET, left_of_the_trunk, node_of, set_network, settled

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

LABEL = {"example.com/hypervisor": "yes"}


def existing(config: dict[str, Any]) -> None:
    for section in ("vcenter", "trunk", "template"):
        config.pop(section)
    config["hypervisors"] = {"existing": {"nodeSelector": LABEL}}


def test_a_health_check_that_would_delete_hypervisors_is_warned_of(lab: Lab, cluster: Cluster) -> None:
    settled(cluster)
    role = {"machine.openshift.io/cluster-api-machine-role": "worker"}
    cluster.create(
        {
            "apiVersion": "machine.openshift.io/v1beta1",
            "kind": "MachineHealthCheck",
            "metadata": {"name": "workers", "namespace": MACHINE_API},
            "spec": {
                "selector": {"matchLabels": role},
                "unhealthyConditions": [{"type": "Ready", "status": "Unknown", "timeout": "300s"}],
            },
        }
    )
    told = lab.preview().succeeded().line("MachineHealthCheck workers selects the hypervisors")
    assert "deletes a Machine whose node is Ready=Unknown for 300s or that has no node after 10m" in told


def test_labels_that_no_node_has_are_refused_with_the_command_that_gives_them(lab: Lab) -> None:
    lab.edit(existing)
    told = lab.preview().refused()
    assert "no node has example.com/hypervisor=yes" in told
    assert "oc label node <name> example.com/hypervisor=yes" in told


def test_nodes_that_exist_get_the_bridges_with_no_vcenter_to_ask(lab: Lab, cluster: Cluster) -> None:
    node = node_of(cluster, WORKER_SET)
    set_network(cluster, node, [*cluster.interfaces(node).values(), NIC | {"name": "ens224"}])
    cluster.patch("v1", "Node", node, {"metadata": {"labels": LABEL}})
    machine_sets = cluster.items("machine.openshift.io/v1beta1", "MachineSet", MACHINE_API)
    lab.stop("vcenter")
    run = lab.up().succeeded()
    assert f"{node} has no /dev/kvm" in run.output, "the installer's worker cannot virtualize"
    assert {"ens224.1928", "br-1928"} <= set(cluster.interfaces(node))
    policy = cluster.policy("ens224-policy")
    assert policy is not None
    assert policy["spec"]["nodeSelector"] == LABEL
    assert cluster.attachment("provisioning", "vlan-1928") is not None
    assert lab.outputs()["nodes"] == [node]
    assert len(cluster.items("machine.openshift.io/v1beta1", "MachineSet", MACHINE_API)) == len(machine_sets)
    assert not [item for item in lab.resources() if "vsphere" in item["type"]]
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_destroy_takes_the_bridges_off_and_leaves_the_nodes(lab: Lab, cluster: Cluster) -> None:
    lab.destroy().succeeded()
    node = node_of(cluster, WORKER_SET)
    until(lambda: not left_of_the_trunk(cluster, node), "the bridges are gone")
    assert cluster.node(node) is not None
    assert cluster.policy("ens224-policy") is None
