"""Each bridge design with few and with many VLANs, from the manifests that the program renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.node.box import desired, foreign, from_trunk, hopping, lab_of, some, untagged

if TYPE_CHECKING:
    from lab.plan import Lab
    from tests.node.box import Box

DESIGNS = [(design, count) for design in ("per-vlan", "vlan-aware") for count in (4, 20)]


@pytest.fixture(scope="module", params=DESIGNS, ids=[f"{design}, {count} VLANs" for design, count in DESIGNS])
def wired(request: pytest.FixtureRequest, box: Box) -> tuple[Box, Lab]:
    """A node with the lab's bridges, and VMs on every VLAN."""
    design, count = request.param
    lab = lab_of(design, some(count))
    box.begin(desired(lab))
    box.plug_all(lab)
    return box, lab


def test_what_a_vm_sends_leaves_with_its_vlans_tag_and_reaches_its_neighbours_only(wired: tuple[Box, Lab]) -> None:
    box, lab = wired
    assert box.strays(lab, untagged(box)) == []


def test_what_comes_with_a_vlans_tag_reaches_that_vlans_vms_only(wired: tuple[Box, Lab]) -> None:
    box, lab = wired
    assert box.strays(lab, from_trunk(lab)) == []


def test_untagged_and_foreign_frames_from_the_trunk_reach_nobody(wired: tuple[Box, Lab]) -> None:
    box, lab = wired
    assert box.strays(lab, foreign(lab)) == []


def test_no_vm_gets_into_another_vlan_by_tagging(wired: tuple[Box, Lab]) -> None:
    box, lab = wired
    assert box.strays(lab, hopping(box, lab)) == []


def test_applying_the_policy_again_leaves_every_vm_where_it_is(wired: tuple[Box, Lab]) -> None:
    """NetworkManager before 1.46 puts VMs' ports back to the bridge's default VLAN; there must be none."""
    box, lab = wired
    box.apply(desired(lab))
    assert box.strays(lab, [*untagged(box), *from_trunk(lab), *foreign(lab)]) == []
