"""The topology beside what vCenter and the cluster really have: pure comparison, nobody is asked here."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from lab.manifests.node_network import read_ledger
from lab.parts import Kind
from lab.topology.live.attachments import Attachments
from lab.topology.live.beside import beside
from lab.topology.live.facts import DistributedPortGroup, Found, InVCenter, StandardPortGroup
from lab.topology.live.nodes import Nodes
from lab.topology.live.trunk import port_group
from lab.topology.wanted import topology

if TYPE_CHECKING:
    from lab.parts import Part
    from lab.plan import Lab
    from lab.topology.model import Topology, Way

__all__ = ["DistributedPortGroup", "Found", "InVCenter", "StandardPortGroup", "live"]


def live(lab: Lab, found: Found) -> Topology:
    """The stack file's topology with what is there: missing, differing, and what is there besides.

    What the policy's ledger has and the stack file does not is drawn as retired, struck out.
    """
    drawn = topology(lab, read_ledger(found.policies.get(lab.policy)))
    nodes, attachments = Nodes(lab, found), Attachments(lab, found)

    @cache  # what ways share is looked at once
    def look(part: Part) -> Part:
        if part.kind is Kind.PORT_GROUP and found.vcenter is not None:
            return port_group(part, lab, found.vcenter)
        return attachments.look(nodes.look(part))

    ways = [
        replace(way, parts=tuple(map(look, way.parts)), namespaces=tuple(map(look, way.namespaces)))
        for way in drawn.ways
    ]
    for other in nodes.foreign([part for way in ways for part in way.parts]):
        _put(ways, other)
    for other in [*attachments.others(ways)]:
        _put(ways, other)
    return replace(
        drawn,
        trunk=tuple(map(look, drawn.trunk)),
        ways=tuple(ways),
        is_live=True,
        beside=beside(lab, found),
    )


def _put(ways: list[Way], way: Way) -> None:
    """Behind those that begin as it does: what ways share is drawn once, and nothing else between them."""
    alike = [place for place, other in enumerate(ways) if other.parts[:1] == way.parts[:1]]
    ways.insert(alike[-1] + 1 if alike else len(ways), way)
