"""What a lab becomes in Kubernetes' words: order, labels, retired VLANs, the plugin's name of each release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.manifests import in_apply_order, machine_set, namespaces, network_attachments, node_network, policy
from lab.manifests.network_attachments import vm_network
from tests.unit import facts

Object = dict[str, Any]

TWO_PLACES: dict[str, Any] = {
    "namespaces": [{"name": "blue"}, {"name": "shared", "existing": True}],
    "vlans": [
        {"id": 1928, "name": "pxe", "namespaces": ["shared", "blue"]},
        {"id": 7, "name": "lab", "namespaces": ["blue"]},
        {"id": 9, "name": "nobody's"},
    ],
}


def interfaces(document: Object) -> list[tuple[str, str]]:
    return [(item["name"], item["state"]) for item in document["spec"]["desiredState"]["interfaces"]]


def ledger(document: Object) -> str:
    return str(document["metadata"]["annotations"]["cnv-lab/vlans"])


def test_every_object_comes_after_what_it_needs() -> None:
    order = [
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])
        for item in in_apply_order(facts.lab(**TWO_PLACES))
    ]
    assert order == [
        ("MachineSet", "openshift-machine-api", "hub-cnv"),
        ("NodeNetworkConfigurationPolicy", "", "ens224-policy"),
        ("Namespace", "", "blue"),
        ("NetworkAttachmentDefinition", "blue", "vlan-7"),
        ("NetworkAttachmentDefinition", "shared", "vlan-1928"),
        ("NetworkAttachmentDefinition", "blue", "vlan-1928"),
    ]


def test_every_object_carries_its_stack() -> None:
    labels = [item["metadata"]["labels"]["cnv-lab/stack"] for item in in_apply_order(facts.lab(**TWO_PLACES))]
    assert labels == ["cnv-lab.t"] * 6


def test_nodes_do_not_carry_the_stack() -> None:
    """The policy selects by the MachineSet's name; a label of ours on nodes would outlive the stack."""
    template = machine_set(facts.lab())["spec"]["template"]
    for metadata in (template["metadata"], template["spec"]["metadata"]):
        assert "cnv-lab/stack" not in metadata["labels"]


