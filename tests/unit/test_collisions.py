"""What two labs would take from each other, by their stack files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab import offline, settings
from lab.collisions import collisions
from tests.unit import facts

if TYPE_CHECKING:
    from lab.plan import Lab

A, B = "Pulumi.a.yaml", "Pulumi.b.yaml"
# Names of its own for all that has one.
OWN: dict[str, Any] = {
    "trunk": {"portGroup": "Trunk-b"},
    "template": {"source": "rhcos", "name": "rhcos-b"},
    "hypervisors": {"name": "hub-b", "cpus": 6, "memoryMiB": 16384, "diskGiB": 120},
    "nodeNetwork": {"name": "b", "bridging": "per-vlan"},
    "namespaces": [{"name": "red"}],
    "vlans": [{"id": 1928, "name": "pxe", "namespaces": ["red"]}],
}


def lab(stack: str, raw: dict[str, Any], *servers: str) -> Lab:
    found = settings.parse(raw, where=f"Pulumi.{stack}.yaml")
    return offline.complete(found, stack=f"cnv-lab.{stack}", where=f"Pulumi.{stack}.yaml", servers=servers)


def changed(raw: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Keys of a section, or the whole of a list; None takes a section out."""
    found = dict(raw)
    for key, value in changes.items():
        found[key] = {**found.get(key, {}), **value} if isinstance(value, dict) else value
    return {key: value for key, value in found.items() if value is not None}


def told(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """What a lab with these changes of the small one, and one with these changes of OWN, have in common."""
    first = lab("a", changed(facts.SECTIONS, a))
    second = lab("b", changed({**facts.SECTIONS, **OWN}, b))
    return [str(item) for item in collisions({A: first, B: second})]


def test_labs_with_names_of_their_own_do_not_collide() -> None:
    assert told({}, {}) == []


LOCALNET = {"bridging": "ovn-localnet"}
CUDN = {**LOCALNET, "attachments": "cudn"}
SHARED = {"sharedAttachments": True}
VM = {"vlan": 1928, "namespace": "red", "name": "vm"}
THERE = [{"name": "red", "existing": True}]
SHEEP = {"cluster": "Sheep", "resourcePool": "/Garden/host/Sheep/Resources"}
DISTRIBUTED = {"switch": {"kind": "distributed", "name": "dvs"}}


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        ({}, {"trunk": {"portGroup": "Trunk"}}, "port group Trunk on the hosts of Goat in vcenter.lab"),
        (
            {"trunk": DISTRIBUTED},
            {"trunk": {"portGroup": "Trunk"}},
            "port group Trunk on the hosts of Goat in vcenter.lab",
        ),
        (
            {"trunk": DISTRIBUTED},
            {"trunk": {"portGroup": "Trunk", **DISTRIBUTED}},
            "port group Trunk on the hosts of Goat in vcenter.lab",
        ),
        (
            {"trunk": DISTRIBUTED},
            {"trunk": {"portGroup": "Trunk", **DISTRIBUTED}, "vcenter": SHEEP},
            "port group Trunk on switch dvs in vcenter.lab",
        ),
        ({}, {"template": {"name": "rhcos-cnv"}}, f"template rhcos-cnv in {facts.FOLDER} of vcenter.lab"),
        ({}, {"hypervisors": {"name": "hub-cnv"}}, "MachineSet hub-cnv in cluster hub"),
        ({}, {"nodeNetwork": {"name": "ens224-policy"}}, "NodeNetworkConfigurationPolicy ens224-policy in cluster hub"),
        ({"namespaces": [{"name": "blue"}, {"name": "red"}]}, {}, "Namespace red in cluster hub"),
        (
            {"namespaces": THERE, "vlans": [{"id": 1928, "name": "pxe", "namespaces": ["red"]}]},
            {},
            "NetworkAttachmentDefinition red/vlan-1928 in cluster hub",
        ),
        (
            {"nodeNetwork": SHARED},
            {"nodeNetwork": SHARED},
            "NetworkAttachmentDefinition default/vlan-1928 in cluster hub",
        ),
        ({"nodeNetwork": CUDN}, {"nodeNetwork": CUDN}, "ClusterUserDefinedNetwork vlan-1928 in cluster hub"),
        ({"operators": {"mode": "manage"}}, {"operators": {"mode": "manage"}}, "operators in cluster hub"),
    ],
)
def test_each_name_that_there_is_one_of_is_told_with_both_who_want_it(
    a: dict[str, Any], b: dict[str, Any], what: str
) -> None:
    (line,) = told(a, b)
    assert line.startswith(f"{what}: wanted by {A} and {B}. ")


