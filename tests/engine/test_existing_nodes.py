"""A lab on nodes that exist: no machine is made, and vCenter is not even asked. And the example VM, on that lab.

One story, in the order of the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine import background
from tests.engine.cluster import MACHINE_API, until
from tests.engine.worker import NIC, WORKER_SET, left_of_the_trunk, node_of, set_network, settled

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

VM = ("kubevirt.io/v1", "VirtualMachine", "example", "provisioning")
LABEL = {"example.com/hypervisor": "yes"}
# What makes a node one of the control plane that runs no workloads, and what undoes that.
CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/worker": None}
WORKER = {"node-role.kubernetes.io/control-plane": None, "node-role.kubernetes.io/worker": ""}


def existing(config: dict[str, Any]) -> None:
    for section in ("vcenter", "trunk", "template"):
        config.pop(section)
    config["hypervisors"] = {"existing": {"nodeSelector": LABEL}}
    config["exampleVm"] = {"vlan": 1928, "namespace": "provisioning", "address": "192.168.28.10/24"}


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
    cluster.patch("v1", "Node", node, {"metadata": {"labels": LABEL | CONTROL_PLANE}})
    machine_sets = cluster.items("machine.openshift.io/v1beta1", "MachineSet", MACHINE_API)
    lab.stop("vcenter")
    run = lab.up().succeeded()
    cluster.patch("v1", "Node", node, {"metadata": {"labels": WORKER}})
    assert f"cnv-lab:hypervisors.existing selects {node}, of the control plane" in run.output, "by accident, perhaps"
    assert f"{node} has no /dev/kvm" in run.output, "the installer's worker cannot virtualize"
    assert "unknown field" not in run.output, "the API server's word for what the VM's schema does not have"
    assert {"ens224.1928", "br-1928"} <= set(cluster.interfaces(node))
    policy = cluster.policy("ens224-policy")
    assert policy is not None
    assert policy["spec"]["nodeSelector"] == LABEL
    assert cluster.attachment("provisioning", "vlan-1928") is not None
    assert lab.outputs()["nodes"] == [node]
    assert len(cluster.items("machine.openshift.io/v1beta1", "MachineSet", MACHINE_API)) == len(machine_sets)
    assert not [item for item in lab.resources() if "vsphere" in item["type"]]
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_the_example_vm_is_on_its_vlan_and_made_anew_when_it_is_changed(lab: Lab, cluster: Cluster) -> None:
    vm = cluster.get(*VM)
    assert vm is not None
    spec = vm["spec"]["template"]["spec"]
    assert spec["networks"] == [{"name": "vlan-1928", "multus": {"networkName": "provisioning/vlan-1928"}}]
    assert "192.168.28.10/24" in spec["volumes"][1]["cloudInitNoCloud"]["networkData"]
    lab.edit(lambda config: config["exampleVm"].update(address="dhcp"))
    planned = lab.planned()
    assert planned.keys() == {"example-vm"}
    assert "replace" in planned["example-vm"]


def test_destroy_waits_for_the_vm_first_takes_the_bridges_off_and_leaves_the_nodes(lab: Lab, cluster: Cluster) -> None:
    """KubeVirt holds a VM by a finalizer until it is shut down."""
    name, namespace = VM[2:]
    cluster.patch(*VM[:3], {"metadata": {"finalizers": ["kubevirt.io/virtualMachineControllerFinalize"]}}, namespace)
    with background.pulumi(lab, "destroy") as destroy:
        until(lambda: (cluster.get(*VM) or {})["metadata"].get("deletionTimestamp"), f"{name} is being deleted")
        assert cluster.attachment("provisioning", "vlan-1928") is not None
        assert cluster.policy("ens224-policy") is not None
        cluster.patch(*VM[:3], {"metadata": {"finalizers": None}}, namespace)
        destroy.finished().succeeded()
    node = node_of(cluster, WORKER_SET)
    until(lambda: not left_of_the_trunk(cluster, node), "the bridges are gone")
    assert cluster.node(node) is not None
    assert cluster.policy("ens224-policy") is None
