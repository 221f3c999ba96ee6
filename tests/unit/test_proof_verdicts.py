"""Which layer a proof names, for each at which frames can be lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lab.parts import Kind
from lab.proof import trail, verdicts
from lab.proof.path import Trunk
from lab.proof.reports import Link, Sighting
from lab.topology.live import DistributedPortGroup, InVCenter, StandardPortGroup
from lab.trunk import SECURITY
from tests.unit.proofs import BACK, DESIGNS, NODES, THERE, VLAN, World, cards, links, way

if TYPE_CHECKING:
    from lab.proof.path import VlanPath
    from lab.proof.reports import Heard
    from lab.proof.verdicts import Drop

PER_VLAN = way()
STANDARD = StandardPortGroup(switch="vSwitch0", vlan=4095, promiscuous=True, forged_transmits=True)


def standing(of: VlanPath, **changed: Link) -> Drop | None:
    there = {**links(of), **{name.replace("__", "."): link for name, link in changed.items()}}
    return verdicts.standing(of, NODES[0], cards(of, 0, links=there), "ens224-policy")


@pytest.mark.parametrize("bridging", DESIGNS)
def test_a_node_that_has_all_of_a_vlans_way_lacks_nothing(bridging: str) -> None:
    assert standing(way(bridging)) is None


@pytest.mark.parametrize(
    ("link", "layer", "name", "words"),
    [
        ({"ens224": Link("missing", "")}, Kind.NIC, "ens224", "there is no NIC ens224"),
        ({"ens224": Link("no-carrier", "")}, Kind.NIC, "ens224", "has no carrier"),
        ({"ens224": Link("off", "")}, Kind.NIC, "ens224", "NIC ens224 is down"),
        ({"ens224__1928": Link("missing", "")}, Kind.VLAN_INTERFACE, "ens224.1928", "no VLAN interface ens224.1928"),
        ({"ens224__1928": Link("off", "br-1928")}, Kind.VLAN_INTERFACE, "ens224.1928", "is down"),
        ({"br-1928": Link("missing", ""), "ens224__1928": Link("up", "")}, Kind.BRIDGE, "br-1928", "no bridge br-1928"),
        ({"br-1928": Link("off", "")}, Kind.BRIDGE, "br-1928", "bridge br-1928 is down"),
        ({"ens224__1928": Link("up", "")}, Kind.BRIDGE, "br-1928", "is no port of bridge br-1928"),
        ({"ens224__1928": Link("up", "br-7")}, Kind.BRIDGE, "br-1928", "is no port of bridge br-1928, but of br-7"),
    ],
)
def test_what_a_node_lacks_is_named_from_the_card_on(link: dict[str, Link], layer: Kind, name: str, words: str) -> None:
    drop = standing(PER_VLAN, **link)
    assert drop
    assert (drop.layer, drop.name, drop.node) == (layer, name, NODES[0])
    assert words in drop.told
    assert drop.remedy


def test_with_the_card_all_that_stands_on_it_is_gone_and_the_card_is_named() -> None:
    gone = Link("missing", "")
    drop = standing(PER_VLAN, ens224=gone, ens224__1928=gone, **{"br-1928": gone})
    assert drop
    assert drop.layer is Kind.NIC


def test_a_vlan_aware_bridge_without_the_card_is_named() -> None:
    drop = standing(way("vlan-aware"), ens224=Link("up", ""))
    assert drop
    assert (drop.layer, drop.name) == (Kind.BRIDGE, "br-trunk")


def test_open_vswitchs_own_interface_of_a_bridge_may_be_down() -> None:
    assert standing(way("ovn-localnet"), **{"br-vmdata": Link("off", "")}) is None


def wire(trunk: Trunk, **changed: Any) -> Drop | None:
    """From A to B, with what B has seen changed."""
    reports = [cards(PER_VLAN, 0, trouble=changed.pop("trouble", "")), cards(PER_VLAN, 1, **changed)]
    return verdicts.wire(PER_VLAN, THERE, reports, trunk)


def standard(**hosts: StandardPortGroup | None) -> Trunk:
    found = InVCenter(hosts={name.replace("_", "-"): group for name, group in hosts.items()})
    return Trunk(port_group="Trunk", hosts=("goat-1", "goat-2"), found=found)


def distributed(*carried: tuple[int, int]) -> Trunk:
    group = DistributedPortGroup(ranges=carried or None, security=SECURITY["macLearning"])
    found = InVCenter(hosts={"goat-1": None, "goat-2": None}, distributed=group)
    return Trunk(port_group="Trunk", hosts=("goat-1", "goat-2"), found=found)


def test_cards_that_hear_each_other_have_a_wire() -> None:
    assert wire(Trunk(port_group="Trunk")) is None


@pytest.mark.parametrize(
    ("trunk", "layer", "words"),
    [
        (standard(goat_1=STANDARD, goat_2=replace(STANDARD, vlan=7)), Kind.PORT_GROUP, "has VLAN 7 on host goat-2"),
        (standard(goat_1=STANDARD, goat_2=None), Kind.PORT_GROUP, "is not on host goat-2"),
        (standard(goat_1=STANDARD, goat_2=STANDARD, goat_3=None), Kind.PHYSICAL_TRUNK, "goat-1 and goat-2"),
        (distributed((1925, 1927)), Kind.PORT_GROUP, "carries VLAN 1925-1927"),
        (distributed(), Kind.PORT_GROUP, "is no trunk"),
        (distributed((1, 4094)), Kind.PHYSICAL_TRUNK, "port group Trunk carries it"),
        (Trunk(port_group="Trunk"), Kind.PHYSICAL_TRUNK, "or the port group, which nobody could look at"),
        (replace(distributed((1, 4094)), hosts=("goat-1", "goat-1")), Kind.PORT_GROUP, "both on ESXi host goat-1"),
    ],
)
def test_what_the_wire_drops_is_the_port_groups_or_the_physical_trunks_by_vcenter(
    trunk: Trunk, layer: Kind, words: str
) -> None:
    drop = wire(trunk, seen={})
    assert drop
    assert (drop.layer, drop.node) == (layer, "")
    assert words in drop.told
    assert "tag 1928" in drop.told


def test_a_card_to_which_the_kernel_says_no_is_the_one_that_drops() -> None:
    drop = wire(Trunk(port_group="Trunk"), trouble="Network is down", seen={})
    assert drop
    assert (drop.layer, drop.node) == (Kind.NIC, NODES[0])
    assert "Network is down" in drop.told


def test_a_trunk_that_changes_the_tag_is_named() -> None:
    drop = wire(Trunk(port_group="Trunk"), seen={VLAN: {Sighting("n0", "nic", "<", "")}})
    assert drop
    assert drop.layer is Kind.PHYSICAL_TRUNK
    assert "with no tag" in drop.told


@pytest.mark.parametrize("bridging", DESIGNS)
def test_virtual_machines_that_hear_each_other_lose_nothing(bridging: str) -> None:
    world = World(way=way(bridging))
    for ends in (THERE, BACK):
        assert trail.lost(world.way, ends, world.watchers(), world.machines(), world.trunk) is None


def lost(of: VlanPath, frame: str, after: str, **changed: Any) -> Drop | None:
    """A frame of this kind from A that is lost after this place: nobody behind it has seen it."""
    order = [(0, "port"), *([(0, "vlan")] if of.tagging else []), (0, "nic"), (1, "nic")]
    order += [*([(1, "vlan")] if of.tagging else []), (1, "port")]
    at = [f"{'ab'[side]} {place}" for side, place in order]
    behind = set(order[at.index(after) + 1 :]) if after else set(order)
    world = World(way=of, **changed)

    def is_lost(side: int, item: Sighting) -> bool:
        return item.frame == f"{frame}0" and (side, item.place) in behind

    def is_unheard(side: int, item: Heard) -> bool:
        return item.frame == f"{frame}0"

    return trail.lost(of, THERE, world.watchers(is_lost), world.machines(is_unheard), world.trunk)


@pytest.mark.parametrize("frame", "bu")
@pytest.mark.parametrize(
    ("bridging", "after", "layer", "name", "node"),
    [
        ("per-vlan", "", Kind.NAD, "blue/vlan-1928", "hub-a"),
        ("per-vlan", "a port", Kind.BRIDGE, "br-1928", "hub-a"),
        ("per-vlan", "a vlan", Kind.VLAN_INTERFACE, "ens224.1928", "hub-a"),
        ("per-vlan", "a nic", Kind.PORT_GROUP, "Trunk", ""),
        ("per-vlan", "b nic", Kind.VLAN_INTERFACE, "ens224.1928", "hub-b"),
        ("per-vlan", "b vlan", Kind.BRIDGE, "br-1928", "hub-b"),
        ("per-vlan", "b port", Kind.NAD, "blue/vlan-1928", "hub-b"),
        ("vlan-aware", "a port", Kind.BRIDGE, "br-trunk", "hub-a"),
        ("vlan-aware", "a nic", Kind.PORT_GROUP, "Trunk", ""),
        ("vlan-aware", "b nic", Kind.BRIDGE, "br-trunk", "hub-b"),
        ("ovn-localnet", "a port", Kind.BRIDGE, "br-vmdata", "hub-a"),
        ("ovn-localnet", "b nic", Kind.BRIDGE, "br-vmdata", "hub-b"),
    ],
)
def test_the_layer_behind_which_nobody_has_seen_the_frame_drops_it(  # noqa: PLR0913, PLR0917  a case
    bridging: str, after: str, layer: Kind, name: str, node: str, frame: str
) -> None:
    drop = lost(way(bridging), frame, after)
    assert drop
    assert (drop.layer, drop.name, drop.node) == (layer, name, node)


def test_what_is_lost_to_all_needs_forged_transmits_and_to_one_alone_that_the_port_group_learns() -> None:
    trunk = Trunk(port_group="Trunk", notes=("rejects forged transmits on goat-1",))
    to_all, to_one = lost(PER_VLAN, "b", "a nic", trunk=trunk), lost(PER_VLAN, "u", "a nic")
    assert to_all
    assert "rejects forged transmits (vCenter: rejects forged transmits on goat-1)" in to_all.told
    assert to_one
    assert "is not promiscuous, nor learns addresses" in to_one.told
    assert "learn MAC addresses" in to_one.remedy


@pytest.mark.parametrize(("masters", "node"), [(["br-7", "br-1928"], "hub-a"), (["br-1928", ""], "hub-b")])
def test_an_attachment_that_plugs_into_another_bridge_is_named(masters: list[str], node: str) -> None:
    after = "a port" if node == "hub-a" else "b vlan"
    drop = lost(PER_VLAN, "b", after, masters=masters)
    assert drop
    assert (drop.layer, drop.node) == (Kind.NAD, node)
    assert (masters[0] if node == "hub-a" else "of no name") in drop.told


def test_frames_that_leave_with_another_tag_are_the_vlan_interfaces_or_else_the_attachments() -> None:
    for bridging, layer in (("per-vlan", Kind.VLAN_INTERFACE), ("vlan-aware", Kind.NAD)):
        world = World(way=way(bridging))
        watchers = world.watchers(lambda _, item: item.place == "nic")
        seen = watchers[0].seen[VLAN] | {Sighting("b0", "nic", ">", "7")}
        watchers[0] = watchers[0].model_copy(update={"seen": {VLAN: seen}})
        drop = trail.lost(world.way, THERE, watchers, world.machines(lambda *_: True), world.trunk)
        assert drop
        assert drop.layer is layer
        assert "leaves NIC ens224 with tag 7, not with tag 1928" in drop.told


@pytest.mark.parametrize("bridging", ["per-vlan", "vlan-aware"])
def test_two_that_hear_each_other_in_another_vlan_are_not_taken_for_right(bridging: str) -> None:
    """The payload says for which VLAN a frame was meant; where it went is another thing."""
    world = World(way=way(bridging))
    other = [
        report.model_copy(
            update={"seen": {VLAN: frozenset(item._replace(tag=item.tag and "7") for item in report.seen[VLAN])}}
        )
        for report in world.watchers()
    ]
    drop = trail.lost(world.way, THERE, other, world.machines(), world.trunk)
    assert drop
    assert "leaves NIC ens224 with tag 7, not with tag 1928" in drop.told
    elsewhere = World(way=world.way, masters=["br-7", "br-7"])
    drop = trail.lost(world.way, THERE, elsewhere.watchers(), elsewhere.machines(), elsewhere.trunk)
    assert drop
    assert (drop.layer, drop.node) == (Kind.NAD, "hub-a")


def test_an_attachment_that_is_missing_or_leads_to_another_bridge_is_not_tried() -> None:
    made = {"spec": {"config": '{"type": "bridge", "bridge": "br-1928"}'}}
    other = {"spec": {"config": '{"plugins": [{"type": "cnv-bridge", "bridge": "br-7"}, {"type": "tuning"}]}'}}
    at = ("blue", "vlan-1928")
    assert verdicts.unplugged(PER_VLAN, {at: made}) is None
    assert verdicts.unplugged(PER_VLAN, {at: {"spec": {"config": "no JSON"}}}) is None
    for there, words in (({}, "there is no NetworkAttachmentDefinition"), ({at: other}, "plugs into bridge br-7")):
        drop = verdicts.unplugged(PER_VLAN, there)
        assert drop
        assert drop.layer is Kind.NAD
        assert words in drop.told


def test_nodes_that_exist_may_hang_on_a_physical_switch_which_secures_its_ports_likewise() -> None:
    drop = lost(PER_VLAN, "b", "a nic", trunk=Trunk(port_group=""))
    assert drop
    assert "the port group, or the physical switch's port, rejects forged transmits" in drop.told
