"""What preflight finds in the cluster: the node's own NIC, names that are taken, rival policies."""

from __future__ import annotations

from typing import Any

import pytest

from clients import checks
from tests.unit import facts

MACHINE_SET_LABEL = "machine.openshift.io/cluster-api-machineset"

CARDS: list[facts.Object] = [
    {"name": "ens192", "type": "ethernet"},
    {"name": "ens224", "type": "ethernet"},
    {"name": "lo", "type": "loopback", "ipv4": {"address": [{"ip": "127.0.0.1"}]}},
]
OVS_BRIDGE: facts.Object = {
    "name": "br-ex",
    "type": "ovs-bridge",
    "bridge": {"port": [{"name": "br-ex"}, {"name": "ens192"}]},
}
OVS_INTERFACE: facts.Object = {"name": "br-ex", "type": "ovs-interface"}
BY_BR_EX = [{"destination": "0.0.0.0/0", "next-hop-interface": "br-ex"}]


def state(*interfaces: facts.Object, routes: list[facts.Object] = BY_BR_EX, name: str = "n-1") -> facts.Object:
    current = {"interfaces": list(interfaces), "routes": {"running": routes}}
    return {"metadata": {"name": name}, "status": {"currentState": current}}


def node(name: str = "n-1", **labels: str) -> facts.Object:
    return {"metadata": {"name": name, "labels": labels}}


def told_of_nic(nic: str, *states: facts.Object, nodes: tuple[facts.Object, ...] = ()) -> list[str]:
    there = facts.cluster(network_states=facts.by_name(*states), nodes=facts.by_name(*nodes))
    return list(checks.nic(facts.lab(nodeNetwork={"nic": nic}), there))


@pytest.mark.parametrize(
    "interfaces",
    [
        [*CARDS, OVS_INTERFACE, OVS_BRIDGE],
        [*CARDS, OVS_BRIDGE, OVS_INTERFACE],
        [{**CARDS[0], "controller": "br-ex"}, CARDS[1], OVS_INTERFACE],
        [{**CARDS[0], "ipv4": {"address": [{"ip": "192.168.4.61"}]}}, CARDS[1]],
    ],
    ids=["OVS bridge last", "OVS interface last", "told by the card", "an address on the card"],
)
def test_the_nic_that_the_node_lives_on_is_refused_and_the_second_is_not(interfaces: list[facts.Object]) -> None:
    """An OVS bridge and its interface have one name: whichever comes last must not hide the other."""
    (line,) = told_of_nic("ens192", state(*interfaces))
    assert line.startswith("node n-1 reaches the machine network through ens192")
    assert "cnv-lab:nodeNetwork.nic" in line
    assert told_of_nic("ens224", state(*interfaces)) == []


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "::/0"])
def test_a_nic_with_a_default_route_of_its_own_is_refused(destination: str) -> None:
    routes = [{"destination": destination, "next-hop-interface": "ens192"}]
    assert len(told_of_nic("ens192", state(*CARDS, routes=routes))) == 1


def test_another_route_makes_no_nic_the_nodes_own() -> None:
    routes = [*BY_BR_EX, {"destination": "10.9.0.0/16", "next-hop-interface": "ens224"}]
    assert told_of_nic("ens224", state(*CARDS, routes=routes)) == []


def with_address(address: str) -> facts.Object:
    return {**node(), "status": {"addresses": [{"type": "InternalIP", "address": address}]}}


def test_a_lease_on_the_trunk_nic_is_not_the_nodes_way_out() -> None:
    """Before the policy is there, RHCOS asks for an address on every NIC, and may be given a default route with it."""
    interface = {**OVS_INTERFACE, "ipv4": {"address": [{"ip": "192.168.4.61"}]}}
    leased = {**CARDS[1], "ipv4": {"address": [{"ip": "10.9.0.7"}]}}
    routes = [*BY_BR_EX, {"destination": "0.0.0.0/0", "next-hop-interface": "ens224"}]
    there = state(CARDS[0], leased, interface, OVS_BRIDGE, routes=routes)
    assert told_of_nic("ens224", there, nodes=(with_address("192.168.4.61"),)) == []
    assert len(told_of_nic("ens192", there, nodes=(with_address("192.168.4.61"),))) == 1
    assert told_of_nic("ens224", state(CARDS[0], leased, OVS_BRIDGE)) == [], "nor is it where the address is not known"


def test_a_nic_two_floors_below_the_nodes_address_is_refused() -> None:
    bridge = {"name": "br-ex", "type": "ovs-bridge", "bridge": {"port": [{"name": "bond0.7"}, {"name": "br-ex"}]}}
    vlan = {"name": "bond0.7", "type": "vlan", "vlan": {"base-iface": "bond0", "id": 7}}
    bond = {"name": "bond0", "type": "bond", "link-aggregation": {"port": ["ens192"]}}
    assert len(told_of_nic("ens192", state(*CARDS, bridge, vlan, bond))) == 1
    assert told_of_nic("ens224", state(*CARDS, bridge, vlan, bond)) == []