def test_the_policy_selects_the_nodes_that_the_machine_set_labels() -> None:
    lab = facts.lab(hypervisors={"name": "big"})
    (selected,) = policy(lab)["spec"]["nodeSelector"].items()
    template = machine_set(lab)["spec"]["template"]
    assert selected == ("machine.openshift.io/cluster-api-machineset", "big")
    assert selected in template["spec"]["metadata"]["labels"].items(), "what nodelink copies to the node"
    assert machine_set(lab)["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


def test_the_trunk_is_the_machines_second_network() -> None:
    """The order of the networks is that of the NICs in the node: the second is ens224."""
    value = machine_set(facts.lab(trunk={"portGroup": "All"}))["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert [device["networkName"] for device in value["network"]["devices"]] == ["machines", "All"]


def test_vlans_go_onto_the_nic_in_the_order_of_their_ids() -> None:
    document = policy(facts.lab(vlans=[{"id": 20, "name": "b"}, {"id": 3, "name": "a"}], nodeNetwork={"nic": "ens256"}))
    assert interfaces(document) == [
        ("ens256", "up"),
        ("ens256.3", "up"),
        ("br-3", "up"),
        ("ens256.20", "up"),
        ("br-20", "up"),
    ]
    assert ledger(document) == "3,20"


def test_a_bridges_port_has_an_empty_vlan() -> None:
    """Without the key kubernetes-nmstate turns VLAN filtering on, and every frame of the VLAN interface is dropped."""
    bridge = policy(facts.lab())["spec"]["desiredState"]["interfaces"][2]
    assert bridge["bridge"]["port"] == [{"name": "ens224.1928", "vlan": {}}]


def test_no_interface_asks_for_an_address() -> None:
    for item in policy(facts.lab())["spec"]["desiredState"]["interfaces"]:
        assert (item["ipv4"], item["ipv6"]) == ({"enabled": False}, {"enabled": False})


def test_what_retires_goes_last_each_bridge_before_its_port_and_stays_in_the_ledger() -> None:
    document = policy(facts.lab(), ledger={"br-30", "br-4", "br-1928"})
    assert interfaces(document)[3:] == [
        ("br-4", "absent"),
        ("ens224.4", "absent"),
        ("br-30", "absent"),
        ("ens224.30", "absent"),
    ]
    assert ledger(document) == "4,30,1928"


def test_a_vlan_that_comes_back_is_up_and_not_absent() -> None:
    document = policy(facts.lab(), ledger={"br-1928"})
    assert document == policy(facts.lab())
    assert ("br-1928", "up") in interfaces(document)


def test_with_no_vlan_left_the_nic_is_up_and_all_others_are_absent() -> None:
    document = policy(facts.lab(vlans=[]), ledger={"br-1928"})
    assert interfaces(document) == [("ens224", "up"), ("br-1928", "absent"), ("ens224.1928", "absent")]


@pytest.mark.parametrize("limit", [2, "50%"])
def test_the_limit_of_nodes_in_work_is_left_to_nmstate_unless_it_is_written(limit: int | str) -> None:
    assert "maxUnavailable" not in policy(facts.lab())["spec"]
    assert policy(facts.lab(nodeNetwork={"maxUnavailable": limit}))["spec"]["maxUnavailable"] == limit


def test_taking_back_names_every_vlan_of_the_ledger_in_order() -> None:
    found = node_network.reverted("ens224", {"br-30", "br-4"})
    assert [(item["name"], item["state"]) for item in found["interfaces"]] == [
        ("ens224", "up"),
        ("br-4", "absent"),
        ("ens224.4", "absent"),
        ("br-30", "absent"),
        ("ens224.30", "absent"),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", set()),
        ("7", {"br-7"}),
        (" 7 ,8", {"br-7", "br-8"}),
        ("7,7", {"br-7"}),
        ("7;8", set()),
        ("-7,+8,0x9,1.5,²,9", {"br-9"}),
        ("7,\n8", {"br-7", "br-8"}),
    ],
)
def test_of_a_ledger_what_is_no_vlan_id_is_passed_over(written: str, read: set[str]) -> None:
    assert node_network.read_ledger({"metadata": {"annotations": {"cnv-lab/vlans": written}}}) == read


@pytest.mark.parametrize("live", [None, {}, {"metadata": None}, {"metadata": {}}, {"metadata": {"annotations": None}}])
def test_a_policy_without_a_ledger_owns_nothing(live: Object | None) -> None:
    assert node_network.read_ledger(live) == frozenset()


def test_a_ledger_reads_back_as_it_was_written() -> None:
    assert node_network.write_ledger(["br-9", "br-7", "br-9"]) == "7,9"
    assert node_network.read_ledger(policy(facts.lab(), ledger={"br-4"})) == {"br-4", "br-1928"}


def test_only_namespaces_that_are_ours_are_made() -> None:
    assert [item["metadata"]["name"] for item in namespaces(facts.lab(**TWO_PLACES))] == ["blue"]


@pytest.mark.parametrize(("release", "plugin"), [("4.10", "cnv-bridge"), ("4.16", "bridge"), ("4.20", "bridge")])
def test_an_attachment_names_the_plugin_of_its_release(release: str, plugin: str) -> None:
    (attachment,) = network_attachments(facts.lab(cluster={"openshift": release}))
    config = json.loads(attachment["spec"]["config"])
    assert (config["type"], config["bridge"], config["name"]) == (plugin, "br-1928", "vlan-1928")
    assert "vlan" not in config, "the bridge's port is a VLAN interface: it tags already"


def test_an_attachment_keeps_vms_off_nodes_without_its_bridge() -> None:
    (attachment,) = network_attachments(facts.lab())
    assert attachment["metadata"]["annotations"] == {
        "description": "pxe V1928",
        "k8s.v1.cni.cncf.io/resourceName": "bridge.network.kubevirt.io/br-1928",
    }


def test_a_vm_is_attached_by_the_attachments_full_name_and_one_name_for_both_halves() -> None:
    found = vm_network("vlan-1928", "shared")
    (network,), (card,) = found["networks"], found["domain"]["devices"]["interfaces"]
    assert network["multus"] == {"networkName": "shared/vlan-1928"}
    assert network["name"] == card["name"]
    assert card["bridge"] == {}


@pytest.mark.parametrize("nic_is_there", [True, False])
def test_a_policy_that_a_destroy_took_back_is_known_by_what_it_says(*, nic_is_there: bool) -> None:
    lab = facts.lab()
    wanted = policy(lab)
    desired = node_network.reverted(lab.nic, {"br-1928"}, nic_is_there=nic_is_there)
    back = {**wanted, "spec": {**wanted["spec"], "desiredState": desired}}
    assert node_network.is_taken_back(back, wanted, lab.nic)
    assert not node_network.is_taken_back(wanted, wanted, lab.nic)
    assert not node_network.is_taken_back(None, wanted, lab.nic)
    by_hand = {**wanted, "spec": {**wanted["spec"], "desiredState": {"interfaces": []}}}
    assert not node_network.is_taken_back(by_hand, wanted, lab.nic), "that is a refresh's to find"


def test_a_lab_without_vlans_is_not_taken_for_one_that_was_taken_back() -> None:
    """It says the same as its own reverted policy; each `up` would roll it out anew."""
    lab = facts.lab(vlans=[])
    assert not node_network.is_taken_back(policy(lab), policy(lab), lab.nic)
