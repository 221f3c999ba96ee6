"""What leads where, in each bridge design: the cases that pictures are drawn from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lab.manifests import bridging
from lab.topology import DRAWABLE, Kind, Part, Topology, bundled, topology
from tests.unit import facts, test_existing_nodes

if TYPE_CHECKING:
    from collections.abc import Collection

VLANS = [{"id": 1925, "name": "proxy"}, {"id": 1928, "name": "pxe", "namespaces": ["blue", "green"]}]
NAMESPACES = [{"name": "blue"}, {"name": "green", "existing": True}]


def drawn(design: str = "per-vlan", ledger: tuple[str, ...] = (), **changes: Any) -> Topology:
    """The small lab with two VLANs, of which one is used in two namespaces."""
    network = {"bridging": design, **changes.pop("nodeNetwork", {})}
    sections = {"vlans": VLANS, "namespaces": NAMESPACES, **changes}
    return topology(facts.lab(nodeNetwork=network, **sections), ledger)


def ways(found: Topology) -> list[list[str]]:
    return [[part.name for part in way.parts] for way in found.ways]


def part(found: Topology, kind: Kind) -> tuple[str, tuple[str, ...]]:
    (one,) = (item for item in found.parts if item.kind is kind)
    return one.name, one.details


@pytest.mark.parametrize(
    ("design", "unused", "used"),
    [
        ("per-vlan", ["ens224.1925", "br-1925"], ["ens224.1928", "br-1928", "vlan-1928"]),
        ("vlan-aware", ["br-trunk", "1925"], ["br-trunk", "1928", "vlan-1928"]),
        ("ovn-localnet", ["br-vmdata", "physnet-vmdata", "1925"], ["br-vmdata", "physnet-vmdata", "1928", "vlan-1928"]),
    ],
)
def test_each_design_has_its_own_way_from_the_nic_to_the_attachment(
    design: str, unused: list[str], used: list[str]
) -> None:
    found = drawn(design)
    assert ways(found) == [unused, used]
    assert [item.kind for item in found.trunk] == [Kind.PHYSICAL_TRUNK, Kind.PORT_GROUP, Kind.NIC]
    assert [item.name for item in found.ways[1].namespaces] == ["blue", "green"]
    assert found.ways[0].namespaces == ()


def test_what_ways_share_is_one_part_with_one_link_to_it() -> None:
    found = drawn("vlan-aware")
    links = [(first.name, second.name) for first, second in found.links]
    assert links == [
        ("physical switch", "Trunk"),
        ("Trunk", "ens224"),
        ("ens224", "br-trunk"),
        ("br-trunk", "1925"),
        ("br-trunk", "1928"),
        ("1928", "vlan-1928"),
        ("vlan-1928", "blue"),
        ("vlan-1928", "green"),
    ]


def test_every_part_tells_what_a_person_wants_to_know_of_it() -> None:
    found = drawn()
    assert part(found, Kind.PHYSICAL_TRUNK) == ("physical switch", ("VLANs 1925, 1928, tagged",))
    assert part(found, Kind.PORT_GROUP) == ("Trunk", ("vSwitch0 on every host", "all VLANs (4095)", "promiscuous"))
    assert part(found, Kind.NIC) == ("ens224", ("of 1 hypervisor", "MachineSet hub-cnv"))
    assert [item.details for item in found.namespaces] == [(), ("existing",)]


def test_a_distributed_port_group_tells_its_switch_and_just_the_vlans_that_it_carries() -> None:
    switch = {"kind": "distributed", "name": "DSwitch"}
    found = drawn(trunk={"switch": switch})
    assert part(found, Kind.PORT_GROUP)[1] == ("distributed switch DSwitch", "VLANs 1925, 1928", "macLearning")
    existing = drawn(trunk={"switch": switch, "vlans": "all", "ownership": "existing"})
    assert part(existing, Kind.PORT_GROUP)[1] == ("distributed switch DSwitch", "VLANs 1-4094", "existing")


def test_nodes_that_exist_have_no_port_group_of_ours_before_them() -> None:
    found = topology(test_existing_nodes.lab())
    assert [item.kind for item in found.trunk] == [Kind.PHYSICAL_TRUNK, Kind.NIC]
    assert part(found, Kind.NIC) == ("ens224", ("of the nodes example.com/hypervisor",))


def test_a_shared_attachment_stands_in_default_and_a_cudn_is_told_as_such() -> None:
    shared = drawn("vlan-aware", nodeNetwork={"sharedAttachments": True})
    assert part(shared, Kind.NAD) == ("default/vlan-1928", ())
    assert part(drawn("ovn-localnet", nodeNetwork={"attachments": "cudn"}), Kind.CUDN) == ("vlan-1928", ())


def test_a_guest_trunk_is_a_way_of_its_own_with_its_tags() -> None:
    trunk = {"kind": "trunk", "name": "fw", "namespaces": ["blue"]}
    found = drawn("vlan-aware", vlans=[*VLANS, trunk])
    assert ways(found)[-1] == ["br-trunk", "trunk-fw"]
    assert found.ways[-1].parts[-1].details == ("VLANs 1925, 1928, tagged",)
    assert (found.ways[-1].vlans, found.ways[-1].told) == ((1925, 1928), "1925, 1928")


@pytest.mark.parametrize(
    ("ledger", "retired"),
    [
        ((), []),
        (("br-1925", "br-1928"), []),
        (("br-1928", "br-1930"), [("1930", ["ens224.1930", "br-1930"])]),
        (("br-trunk", "br-vmdata"), [("", ["br-trunk"]), ("", ["br-vmdata", "physnet-vmdata"])]),
        (("eth0",), []),
    ],
)
def test_what_the_ledger_has_and_the_lab_does_not_want_is_retired(
    ledger: tuple[str, ...], retired: list[tuple[str, list[str]]]
) -> None:
    found = drawn(ledger=ledger)
    gone = [way for way in found.ways if way.is_retired]
    assert [(way.told, [item.name for item in way.parts]) for way in gone] == retired
    assert all(item.is_retired for way in gone for item in way.parts)
    assert not any(item.is_retired for way in found.ways if not way.is_retired for item in way.parts)
    assert found.vlans == (1925, 1928)


def many(namespaces: int, vlans: int = 400) -> Topology:
    """VLANs from 1 on in this many namespaces, by turns."""
    listed = [f"ns{number}" for number in range(namespaces)]
    return drawn(
        "vlan-aware",
        vlans=[
            {"id": number + 1, "name": f"v{number}", "namespaces": [listed[number % namespaces]]}
            for number in range(vlans)
        ],
        namespaces=[{"name": name} for name in listed],
    )


def test_a_small_lab_is_drawn_as_it_is() -> None:
    assert bundled(drawn()) == drawn()


def test_vlans_that_lead_to_the_same_namespaces_are_drawn_as_one() -> None:
    found = bundled(many(namespaces=2))
    assert ways(found) == [["br-trunk", "1 … 399", "vlan-1 … vlan-399"], ["br-trunk", "2 … 400", "vlan-2 … vlan-400"]]
    assert [item.details for item in found.ways[0].parts] == [("filters VLANs",), ("200 of them",), ("200 of them",)]
    assert [item.name for item in found.namespaces] == ["ns0", "ns1"]
    assert [way.name for way in found.ways] == ["200 VLANs", "200 VLANs"]
    assert found.vlans == tuple(range(1, 401))


def test_where_that_is_too_much_still_namespaces_are_counted() -> None:
    found = bundled(many(namespaces=90))
    assert [item.name for item in found.namespaces] == ["90 namespaces"]
    assert len(found.links) <= DRAWABLE


class Further:
    """A bridge design that nobody knows yet, as a module of lab/manifests/bridging would be."""

    @staticmethod
    def bridges(vlans: Collection[int]) -> list[str]:
        return [f"further{vlan}" for vlan in vlans]

    @staticmethod
    def bridge(vlan: int) -> str:
        return f"further{vlan}"

    @staticmethod
    def owns(name: str) -> bool:
        return name.startswith("further")

    @staticmethod
    def vlan_of(name: str) -> int:
        return int(name.removeprefix("further"))

    @staticmethod
    def way(nic: str, name: str) -> tuple[Part, ...]:
        return Part(kind=Kind.MAPPING, name=f"{nic}-switch"), Part(kind=Kind.BRIDGE, name=name)


def test_a_further_design_is_drawn_by_its_own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """In use and retired; no other file knows what it puts on a node."""
    monkeypatch.setitem(bridging.DESIGNS, "further", Further)
    lab = facts.lab(vlans=[{"id": 5, "name": "v"}])
    assert ways(topology(replace(lab, bridging="further"))) == [["ens224-switch", "further5"]]
    retired = topology(lab, {"further6"}).ways[-1]
    assert (retired.vlans, [part.name for part in retired.parts]) == ((6,), ["ens224-switch", "further6"])