def test_every_node_that_would_be_cut_off_is_named() -> None:
    states = [state(*CARDS, OVS_BRIDGE, name=name) for name in ("n-2", "n-1")]
    assert [line.split()[1] for line in told_of_nic("ens192", *states)] == ["n-1", "n-2"]


def test_a_hypervisor_without_the_nic_is_named_with_the_nics_that_it_has() -> None:
    hypervisor = node(**{MACHINE_SET_LABEL: "hub-cnv"})
    (line,) = told_of_nic("ens999", state(*CARDS), nodes=(hypervisor,))
    assert line.startswith("hypervisor n-1 has no ens999")
    assert line.endswith("its NICs are ens192, ens224.")
    assert told_of_nic("ens224", state(*CARDS), nodes=(hypervisor,)) == []


def test_a_node_of_another_machine_set_need_not_have_the_nic() -> None:
    workers = (node(**{MACHINE_SET_LABEL: "hub-worker-0"}), {"metadata": {"name": "n-2", "labels": None}})
    assert told_of_nic("ens999", state(*CARDS), state(*CARDS, name="n-2"), nodes=workers) == []


@pytest.mark.parametrize("status", [None, {}, {"currentState": None}, {"currentState": {"interfaces": None}}])
def test_a_node_whose_network_nobody_has_reported_is_passed_over(status: facts.Object | None) -> None:
    assert told_of_nic("ens192", {"metadata": {"name": "n-1"}, "status": status}) == []


def taken() -> dict[str, Any]:
    return {
        "machine_sets": facts.by_name(facts.worker("hub-cnv")),
        "policies": {"ens224-policy": {"spec": {}}},
        "namespaces": frozenset({"blue"}),
        "attachments": {("blue", "vlan-1928"): {}},
    }


RECORDED = {
    ("MachineSet", "openshift-machine-api", "hub-cnv"),
    ("NodeNetworkConfigurationPolicy", "", "ens224-policy"),
    ("Namespace", "", "blue"),
    ("NetworkAttachmentDefinition", "blue", "vlan-1928"),
}


def test_names_that_are_free_draw_no_objection() -> None:
    assert checks.objects(facts.lab(), facts.cluster(), set()) == []


def test_every_name_that_is_taken_is_told_with_the_command_that_frees_it() -> None:
    lines = checks.objects(facts.lab(), facts.cluster(**taken()), set())
    assert [line.rpartition("(")[2] for line in lines] == [
        "oc delete machineset hub-cnv -n openshift-machine-api).",
        "oc delete nodenetworkconfigurationpolicy ens224-policy).",
        "oc delete namespace blue).",
        "oc delete networkattachmentdefinition vlan-1928 -n blue).",
    ]
    assert "existing: true" in lines[2], "a namespace may stay"
    assert "existing: true" not in lines[0] + lines[1] + lines[3]


def test_what_this_stack_made_is_not_in_its_way() -> None:
    assert checks.objects(facts.lab(), facts.cluster(**taken()), RECORDED) == []
    (line,) = checks.objects(facts.lab(), facts.cluster(**taken()), RECORDED - {("Namespace", "", "blue")})
    assert line.startswith("Namespace blue is there already")


def test_an_attachment_of_the_same_name_elsewhere_is_not_in_the_way() -> None:
    assert checks.objects(facts.lab(), facts.cluster(attachments={("red", "vlan-1928"): {}}), set()) == []


def test_a_namespace_that_is_said_to_exist_must() -> None:
    lab = facts.lab(namespaces=[{"name": "blue", "existing": True}])
    (line,) = checks.objects(lab, facts.cluster(), set())
    assert line.startswith("namespace blue is not there")
    assert checks.objects(lab, facts.cluster(namespaces=frozenset({"blue"})), set()) == []


def test_a_namespace_that_the_stack_made_is_not_deleted_for_a_word_that_asks_to_keep_it() -> None:
    lab, there = facts.lab(namespaces=[{"name": "blue", "existing": True}]), facts.cluster(**taken())
    (line,) = checks.objects(lab, there, RECORDED)
    assert "would delete it" in line
    assert "pulumi state delete" in line
    assert checks.objects(lab, there, RECORDED - {("Namespace", "", "blue")}) == [], "given away"


def rivals(selector: dict[str, str] | None, *interfaces: facts.Object, name: str = "storage") -> list[str]:
    desired = {"desiredState": {"interfaces": list(interfaces)}}
    policy = {"spec": {**({} if selector is None else {"nodeSelector": selector}), **desired}}
    labelled = node(**{MACHINE_SET_LABEL: "hub-cnv", "rack": "7"}), node("n-2", rack="8")
    there = facts.cluster(policies={name: policy}, nodes=facts.by_name(*labelled))
    recorded = {("NodeNetworkConfigurationPolicy", "", "ens224-policy")}
    return [line for line in checks.objects(facts.lab(), there, recorded) if line.startswith("policy ")]


NIC = {"name": "ens224"}


