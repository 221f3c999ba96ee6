"""Frames of full size, and what is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.kernel.probes import OUTSIDE, Probe
from tests.node.box import Box, desired, lab_of, some, untagged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.plan import Lab

USUAL, JUMBO = 1500, 9000
VLANS = some(2)
ONE = VLANS[0]


@pytest.fixture(scope="module")
def jumbo() -> Iterator[Box]:
    """A node whose card would take 9,216 bytes."""
    with Box("node", jumbo=True) as box:
        yield box


@pytest.mark.parametrize("design", ["per-vlan", "vlan-aware"])
@pytest.mark.parametrize("mtu", [None, JUMBO], ids=["as the NIC has it", "9000"])
def test_frames_of_the_configured_size_pass_and_no_larger_ones(jumbo: Box, design: str, mtu: int | None) -> None:
    jumbo.wipe()
    lab = lab_of(design, VLANS, mtu=mtu)
    jumbo.apply(desired(lab))
    jumbo.plug_all(lab)
    size = mtu or USUAL
    assert full(jumbo, lab, size) == []
    (too_large,) = jumbo.wire.send([Probe(sender=OUTSIDE, tags=(ONE,), size=size + 100)])
    assert too_large == {}


def full(box: Box, lab: Lab, size: int) -> list[str]:
    """The tag comes on top of what an MTU counts."""
    probes = [*untagged(box), *(Probe(sender=OUTSIDE, tags=(vlan,)) for vlan in lab.vlan_ids)]
    return box.strays(lab, [Probe(sender=probe.sender, tags=probe.tags, size=size) for probe in probes])
