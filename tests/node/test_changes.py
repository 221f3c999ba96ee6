"""What changes on a node in use: VLANs come and go, a design is changed for another, the manifests are the policy's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.manifests import network_attachments
from lab.manifests.node_network import policy, read_ledger, reverted
from sandbox.kernel.node import CARD
from sandbox.kernel.probes import OUTSIDE, Probe
from tests.node.box import NIC, desired, foreign, from_trunk, lab_of, some, untagged

if TYPE_CHECKING:
    from lab.plan import Lab
    from tests.node.box import Box

ONE, TWO, THREE = some(3)


def interfaces(box: Box) -> set[str]:
    """What nmstate reports of the node, but for CNI's own."""
    return {item["name"] for item in box.nodes["node"].show()["interfaces"] if not item["name"].startswith("veth")}


def start(box: Box, design: str, vlans: tuple[int, ...]) -> Lab:
    """A node with these VLANs, and VMs on them."""
    lab = lab_of(design, vlans)
    box.begin(desired(lab))
    box.plug_all(lab)
    return lab


def judge(box: Box, lab: Lab) -> list[str]:
    return box.strays(lab, [*untagged(box), *from_trunk(lab), *foreign(lab)])


@pytest.mark.parametrize("design", ["per-vlan", "vlan-aware"])
def test_a_vlan_that_is_added_works_and_the_others_vms_notice_nothing(box: Box, design: str) -> None:
    start(box, design, (ONE, TWO))
    more = lab_of(design, (ONE, TWO, THREE))
    box.apply(desired(more))
    (added,) = [item for item in network_attachments(more) if item["metadata"]["name"] == f"vlan-{THREE}"]
    for letter in "ab":
        box.plug("node", added, THREE, f"node-{THREE}{letter}")
    assert judge(box, more) == []


@pytest.mark.parametrize("design", ["per-vlan", "vlan-aware"])
def test_a_vlan_that_is_retired_carries_nothing_to_or_from_the_node_and_its_interfaces_are_gone(
    box: Box, design: str
) -> None:
    both = start(box, design, (ONE, TWO))
    fewer = lab_of(design, (ONE,))
    box.apply(desired(fewer, read_ledger(policy(both))))
    left = {vm: vlan for vm, (_, vlan) in box.homes.items() if vlan == TWO}
    heard = box.wire.send([Probe(sender=OUTSIDE, tags=(TWO,)), *(Probe(sender=vm) for vm in left)])
    assert not [item for item in heard if "node" in item or any(vm in item for vm in left if item is heard[0])], heard
    for vm in left:
        box.homes.pop(vm)
        box.wire.forget(vm)
        box.nodes["node"].end_vm(vm)
    assert judge(box, fewer) == []
    assert not {f"br-{TWO}", f"{NIC}.{TWO}"} & interfaces(box)


def test_what_only_leaves_the_policy_stays_on_the_node(box: Box) -> None:
    """Why the ledger is there: nmstate changes nothing that a state does not name."""
    start(box, "per-vlan", (ONE, TWO))
    box.apply(desired(lab_of("per-vlan", (ONE,))))
    assert {f"br-{TWO}", f"{NIC}.{TWO}"} <= interfaces(box)


@pytest.mark.parametrize(("old", "new"), [("per-vlan", "vlan-aware"), ("vlan-aware", "per-vlan")])
def test_another_design_takes_the_place_of_the_old_one(box: Box, old: str, new: str) -> None:
    before = start(box, old, (ONE, TWO))
    bridges = read_ledger(policy(before))
    for vm in list(box.homes):
        box.unplug(vm)
    after = lab_of(new, (ONE, TWO))
    box.apply(desired(after, bridges))
    box.plug_all(after)
    assert judge(box, after) == []
    assert not bridges & interfaces(box)


@pytest.mark.parametrize("design", ["per-vlan", "vlan-aware"])
def test_what_a_destroy_applies_leaves_the_bare_nic(box: Box, design: str) -> None:
    lab = start(box, design, (ONE, TWO))
    box.apply(reverted(NIC, read_ledger(policy(lab))))
    assert interfaces(box) == {"lo", NIC}
    assert box.wire.send([Probe(sender=OUTSIDE, tags=(ONE,))]) == [{}]


def test_a_vm_that_is_detached_is_not_heard_and_leaves_nothing_on_the_bridge(box: Box) -> None:
    lab = start(box, "vlan-aware", (ONE, TWO))
    gone = f"node-{ONE}a"
    box.unplug(gone)
    assert judge(box, lab) == []
    ports = box.nodes["node"].guest.run("ip", "-br", "link", "show", "master", "br-trunk").splitlines()
    assert len(ports) == 1 + len(box.homes), (CARD, ports)
