"""Attachments and nodes that have their bridges, or have not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.manifests import network_attachments
from lab.names import BRIDGE_RESOURCE_ANNOTATION
from sandbox.kernel.node import AppliedError
from sandbox.kernel.probes import OUTSIDE, Probe
from tests.node.box import desired, lab_of, some

if TYPE_CHECKING:
    from tests.node.box import Box

VLANS = some(2)
ONE, _ = VLANS


@pytest.mark.parametrize("design", ["per-vlan", "vlan-aware"])
def test_a_vm_is_sent_to_a_node_only_once_the_bridge_of_its_attachment_is_there(box: Box, design: str) -> None:
    box.wipe()
    lab, node = lab_of(design, VLANS), box.nodes["node"]
    items = network_attachments(lab)
    assert [node.takes(item) for item in items] == [False, False]
    box.apply(desired(lab))
    assert [node.takes(item) for item in items] == [True, True]


def test_without_its_resource_name_it_would_be_on_an_island_that_the_plugin_makes_up(box: Box) -> None:
    """Two VMs see each other, so that all looks well; the trunk hears nothing of them."""
    box.wipe()
    item, _ = network_attachments(lab_of("per-vlan", VLANS))
    assert not box.nodes["node"].takes(item)
    del item["metadata"]["annotations"][BRIDGE_RESOURCE_ANNOTATION]
    assert box.nodes["node"].takes(item)
    for vm in ("here", "there"):
        box.plug("node", item, ONE, vm)
    heard = box.wire.send([Probe(sender="here"), Probe(sender=OUTSIDE, tags=(ONE,))])
    assert heard == [{"there": ((),)}, {}]


def test_ovn_localnet_is_beyond_debians_networkmanager_and_nmstate_says_so(box: Box) -> None:
    """Its package has no plugin for Open vSwitch, and no daemon runs; should that change, docs/kernel-nodes.md must."""
    box.wipe()
    with pytest.raises(AppliedError, match="OVS"):
        box.apply(desired(lab_of("ovn-localnet", VLANS)))
