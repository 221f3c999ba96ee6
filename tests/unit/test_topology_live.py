"""The topology beside what is there: the trunk in vCenter, and what each node has on its NIC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.vcenter.distributed import Group, Settings, Switch
from lab.topology import Part, State
from lab.topology.live.nodes import Nodes
from lab.trunk import SECURITY
from tests.unit import facts, standing
from tests.unit.standing import VLANS, gone, lab_of, looked, others, states, told

Object = dict[str, Any]


def _host(number: int, **changes: Any) -> tuple[Any, ...]:
    hosts = [standing.host(name) for name in standing.HOSTS]
    hosts[number] = standing.host(standing.HOSTS[number], **changes)
    return tuple(hosts)


@pytest.mark.parametrize(
    ("hosts", "line"),
    [
        ((facts.host("goat-1"), facts.host("goat-2")), "missing port group Trunk: missing on goat-1, goat-2"),
        ((standing.host("goat-1"), facts.host("goat-2")), "differs port group Trunk: missing on goat-2"),
        (_host(0, vlan=10), "differs port group Trunk: VLAN is 10, not 4095 (all) on goat-1"),
        (_host(1, switch="vSwitch1"), "differs port group Trunk: is of vSwitch1, not vSwitch0 on goat-2"),
        (_host(0, promiscuous=False), "differs port group Trunk: not promiscuous on goat-1"),
        (_host(0, forged_transmits=False), "differs port group Trunk: rejects forged transmits on goat-1"),
    ],
)
def test_a_standard_trunk_is_looked_for_on_every_host(hosts: tuple[Any, ...], line: str) -> None:
    lab = lab_of()
    assert told(looked(lab, standing.inventory(lab, hosts=hosts))) == [line]


MAC_LEARNING = SECURITY["macLearning"]


@pytest.mark.parametrize(
    ("ranges", "changes", "hosts", "line"),
    [
        (((1925, 1925), (1928, 1928)), {}, standing.HOSTS, None),
        (((1925, 1925),), {}, standing.HOSTS, "differs port group Trunk: does not carry VLAN 1928"),
        (
            ((1, 4094),),
            {},
            standing.HOSTS,
            "differs port group Trunk: carries VLAN 1-1924, 1926-1927, 1929-4094 as well",
        ),
        (None, {}, standing.HOSTS, "differs port group Trunk: is no trunk: it carries one VLAN, and takes the tag off"),
        (
            ((1925, 1925), (1928, 1928)),
            {"mac_learning": False},
            standing.HOSTS,
            "differs port group Trunk: does not learn MAC addresses",
        ),
        (
            ((1925, 1925), (1928, 1928)),
            {"forged_transmits": False},
            standing.HOSTS,
            "differs port group Trunk: rejects forged transmits",
        ),
        (
            ((1925, 1925), (1928, 1928)),
            {},
            ("goat-1",),
            "differs port group Trunk: goat-2 not on distributed switch DSwitch",
        ),
    ],
)
def test_a_distributed_trunk_is_compared_range_by_range(
    ranges: Any, changes: Object, hosts: tuple[str, ...], line: str | None
) -> None:
    lab = lab_of(trunk={"switch": {"kind": "distributed", "name": "DSwitch"}})
    members = frozenset(f"moid-{name}" for name in hosts)
    switch = Switch(name="DSwitch", moid="dvs-1", uuid="u", version=(8, 0), hosts=members)
    settings = Settings(ranges=ranges, security=replace(MAC_LEARNING, **changes))
    group = Group(name="Trunk", moid="dvportgroup-1", switch="dvs-1", settings=settings, is_nsx=False)
    there = standing.inventory(lab, switches=(switch,), trunks=(group,))
    assert told(looked(lab, there)) == ([] if line is None else [line])
    gone = standing.inventory(lab, switches=(replace(switch, hosts=frozenset({"moid-goat-1", "moid-goat-2"})),))
    assert told(looked(lab, gone)) == ["missing port group Trunk: missing on distributed switch DSwitch"]


@pytest.mark.parametrize(
    ("bridging", "spoilt", "lines"),
    [
        ("per-vlan", gone("br-1928"), ["differs bridge br-1928: missing on node-2"]),
        (
            "per-vlan",
            gone("br-1928", "ens224.1928"),
            ["differs VLAN interface ens224.1928: missing on node-2", "differs bridge br-1928: missing on node-2"],
        ),
        (
            "per-vlan",
            {"interfaces": [{"name": "ens224.1928", "type": "vlan", "state": "up", "vlan": {"id": 9}}]},
            ["differs VLAN interface ens224.1928: tags VLAN 9, not 1928 on node-2"],
        ),
        ("vlan-aware", gone("br-trunk"), ["differs bridge br-trunk: missing on node-2"]),
        ("ovn-localnet", gone("br-vmdata"), ["differs bridge br-vmdata: missing on node-2"]),
        (
            "ovn-localnet",
            {"ovn": {"bridge-mappings": [{"localnet": "physnet-vmdata", "state": "absent"}]}},
            ["differs bridge mapping physnet-vmdata: missing on node-2"],
        ),
        (
            "ovn-localnet",
            {"ovn": {"bridge-mappings": [{"localnet": "physnet-vmdata", "bridge": "br-ex", "state": "present"}]}},
            ["differs bridge mapping physnet-vmdata: leads to br-ex on node-2"],
        ),
    ],
)
def test_each_node_is_asked_for_each_interface(bridging: str, spoilt: Object, lines: list[str]) -> None:
    lab = lab_of(bridging)
    assert told(looked(lab, network_states=states(lab, spoilt))) == lines


def test_an_interface_that_no_node_has_is_missing() -> None:
    lab = lab_of()
    bare = facts.by_name(*map(standing.network_state, standing.NODES))
    found = looked(lab, network_states=bare)
    assert "missing bridge br-1928: missing on node-1, node-2" in told(found)
    assert not [line for line in told(found) if "NIC" in line], "the NIC itself is there"


def test_a_vlan_that_the_filtering_bridge_does_not_let_through_is_missing() -> None:
    lab = lab_of("vlan-aware")
    port = {"name": "ens224", "vlan": {"mode": "trunk", "trunk-tags": [{"id": 1925}]}}
    spoilt = {"interfaces": [{"name": "br-trunk", "type": "linux-bridge", "state": "up", "bridge": {"port": [port]}}]}
    found = looked(lab, network_states=states(lab, spoilt))
    assert told(found) == ["differs VLAN 1928: missing on node-2"]


def test_a_size_and_a_state_that_differ_are_told() -> None:
    lab = lab_of(nodeNetwork={"mtu": 9000})
    spoilt = {"interfaces": [{"name": "br-1925", "type": "linux-bridge", "state": "up", "mtu": 1500}]}
    there = states(lab, spoilt)
    for item in there["node-1"]["status"]["currentState"]["interfaces"]:
        if item["name"] == "br-1925":
            item["state"] = "down"
    assert told(looked(lab, network_states=there)) == [
        "differs bridge br-1925: is down on node-1; MTU is 1500, not 9000 on node-2"
    ]


def _bridge_by_hand(name: str, port: str) -> Object:
    return {"name": name, "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": port}]}}


def test_a_bridge_by_hand_on_the_nic_is_a_way_of_its_own_and_foreign() -> None:
    lab = lab_of()
    tagged = {"name": "ens224.7", "type": "vlan", "state": "up", "vlan": {"base-iface": "ens224", "id": 7}}
    spoilt = {"interfaces": [tagged, _bridge_by_hand("br-7", "ens224.7")]}
    found = looked(lab, network_states=states(lab, spoilt))
    (way,) = others(found)
    assert (way.vlans, way.state, [part.name for part in way.parts]) == ((7,), State.FOREIGN, ["ens224.7", "br-7"])
    assert way.parts[1].notes == ("on node-2, by neither the stack file nor policy ens224-policy",)
    assert found.vlans == (1925, 1928), "it is none of the lab's"


def test_a_bridge_by_hand_on_a_vlan_interface_of_ours_shows_ours_as_it_is() -> None:
    lab = lab_of()
    found = looked(lab, network_states=states(lab, {"interfaces": [_bridge_by_hand("br-mine", "ens224.1928")]}))
    (way,) = others(found)
    assert [(part.name, part.state) for part in way.parts] == [
        ("ens224.1928", State.AS_WANTED),
        ("br-mine", State.FOREIGN),
    ]
    assert way.parts[0] in found.ways[1].parts, "drawn once"
    assert "differs bridge br-1928: has no port ens224.1928 on node-2" in told(found)


@pytest.mark.parametrize(("still", "lines"), [(False, 0), (True, 2)])
def test_a_retired_vlan_comes_from_the_policys_ledger_and_is_told_while_it_is_still_there(
    *, still: bool, lines: int
) -> None:
    lab = lab_of()
    before = lab_of(vlans=[*VLANS, {"id": 1930, "name": "old"}])
    there = states(before if still else lab)
    found = looked(lab, network_states=there, policies=facts.by_name(standing.policy(lab, ["br-1930"])))
    (retired,) = [way for way in found.ways if way.is_retired]
    assert [part.name for part in retired.parts] == ["ens224.1930", "br-1930"]
    assert len(told(found)) == lines
    if still:
        assert told(found)[1] == "extra bridge br-1930: still on node-1, node-2"


def test_a_nic_that_a_node_does_not_have_is_told() -> None:
    lab = lab_of()
    bare = standing.network_state("node-2")
    cards = bare["status"]["currentState"]["interfaces"]
    bare["status"]["currentState"]["interfaces"] = [item for item in cards if item["name"] != "ens224"]
    there = {**states(lab), "node-2": bare}
    assert "differs NIC ens224: missing on node-2" in told(looked(lab, network_states=there))


def test_what_ways_share_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On each node, for each of 4,000 VLANs, it would take minutes."""
    asked: list[str] = []
    look = Nodes.look

    def counted(nodes: Nodes, part: Part) -> Part:
        asked.append(part.name)
        return look(nodes, part)

    monkeypatch.setattr(Nodes, "look", counted)
    looked(lab_of("vlan-aware"))
    assert asked.count("br-trunk") == asked.count("blue") == 1