def test_an_example_vm_of_one_name_in_one_namespace() -> None:
    there = {"namespaces": THERE, "vlans": OWN["vlans"], "exampleVm": VM}
    lines = told(there, {"exampleVm": VM})
    assert [line.partition(":")[0] for line in lines] == [
        "VirtualMachine red/vm in cluster hub",
        "NetworkAttachmentDefinition red/vlan-1928 in cluster hub",
    ]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({}, {"trunk": {"portGroup": "Trunk", "ownership": "existing"}}),
        (
            {},
            {"trunk": {"portGroup": "Trunk"}, "vcenter": SHEEP},
        ),
        ({}, {"trunk": {"portGroup": "Trunk"}, "vcenter": {"server": "vcenter.elsewhere"}}),
        ({}, {"template": {"name": "rhcos-cnv"}, "vcenter": {"folder": "/Garden/vm/b"}}),
        ({}, {"hypervisors": {"name": "hub-cnv"}, "cluster": {"infraId": "spoke"}}),
        ({"namespaces": [{"name": "blue"}, *THERE]}, {}),
        ({"operators": {"mode": "manage"}}, {"operators": {"mode": "expect"}}),
        ({"nodeNetwork": LOCALNET}, {"nodeNetwork": LOCALNET}),
    ],
)
def test_what_is_shared_or_stands_elsewhere_is_no_collision(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert told(a, b) == []


def on(labels: dict[str, str], *, bridging: str = "vlan-aware", nic: str = "ens224", **more: Any) -> Lab:
    raw = {
        "cluster": facts.SECTIONS["cluster"],
        "hypervisors": {"existing": {"nodeSelector": labels}},
        "nodeNetwork": {"name": f"policy-{len(labels)}-{nic}", "nic": nic, "bridging": bridging},
        "vlans": [{"id": 1928, "name": "pxe"}],
        **more,
    }
    return lab("b", raw)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ({"rack": "1"}, {"rack": "1", "row": "2"}, ["bridge br-trunk", "NIC ens224"]),
        ({"rack": "1", "row": "2"}, {"rack": "1"}, ["bridge br-trunk", "NIC ens224"]),
        ({"rack": "1"}, {"rack": "2"}, []),
        # That some node has both nobody can see here; preflight looks at the nodes.
        ({"rack": "1"}, {"row": "2"}, []),
    ],
)
def test_nodes_that_two_labs_select_are_told_with_what_both_configure_there(
    first: dict[str, str], second: dict[str, str], what: list[str]
) -> None:
    one, other = on(first), on(second, nodeNetwork={"name": "other", "bridging": "vlan-aware"})
    lines = [str(item) for item in collisions({A: one, B: other})]
    assert lines == [
        f"{item} on nodes of both in cluster hub: wanted by {A} and {B}. Write labels that no node of the other has as "
        "cnv-lab:hypervisors.existing.nodeSelector."
        for item in what
    ]
    elsewhere = on(second, cluster={"infraId": "spoke", "openshift": "4.20"})
    assert collisions({A: one, B: elsewhere}) == [], "another cluster's nodes"


def test_existing_nodes_may_be_those_that_another_lab_makes() -> None:
    makes = lab("a", {**facts.SECTIONS, "nodeNetwork": {"bridging": "vlan-aware"}})
    for labels, meets in (
        ({"node-role.kubernetes.io/virtualization": ""}, True),
        ({"machine.openshift.io/cluster-api-machineset": "hub-cnv"}, True),
        ({"machine.openshift.io/cluster-api-machineset": "hub-other"}, False),
        ({"rack": "1"}, False),
    ):
        found = collisions({A: makes, B: on(labels, bridging="vlan-aware")})
        assert [item.what for item in found] == (["bridge br-trunk", "NIC ens224"] if meets else [])


def test_another_nic_of_the_same_nodes_is_free_but_a_bridges_name_is_not() -> None:
    nodes = {"rack": "1"}
    found = collisions({A: on(nodes, bridging="per-vlan"), B: on(nodes, bridging="vlan-aware", nic="ens256")})
    assert found == []
    found = collisions({A: on(nodes, bridging="ovn-localnet"), B: on(nodes, bridging="ovn-localnet", nic="ens256")})
    assert [item.what for item in found] == ["bridge br-vmdata", "OVN's bridge mapping physnet-vmdata"]


BARE: dict[str, Any] = {"cluster": {"infraId": "hub"}, "vlans": [{"id": 1, "name": "a"}]}


def test_what_is_left_to_the_worker_is_the_same_for_labs_of_one_cluster_only() -> None:
    kinds = [item.what.partition(" ")[0] for item in collisions({A: lab("a", BARE), B: lab("b", BARE)})]
    assert kinds == ["port", "template", "MachineSet", "NodeNetworkConfigurationPolicy"]
    spoke = {**BARE, "cluster": {"infraId": "spoke"}}
    assert collisions({A: lab("a", BARE), B: lab("b", spoke)}) == []


def test_a_lab_that_leaves_its_vcenter_out_is_in_that_of_its_clusters_other_labs() -> None:
    found = collisions({A: lab("a", facts.SECTIONS), B: lab("b", BARE, "vcenter.lab")})
    assert {item.what for item in found} == {"MachineSet hub-cnv", "NodeNetworkConfigurationPolicy ens224-policy"}
    assert collisions({A: lab("a", facts.SECTIONS), B: lab("b", BARE, "vcenter.lab", "another")}) == []


def test_one_of_existing_nodes_is_in_it_as_well() -> None:
    other = on({"rack": "1"}, namespaces=[{"name": "blue"}])
    assert [item.what for item in collisions({A: lab("a", facts.SECTIONS), B: other})] == ["Namespace blue"]


def test_three_are_told_in_one_line() -> None:
    found = collisions({name: lab("a", BARE) for name in ("x", "y", "z")})
    assert str(found[0]).partition(":")[2].startswith(" wanted by x, y and z. Write another cnv-lab:trunk.portGroup")
    assert len(found) == 4


def test_one_network_of_ovn_has_one_mtu() -> None:
    """Its name is the VLAN's, in whatever namespace."""
    large = {"nodeNetwork": {**LOCALNET, "mtu": 9000}}
    (line,) = told({"nodeNetwork": LOCALNET}, large)
    assert line == (
        f"network vlan-1928 (mtu 1500 and 9000) in cluster hub: wanted by {A} and {B}. Write the same "
        "cnv-lab:nodeNetwork.mtu in both."
    )
    assert told({"nodeNetwork": LOCALNET}, {**large, "cluster": {"infraId": "spoke"}}) == []
    assert told({}, {"nodeNetwork": {"mtu": 9000}}) == [], "a bridge's attachments are each their own"
