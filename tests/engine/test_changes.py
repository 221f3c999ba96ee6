"""What a change of the stack file does: what the preview shows, what `up` does, and what stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
TEMPLATE = "hub-7vxwj-rhcos-cnv"
RULE = f"cnv-lab.sandbox {MACHINE_SET}"


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The post's lab stands; what an earlier test changed is put back."""
    lab.original()
    lab.up().succeeded()


def node_of(cluster: Cluster) -> str:
    """The one hypervisor's node."""
    (machine,) = cluster.machines(MACHINE_SET)
    return str(machine["status"]["nodeRef"]["name"])


def test_a_vlan_that_joins_the_config_gets_its_bridge_and_its_namespace(lab: Lab, cluster: Cluster) -> None:
    def add(config: dict[str, Any]) -> None:
        config["vlans"].append({"id": 1929, "name": "storage", "namespaces": ["storage"]})
        config["namespaces"].append({"name": "storage"})

    lab.edit(add)
    planned = lab.planned()
    assert planned["node-network"] == "update"
    assert planned["storage-vlan-1929"] == "create"
    assert "hypervisors" not in planned, "no Machine is touched for a VLAN"
    assert "template" not in planned
    lab.up().succeeded()
    assert "br-1929" in cluster.interfaces(node_of(cluster))
    assert cluster.attachment("storage", "vlan-1929") is not None


def test_a_namespace_of_the_stacks_own_is_not_deleted_for_a_word_that_asks_to_keep_it(lab: Lab) -> None:
    lab.edit(lambda config: config["namespaces"][0].update(existing=True))
    told = lab.preview().refused()
    assert "namespace provisioning was made by this stack, which would delete it" in told


def test_a_vlan_that_leaves_the_config_is_absent_on_the_nodes_and_seen_in_the_preview(
    lab: Lab, cluster: Cluster
) -> None:
    assert "br-1926" in cluster.interfaces(node_of(cluster))

    def drop(config: dict[str, Any]) -> None:
        config["vlans"] = [vlan for vlan in config["vlans"] if vlan["id"] != 1926]

    lab.edit(drop)
    shown = lab.preview("--diff").succeeded().output
    assert "absent" in shown, "the reviewer of a pull request sees what will go"
    lab.up().succeeded()
    interfaces = cluster.interfaces(node_of(cluster))
    assert not {"br-1926", "ens224.1926"} & set(interfaces)
    assert {"br-1925", "br-1927", "br-1928"} <= set(interfaces), "the others stay"
    policy = cluster.policy("ens224-policy")
    assert policy is not None
    states = {item["name"]: item["state"] for item in policy["spec"]["desiredState"]["interfaces"]}
    assert (states["br-1926"], states["ens224.1926"]) == ("absent", "absent"), "for nodes that come back later"
    lab.preview("--expect-no-changes").succeeded()