@pytest.mark.parametrize(
    "selector",
    [
        None,
        {},
        {"node-role.kubernetes.io/worker": ""},
        {"node-role.kubernetes.io/virtualization": ""},
        {MACHINE_SET_LABEL: "hub-cnv"},
        {"rack": "7"},
    ],
)
def test_a_policy_for_the_same_nic_of_the_same_nodes_is_a_rival(selector: dict[str, str] | None) -> None:
    """Also of nodes that are still to come: they will be workers, and carry our labels."""
    (line,) = rivals(selector, NIC)
    assert line.startswith("policy storage configures ens224 of these nodes too")


@pytest.mark.parametrize(
    "selector", [{"rack": "8"}, {MACHINE_SET_LABEL: "other"}, {"node-role.kubernetes.io/master": ""}]
)
def test_a_policy_for_other_nodes_is_no_rival(selector: dict[str, str]) -> None:
    assert rivals(selector, NIC) == []


@pytest.mark.parametrize(
    "interface",
    [
        {"name": "ens224"},
        {"name": "storage.5", "vlan": {"base-iface": "ens224", "id": 5}},
        {"name": "br-vm", "bridge": {"port": [{"name": "ens256"}, {"name": "ens224"}]}},
        {"name": "br-1928", "bridge": {"port": [{"name": "ens256"}]}},
    ],
)
def test_a_rival_is_who_touches_the_nic_in_any_way(interface: facts.Object) -> None:
    assert rivals({}, {"name": "ens256"}, interface)


@pytest.mark.parametrize(
    "interface",
    [
        {"name": "ens256"},
        {"name": "ens2240"},
        {"name": "ens256.5", "vlan": {"base-iface": "ens256", "id": 5}},
        {"name": "br-vm", "bridge": {"port": [{"name": "ens256"}, {}]}},
        {"name": "br-vm", "bridge": None, "vlan": None},
    ],
)
def test_who_leaves_the_nic_alone_is_no_rival(interface: facts.Object) -> None:
    assert rivals({}, interface) == []


def test_this_stacks_own_policy_is_no_rival() -> None:
    assert rivals({}, NIC, name="ens224-policy") == []


def test_this_stacks_policy_under_its_old_name_is_no_rival() -> None:
    there = facts.cluster(policies={"old": {"spec": {"desiredState": {"interfaces": [NIC]}}}})
    assert len(checks.objects(facts.lab(), there, set())) == 1
    assert checks.objects(facts.lab(), there, {("NodeNetworkConfigurationPolicy", "", "old")}) == []


@pytest.mark.parametrize(
    ("bridging", "network", "words"),
    [
        ("ovn-localnet", "OVNKubernetes", ""),
        ("ovn-localnet", "Calico", "the cluster's network is Calico, and only OVNKubernetes can"),
        ("ovn-localnet", "", "the cluster's network is not told"),
        ("vlan-aware", "Calico", ""),
        ("per-vlan", "", ""),
    ],
)
def test_localnet_bridges_are_refused_where_nobody_knows_them(bridging: str, network: str, words: str) -> None:
    lab = facts.lab(nodeNetwork={"bridging": bridging})
    told = " ".join(checks.bridging(lab, facts.cluster(network_type=network)))
    assert words in told
    assert bool(told) == bool(words)


CUDN, NAD = "ClusterUserDefinedNetwork", "NetworkAttachmentDefinition"
BY_A_NETWORK = {"metadata": {"ownerReferences": [{"kind": CUDN, "name": "vlan-1928"}]}}


@pytest.mark.parametrize(
    ("attachments", "there", "recorded", "words"),
    [
        ("cudn", BY_A_NETWORK, {(CUDN, "", "vlan-1928")}, ""),
        ("cudn", BY_A_NETWORK, set(), "not by this stack: OVN-Kubernetes would not make its own"),
        ("cudn", {}, set(), "not by this stack: OVN-Kubernetes would not make its own"),
        ("cudn", {}, {(NAD, "blue", "vlan-1928")}, "cannot change its maker"),
        ("nad", {}, {(NAD, "blue", "vlan-1928")}, ""),
        ("nad", {}, set(), "is there already, and not by this stack. Take the namespace out"),
        ("nad", BY_A_NETWORK, {(CUDN, "", "vlan-1928")}, "cannot change its maker"),
        ("nad", BY_A_NETWORK, set(), "is there already, and not by this stack. Take the namespace out"),
    ],
)
def test_an_attachment_does_not_change_its_maker(attachments: str, there: Any, recorded: Any, words: str) -> None:
    lab = facts.lab(nodeNetwork={"bridging": "ovn-localnet", "attachments": attachments})
    live = facts.cluster(attachments={("blue", "vlan-1928"): there})
    told = [line for line in checks.objects(lab, live, recorded) if line.startswith(NAD)]
    assert [words in line for line in told] == [True] * bool(words)


def test_a_network_of_the_same_name_that_is_not_ours_is_told() -> None:
    lab = facts.lab(nodeNetwork={"bridging": "ovn-localnet", "attachments": "cudn"})
    live = facts.cluster(cluster_networks={"vlan-1928": {}})
    (line,) = checks.objects(lab, live, set())
    assert line.startswith("ClusterUserDefinedNetwork vlan-1928 is there already, and not by this stack")
