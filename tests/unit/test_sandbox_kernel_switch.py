"""The model of vSphere's switch: which cards get a frame; and frames as bytes."""

from __future__ import annotations

import pytest

from sandbox.kernel.inside.frames import BROADCAST, PROBE, Frame, decoded
from sandbox.kernel.port_groups import Card, Forwarding, PortGroup

CARDS = {"one": "00:50:56:00:00:01", "two": "00:50:56:00:00:02", "three": "00:50:56:00:00:03"}
NESTED, STRANGER = "02:00:00:00:00:01", "02:00:00:00:00:99"


PLAIN = PortGroup(name="trunk")


def frame(to: str, source: str, *tags: int) -> Frame:
    return Frame(to, source, tags, PROBE, b"x")


def switch(group: PortGroup) -> Forwarding:
    """Three cards in one port group."""
    return Forwarding(cards={name: Card(address=address, group=group) for name, address in CARDS.items()})


@pytest.mark.parametrize("tags", [(), (7,), (7, 8)])
def test_a_frame_is_the_same_after_its_way_over_the_wire(tags: tuple[int, ...]) -> None:
    sent = Frame(BROADCAST, NESTED, tags, PROBE, bytes(100))
    assert decoded(sent.encoded()) == sent


def test_a_short_frame_is_padded() -> None:
    assert len(frame(BROADCAST, NESTED).encoded()) == 60


def test_priority_is_not_taken_for_a_vlan() -> None:
    data = bytearray(frame(BROADCAST, NESTED, 7).encoded())
    data[14] |= 0xE0
    assert decoded(bytes(data)).tags == (7,)


def test_a_broadcast_goes_to_every_card_but_its_sender() -> None:
    assert switch(PLAIN).receivers(frame(BROADCAST, CARDS["one"], 7), "one") == {"two", "three"}
    assert switch(PLAIN).receivers(frame(BROADCAST, STRANGER, 7), None) == set(CARDS)


def test_what_is_for_a_card_goes_to_that_card() -> None:
    assert switch(PLAIN).receivers(frame(CARDS["two"], STRANGER, 7), None) == {"two"}


def test_what_is_for_a_nested_vm_reaches_no_card_for_the_switch_learns_nothing() -> None:
    there = switch(PortGroup(name="trunk", forged_transmits=True))
    assert there.accepted("one", frame(BROADCAST, NESTED, 7))
    assert there.receivers(frame(NESTED, STRANGER, 7), None) == set()


def test_a_promiscuous_port_group_hears_what_is_for_others() -> None:
    assert switch(PortGroup(name="trunk", promiscuous=True)).receivers(frame(NESTED, STRANGER, 7), None) == set(CARDS)


def test_mac_learning_brings_it_to_the_one_card_behind_which_the_vm_is_and_floods_the_unknown() -> None:
    there = switch(PortGroup(name="trunk", forged_transmits=True, mac_learning=True))
    assert there.receivers(frame(NESTED, STRANGER, 7), None) == set(CARDS)
    there.accepted("one", frame(BROADCAST, NESTED, 7))
    assert there.receivers(frame(NESTED, STRANGER, 7), None) == {"one"}
    assert there.receivers(frame(NESTED, STRANGER, 8), None) == set(CARDS)


def test_without_forged_transmits_a_nested_vm_is_not_heard() -> None:
    assert not switch(PortGroup(name="trunk", promiscuous=True)).accepted("one", frame(BROADCAST, NESTED, 7))
    assert switch(PLAIN).accepted("one", frame(BROADCAST, CARDS["one"], 7))


def test_a_port_group_with_ranges_carries_these_vlans_both_ways_and_nothing_untagged() -> None:
    group = PortGroup(name="trunk", ranges=((7, 8), (10, 10)))
    there = switch(group)
    for vlan, passes in ((7, True), (8, True), (9, False), (10, True)):
        assert there.accepted("one", frame(BROADCAST, CARDS["one"], vlan)) is passes
        assert there.receivers(frame(BROADCAST, STRANGER, vlan), None) == (set(CARDS) if passes else set())
    assert not there.accepted("one", frame(BROADCAST, CARDS["one"]))
