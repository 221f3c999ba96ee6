"""The bridge designs: what each puts on a node, what it takes off, and how a VM plugs in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lab import plugs, releases
from lab.manifests import cluster_networks, network_attachments, node_network, policy
from lab.manifests.bridging import DESIGNS, design_of
from lab.manifests.cni import Config
from lab.mistakes import SettingsError
from tests.unit import facts

if TYPE_CHECKING:
    from lab.plan import Lab

# What a lab must say from 4.21 on.
LEAVE = {"bootImages": "leave"}
VLANS = [{"id": number, "name": "x", "namespaces": ["blue"]} for number in (7, 1925, 1926, 1927)]


def lab(bridging: str, **changes: Any) -> Lab:
    node_network = {"bridging": bridging, **changes.pop("nodeNetwork", {})}
    return facts.lab(**{"vlans": VLANS, **changes, "nodeNetwork": node_network})


def desired(bridging: str, **changes: Any) -> dict[str, Any]:
    state: dict[str, Any] = policy(lab(bridging, **changes))["spec"]["desiredState"]
    return state


def config(bridging: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(network_attachments(lab(bridging, **changes))[0]["spec"]["config"])
    return found


def test_the_vlan_aware_bridge_is_a_trunk_of_just_the_configured_vlans() -> None:
    _, bridge = desired("vlan-aware")["interfaces"]
    (port,) = bridge["bridge"]["port"]
    tags = [{"id": 7}, {"id-range": {"min": 1925, "max": 1927}}]
    assert port == {"name": "ens224", "vlan": {"mode": "trunk", "trunk-tags": tags}}


@pytest.mark.parametrize(("release", "there"), [("4.10", False), ("4.16", True), ("4.22", True)])
def test_no_vlan_is_untagged_on_the_vlan_aware_bridge_where_nmstate_can_say_so(release: str, *, there: bool) -> None:
    """Else an old NetworkManager puts every VM into VLAN 1 when the policy is applied again."""
    _, bridge = desired("vlan-aware", cluster={"openshift": release}, template=LEAVE)["interfaces"]
    assert bridge["bridge"]["options"].get("vlan-default-pvid") == (0 if there else None)


def test_the_tag_is_put_on_in_the_attachment_and_the_bridge_kept_apart_from_other_nodes() -> None:
    (first, *_) = network_attachments(lab("vlan-aware"))
    assert json.loads(first["spec"]["config"])["vlan"] == 7
    assert json.loads(first["spec"]["config"])["preserveDefaultVlan"] is False
    annotations = first["metadata"]["annotations"]
    assert annotations["k8s.v1.cni.cncf.io/resourceName"] == "bridge.network.kubevirt.io/br-trunk"


def test_the_ovs_bridge_is_mapped_and_lets_ovn_kubernetes_add_its_ports() -> None:
    state = desired("ovn-localnet")
    _, bridge = state["interfaces"]
    assert (bridge["type"], bridge["bridge"]["port"]) == ("ovs-bridge", [{"name": "ens224"}])
    assert (bridge["bridge"]["allow-extra-patch-ports"], bridge["bridge"]["options"]) == (True, {"stp": False})
    mapping = {"localnet": "physnet-vmdata", "bridge": "br-vmdata", "state": "present"}
    assert state["ovn"] == {"bridge-mappings": [mapping]}


def test_a_localnet_attachment_names_itself_its_wire_and_its_size() -> None:
    (first, *_) = network_attachments(lab("ovn-localnet"))
    assert json.loads(first["spec"]["config"]) == {
        "cniVersion": "0.3.1",
        "name": "vlan-7",
        "type": "ovn-k8s-cni-overlay",
        "topology": "localnet",
        "physicalNetworkName": "physnet-vmdata",
        "netAttachDefName": "blue/vlan-7",
        "vlanID": 7,
        "mtu": 1500,
    }
    assert "k8s.v1.cni.cncf.io/resourceName" not in first["metadata"]["annotations"], "there is no such resource"


@pytest.mark.parametrize("bridging", ["vlan-aware", "ovn-localnet"])
def test_without_vlans_there_is_no_bridge_and_the_one_that_stood_goes(bridging: str) -> None:
    """nmstate takes no trunk without tags."""
    (name,) = DESIGNS[bridging].bridges([7])
    document = policy(lab(bridging, vlans=[]), ledger={name})
    states = [(item["name"], item["state"]) for item in document["spec"]["desiredState"]["interfaces"]]
    assert states == [("ens224", "up"), (name, "absent")]


@pytest.mark.parametrize("now", DESIGNS)
@pytest.mark.parametrize("before", DESIGNS)
def test_a_change_of_design_takes_off_all_that_the_old_one_put_on_and_nothing_of_the_new(before: str, now: str) -> None:
    old, new = policy(lab(before)), policy(lab(now), ledger=node_network.read_ledger(policy(lab(before))))
    made = {item["name"] for item in old["spec"]["desiredState"]["interfaces"]} - {"ens224"}
    states = {item["name"]: item["state"] for item in new["spec"]["desiredState"]["interfaces"]}
    assert {states[name] for name in made} == {"up" if before == now else "absent"}
    owners = [item for item in up(new) if {"name": "ens224"}.items() <= first_port(item).items()]
    assert len(owners) == (0 if now == "per-vlan" else 1), "the NIC has one owner at most"
    mappings = new["spec"]["desiredState"].get("ovn", {}).get("bridge-mappings", [])
    wanted = {"present"} if now == "ovn-localnet" else {"absent"} if before == "ovn-localnet" else set()
    assert {item["state"] for item in mappings} == wanted
    assert node_network.read_ledger(new) >= node_network.read_ledger(old)


def first_port(interface: dict[str, Any]) -> dict[str, Any]:
    return next(iter((interface.get("bridge") or {}).get("port") or []), {})


def up(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in document["spec"]["desiredState"]["interfaces"] if item["state"] == "up"]


def test_a_ledger_names_the_bridges_of_every_design() -> None:
    ledger = {"br-7", "br-1925", "br-trunk", "br-vmdata"}
    document = policy(lab("vlan-aware"), ledger=ledger)
    assert document["metadata"]["annotations"]["cnv-lab/vlans"] == "7,1925,br-trunk,br-vmdata"
    assert node_network.read_ledger(document) == ledger


@pytest.mark.parametrize("bridging", DESIGNS)
def test_taking_back_leaves_nothing_of_a_design_but_the_bare_nic(bridging: str) -> None:
    document = policy(lab(bridging, nodeNetwork={"mtu": 9000}))
    spec = document["spec"]
    state = node_network.reverted("ens224", node_network.bridges(spec), mtu=node_network.usual_mtu(spec, "ens224"))
    nic, *gone = state["interfaces"]
    assert (nic["state"], nic["mtu"]) == ("up", 1500)
    assert {item["name"] for item in gone} == {item["name"] for item in up(document)} - {"ens224"}
    assert {item["state"] for item in gone} == {"absent"}
    taken = {**document, "spec": {**spec, "desiredState": state}}
    assert node_network.is_taken_back(taken, document, "ens224")


@pytest.mark.parametrize("bridging", DESIGNS)
def test_the_size_of_frames_is_the_same_from_the_nic_to_the_vm(bridging: str) -> None:
    state = desired(bridging, nodeNetwork={"mtu": 9000})
    assert {item.get("mtu") for item in state["interfaces"] if item["type"] != "ovs-bridge"} == {9000}
    assert config(bridging, nodeNetwork={"mtu": 9000})["mtu"] == 9000


@pytest.mark.parametrize("bridging", DESIGNS)
def test_an_attachment_plugs_into_what_the_policy_carries(bridging: str) -> None:
    wanted = lab(bridging)
    carried = plugs.of_policy(policy(wanted)["spec"])
    for item in network_attachments(wanted):
        found = plugs.of_attachment(item)
        assert [vlan for _, vlan in found] == [int(item["metadata"]["name"].removeprefix("vlan-"))]
        assert all(plugs.is_carried(plug, carried) for plug in found)
    assert not plugs.is_carried(("br-trunk", 8), carried)


def test_shared_attachments_stand_once_where_every_namespace_may_use_them() -> None:
    two = {"namespaces": [{"name": "blue"}, {"name": "red"}], "vlans": [{**VLANS[0], "namespaces": ["blue", "red"]}]}
    found = network_attachments(lab("vlan-aware", **two, nodeNetwork={"sharedAttachments": True}))
    assert [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in found] == [("default", "vlan-7")]


def test_spoofed_addresses_are_refused_where_it_is_asked_for() -> None:
    assert config("vlan-aware", nodeNetwork={"macspoofchk": True})["macspoofchk"] is True
    with pytest.raises(SettingsError, match="no such switch for localnet"):
        lab("ovn-localnet", nodeNetwork={"macspoofchk": True})


def router(bridging: str, **more: Any) -> Lab:
    return lab(bridging, vlans=[*VLANS, {"kind": "trunk", "name": "router", "namespaces": ["blue"], **more}])


def test_a_guest_trunk_hands_a_vm_the_tags_of_all_vlans_or_of_those_that_are_listed() -> None:
    *_, item = network_attachments(router("vlan-aware"))
    found = json.loads(item["spec"]["config"])
    assert item["metadata"]["name"] == found["name"] == "trunk-router"
    assert found["vlanTrunk"] == [{"id": 7}, {"minID": 1925, "maxID": 1927}]
    assert "vlan" not in found
    *_, narrow = network_attachments(router("vlan-aware", ids=[1927, 7]))
    assert json.loads(narrow["spec"]["config"])["vlanTrunk"] == [{"id": 7}, {"id": 1927}]
    assert plugs.of_attachment(narrow) == {("br-trunk", 7), ("br-trunk", 1927)}


@pytest.mark.parametrize(("bridging", "reason"), [("per-vlan", "taken off before"), ("ovn-localnet", "RFE-6831")])
def test_a_guest_trunk_is_refused_where_the_design_takes_tags_off(bridging: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refusal:
        router(bridging)
    assert "Write bridging: vlan-aware" in str(refusal.value)


@pytest.mark.parametrize("release", ["4.10", "4.16", "4.17"])
def test_localnet_is_refused_where_every_vlan_would_need_its_own_mapping(release: str) -> None:
    with pytest.raises(SettingsError, match="physicalNetworkName"):
        lab("ovn-localnet", cluster={"openshift": release})


@pytest.mark.parametrize(
    ("release", "network", "bridging"),
    [
        ("4.10", "OVNKubernetes", "vlan-aware"),
        ("4.18", "OVNKubernetes", "vlan-aware"),
        ("4.19", "OVNKubernetes", "ovn-localnet"),
        ("4.19", "Calico", "vlan-aware"),
        ("4.22", "", "vlan-aware"),
    ],
)
def test_the_default_design_is_the_releases_and_the_networks(release: str, network: str, bridging: str) -> None:
    assert releases.default_bridging(release, network) == bridging


GOOD: dict[str, Any] = {
    "cniVersion": "0.3.1",
    "name": "n",
    "type": "bridge",
    "bridge": "br-trunk",
    "ipam": {},
    "macspoofchk": False,
    "preserveDefaultVlan": False,
}


def test_the_models_take_what_is_written() -> None:
    assert TypeAdapter(Config).validate_json(json.dumps({**GOOD, "vlan": 7})).name == "n"


@pytest.mark.parametrize(
    "change",
    [
        {"vlanId": 7},
        {"vlan": "7"},
        {"vlan": 4095},
        {"bridge": "b" * 16},
        {"ipam": {"type": "static"}},
        {"preserveDefaultVlan": True},
        {"vlan": 7, "vlanTrunk": [{"id": 8}]},
        {"vlanTrunk": [{"id": 8, "minID": 7, "maxID": 9}]},
        {"vlanTrunk": [{"minID": 9, "maxID": 7}]},
        {"vlanTrunk": [{}]},
        {"type": "macvlan"},
    ],
    ids=str,
)
def test_what_a_plugin_would_pass_over_in_silence_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Config).validate_json(json.dumps({**GOOD, **change}))


def test_a_bridge_of_somebody_else_is_of_no_design() -> None:
    assert [design_of(name) for name in ("br-ex", "br-int", "br-", "br-7x", "br-trunk2")] == [None] * 5


def networks(**changes: Any) -> list[dict[str, Any]]:
    return cluster_networks(lab("ovn-localnet", **{"nodeNetwork": {"attachments": "cudn"}, **changes}))


def test_one_network_a_vlan_serves_all_its_namespaces_and_the_stack_makes_no_attachments() -> None:
    two = {"namespaces": [{"name": "red"}, {"name": "blue"}], "vlans": [{**VLANS[0], "namespaces": ["red", "blue"]}]}
    (found,) = networks(**two)
    (chosen,) = found["spec"]["namespaceSelector"]["matchExpressions"]
    assert chosen == {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["blue", "red"]}
    localnet = found["spec"]["network"]["localnet"]
    assert (localnet["physicalNetworkName"], localnet["mtu"]) == ("physnet-vmdata", 1500)
    assert localnet["vlan"] == {"mode": "Access", "access": {"id": 7}}
    assert localnet["ipam"] == {"mode": "Disabled"}, "addresses are the physical network's"
    assert network_attachments(lab("ovn-localnet", **two, nodeNetwork={"attachments": "cudn"})) == []


def test_a_vlan_that_nobody_may_use_has_no_network() -> None:
    assert networks(vlans=[{"id": 7, "name": "x"}]) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bridging": "vlan-aware"}, "know nothing of the bridges of vlan-aware"),
        ({"sharedAttachments": True}, "in the namespaces themselves"),
        ({"mtu": 575}, "no mtu below 576"),
    ],
)
def test_networks_of_ovn_kubernetes_are_refused_where_they_cannot_be(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        networks(nodeNetwork={"attachments": "cudn", **changes})


def test_the_platforms_namespaces_and_releases_before_have_no_such_networks() -> None:
    with pytest.raises(SettingsError, match="has no ClusterUserDefinedNetworks on physical"):
        networks(cluster={"openshift": "4.18"})
    places = [{"name": "default", "existing": True}, {"name": "openshift-cnv", "existing": True}]
    vlans = [{**VLANS[0], "namespaces": ["default", "openshift-cnv"]}]
    with pytest.raises(SettingsError, match=r"platform's namespaces \(default, openshift-cnv\)"):
        networks(namespaces=places, vlans=vlans)
