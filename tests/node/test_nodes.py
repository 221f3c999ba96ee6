"""Two nodes on one trunk, and what the port group's security means for the VMs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.kernel.port_groups import PortGroup
from sandbox.kernel.probes import OUTSIDE, Probe
from tests.node.box import TRUNK, Box, all_probes, desired, lab_of, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.plan import Lab

VLANS = some(2)
ONE, TWO = VLANS
HERE, THERE = f"one-{ONE}a", f"two-{ONE}a"
FORGED = PortGroup(name="trunk", forged_transmits=True)


@pytest.fixture(scope="module")
def pair() -> Iterator[Box]:
    with Box("one", "two") as box:
        yield box


@pytest.fixture(scope="module", params=["per-vlan", "vlan-aware"])
def wired(request: pytest.FixtureRequest, pair: Box) -> tuple[Box, Lab]:
    """Two hypervisors with the same bridges, and a VM on each VLAN of each."""
    lab = lab_of(request.param, VLANS)
    pair.begin(desired(lab))
    pair.plug_all(lab, twice=0)
    return pair, lab


def regroup(box: Box, group: PortGroup) -> None:
    for node in box.nodes:
        box.switch.regroup(node, group)


def heard_by(box: Box, probe: Probe) -> set[str]:
    """VMs only."""
    (heard,) = box.wire.send([probe])
    return set(heard) & set(box.homes)


def test_vms_of_one_vlan_hear_each_other_across_the_trunk_and_nobody_else_does(wired: tuple[Box, Lab]) -> None:
    box, lab = wired
    regroup(box, TRUNK)
    assert box.strays(lab, all_probes(box, lab)) == []


def test_without_forged_transmits_no_vm_is_heard_beyond_its_node(wired: tuple[Box, Lab]) -> None:
    box, _ = wired
    regroup(box, PortGroup(name="trunk", promiscuous=True))
    assert heard_by(box, Probe(sender=HERE)) == set()
    regroup(box, TRUNK)
    assert heard_by(box, Probe(sender=HERE)) == {THERE}


def test_without_promiscuous_mode_an_answer_does_not_come_back(wired: tuple[Box, Lab]) -> None:
    """Broadcasts work all the same, which makes it hard to see: the post's own trouble."""
    box, _ = wired
    answer = Probe(sender=OUTSIDE, tags=(ONE,), to=box.wire.addresses[HERE])
    regroup(box, FORGED)
    assert heard_by(box, Probe(sender=OUTSIDE, tags=(ONE,))) == {HERE, THERE}
    assert heard_by(box, answer) == set()
    regroup(box, TRUNK)
    assert HERE in heard_by(box, answer)


def test_mac_learning_brings_an_answer_back_without_promiscuous_mode(wired: tuple[Box, Lab]) -> None:
    box, _ = wired
    regroup(box, PortGroup(name="trunk", forged_transmits=True, mac_learning=True))
    heard_by(box, Probe(sender=HERE))
    assert heard_by(box, Probe(sender=OUTSIDE, tags=(ONE,), to=box.wire.addresses[HERE])) == {HERE}


def test_a_distributed_port_group_carries_its_ranges_only(wired: tuple[Box, Lab]) -> None:
    box, _ = wired
    ranged = PortGroup(name="trunk", ranges=((ONE, ONE),), promiscuous=True, forged_transmits=True)
    regroup(box, ranged)
    assert heard_by(box, Probe(sender=HERE)) == {THERE}
    assert heard_by(box, Probe(sender=f"one-{TWO}a")) == set()
    assert heard_by(box, Probe(sender=OUTSIDE, tags=(TWO,))) == set()