def test_another_size_reaches_new_machines_only_and_up_names_the_stale_ones(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    (old,) = cluster.machines(MACHINE_SET)
    lab.edit(lambda config: config["hypervisors"].update(cpus=8, replicas=2))
    run = lab.up().succeeded()
    name = old["metadata"]["name"]
    assert lab.outputs()["staleMachines"] == [name]
    assert f"{name} still has the old size" in run.output
    sizes = {}
    for machine in cluster.machines(MACHINE_SET):
        vm = vcenter.vm(machine["metadata"]["name"])
        assert vm is not None
        sizes[machine["metadata"]["name"]] = vm.config.hardware.numCPU
    assert sizes.pop(name) == 6
    assert list(sizes.values()) == [8]


def test_replicas_go_up_apart_with_bridges_on_the_new_node_and_down_again(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    lab.edit(lambda config: config["hypervisors"].update(replicas=2, antiAffinity=True))
    lab.up().succeeded()
    nodes = lab.outputs()["nodes"]
    assert len(nodes) == 2
    assert vcenter.kept_apart() == {RULE: sorted(nodes)}
    for node in nodes:
        assert "br-1928" in cluster.interfaces(node), "up ends when the late node has the policy, too"
    lab.edit(lambda config: config["hypervisors"].update(replicas=1))
    lab.up().succeeded()
    assert vcenter.kept_apart() == {}, "one is apart by itself"
    assert len(cluster.machines(MACHINE_SET)) == 1, "up ends when the Machine is gone"
    assert len(lab.outputs()["nodes"]) == 1
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_feature_of_the_template_changes_in_place(lab: Lab, vcenter: VCenter) -> None:
    before = vcenter.vm(TEMPLATE)
    assert before is not None
    uuid = before.config.instanceUuid
    lab.edit(lambda config: config["template"].update(iommu=False, trunkNic=False))
    assert lab.planned()["template"] == "update"
    lab.up().succeeded()
    after = vcenter.vm(TEMPLATE)
    assert after is not None
    assert after.config.instanceUuid == uuid, "the same template"
    assert (after.config.template, after.config.flags.vvtdEnabled, after.config.nestedHVEnabled) == (True, False, True)
    assert vcenter.cards(after) == ["lab-192-168-4-0-b24"]
    assert not [event for event in vcenter.events(TEMPLATE) if "PoweredOn" in event], "a VM for a moment, never started"


def test_a_template_of_another_name_stands_and_is_named_by_the_machine_set_before_the_old_one_goes(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    """A Machine that is made meanwhile would fail for good; that the old one can't be deleted shows the moment."""
    lab.edit(lambda config: config["template"].update(name="hub-7vxwj-hypervisor"))
    lab.next_call_fails("Destroy_Task", "ConcurrentAccess")
    assert "ConcurrentAccess" in lab.up().refused()
    assert vcenter.vm("hub-7vxwj-hypervisor") is not None
    assert vcenter.vm(TEMPLATE) is not None
    found = cluster.machine_set(MACHINE_SET)
    assert found is not None
    assert found["spec"]["template"]["spec"]["providerSpec"]["value"]["template"] == "hub-7vxwj-hypervisor"
    lab.up().succeeded()
    assert vcenter.vm("hub-7vxwj-hypervisor") is not None
    assert vcenter.vm(TEMPLATE) is None


def test_a_refresh_sees_what_somebody_changed_by_hand_and_up_mends_it(lab: Lab, cluster: Cluster) -> None:
    policy = cluster.policy("ens224-policy")
    assert policy is not None
    desired = policy["spec"]["desiredState"]
    kept = [item for item in desired["interfaces"] if "1928" not in item["name"]]
    gone = [
        {"name": name, "type": kind, "state": "absent"}
        for name, kind in (("br-1928", "linux-bridge"), ("ens224.1928", "vlan"))
    ]
    body = {"spec": {"desiredState": {"interfaces": [*kept, *gone]}}}
    cluster.patch("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "ens224-policy", body)
    until(lambda: "br-1928" not in cluster.interfaces(node_of(cluster)), "the node followed the hand")
    assert lab.planned("--refresh").get("node-network") == "update"
    cluster.delete("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-1928", "provisioning")
    assert lab.planned("--refresh")["provisioning-vlan-1928"] == "create"
    lab.up("--refresh").succeeded()
    assert "br-1928" in cluster.interfaces(node_of(cluster))
    assert cluster.attachment("provisioning", "vlan-1928") is not None
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_an_autoscaler_may_own_the_replicas_until_the_config_says_otherwise(lab: Lab, cluster: Cluster) -> None:
    """`oc scale` in between is no conflict for ever: the next change of the config wins."""
    cluster.patch(
        "machine.openshift.io/v1beta1", "MachineSet", MACHINE_SET, {"spec": {"replicas": 2}}, "openshift-machine-api"
    )
    until(lambda: len(cluster.machines(MACHINE_SET)) == 2, "the controller scaled up")
    lab.edit(lambda config: config["hypervisors"].update(memoryMiB=8192))
    lab.up().succeeded()
    found = cluster.machine_set(MACHINE_SET)
    assert found is not None
    assert found["spec"]["template"]["spec"]["providerSpec"]["value"]["memoryMiB"] == 8192
