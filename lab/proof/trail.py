"""Where what one virtual machine sends to another is lost, by what nodes and machines have seen of it.

Only after the nodes' own cards have heard each other with the VLAN's tag: then a frame that leaves one and does not
come to the other was dropped for its addresses, which are not the cards'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.parts import Kind
from lab.proof import probe
from lab.proof.verdicts import OWN_PORT_GROUP, PUT_RIGHT, Drop, tagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.proof.path import Trunk, VlanPath
    from lab.proof.reports import MachineReport, NodeReport
    from lab.proof.verdicts import Ends


def lost(
    way: VlanPath, ends: Ends, watchers: Sequence[NodeReport], reports: Sequence[MachineReport], trunk: Trunk
) -> Drop | None:
    """What drops the frames of one direction, or nothing: those to all are looked at first."""
    kinds = (probe.TO_ALL, probe.TO_ONE)
    trails = (Trail(kind=kind, way=way, ends=ends, watchers=watchers, reports=reports, trunk=trunk) for kind in kinds)
    return next((drop for trail in trails if (drop := trail.lost()) is not None), None)


@dataclass(frozen=True, kw_only=True)
class Trail:
    """One kind of frame's, in one direction."""

    kind: str
    way: VlanPath
    ends: Ends
    watchers: Sequence[NodeReport]
    reports: Sequence[MachineReport]
    trunk: Trunk

    def lost(self) -> Drop | None:
        """Where it ends before the other virtual machine, or leaves its VLAN: two that are both astray may meet."""
        heard = self.reports[self.ends.receiver].heard
        if any((item.frame, item.vlan, item.tag) == (self._frame, self._vlan, "") for item in heard):
            return self._astray()
        return self._astray() or self._at_source() or self._between() or self._at_target()

    def _astray(self) -> Drop | None:
        """Whether it was seen on another bridge than the VLAN's, or on the wire with another tag."""
        way, node, side = self.way, self.ends.source, self.ends.sender
        port = self.watchers[side].ports.get(way.vlan)
        if port is not None and port.master != way.master:
            told = f"comes to bridge {port.master or 'of no name'}, and VLAN {self._vlan} is on {way.bridge}"
            return self._drop(Kind.NAD, self._attachment, node, told, PUT_RIGHT)
        sent = self._tags(side, "nic", ">")
        if not sent or self._vlan in sent:
            return None
        layer, name = (Kind.VLAN_INTERFACE, way.tagging) if way.tagging else (Kind.NAD, self._attachment)
        told = f"leaves NIC {way.nic} with {tagged(sent)}, not with tag {self._vlan}"
        return self._drop(layer, name, node, told, f"{PUT_RIGHT}, and the policy")

    def _at_source(self) -> Drop | None:
        way, node, side = self.way, self.ends.source, self.ends.sender
        if not self._tags(side, "port", "<"):
            why = f": {self.reports[side].trouble}" if self.reports[side].trouble else ""
            told = f"does not come out of the virtual machine{why}"
            return self._drop(Kind.NAD, self._attachment, node, told, f"See what attachment {self._attachment} says")
        if self._tags(side, "nic", ">"):
            return None
        if way.tagging and self._tags(side, "vlan", ">"):
            told = f"comes to {way.tagging}, and does not leave NIC {way.nic}"
            return self._drop(
                Kind.VLAN_INTERFACE, way.tagging, node, told, f"See `ip -d link show {way.tagging}` there"
            )
        told = f"comes to bridge {way.bridge}, and does not leave it for {way.below_bridge}"
        return self._drop(Kind.BRIDGE, way.bridge, node, told, self._see_bridge)

    def _between(self) -> Drop | None:
        """The wire carries the VLAN: what it drops now, it drops for an address that is not a card's."""
        if self._vlan in self._tags(self.ends.receiver, "nic", "<"):
            return None
        way = f"leaves NIC {self.way.nic} and does not come to the other node's"
        if self.kind == probe.TO_ALL:
            told = f"{way}, and what that NIC itself sends does: {self.trunk.told} rejects forged transmits"
            remedy = "Accept forged transmits in the port group's security"
        else:
            told = f"{way}, and what it sends to all does: {self.trunk.told} is not promiscuous, nor learns addresses"
            remedy = "On a standard switch accept promiscuous mode, on a distributed one have it learn MAC addresses"
        by_vcenter = f" (vCenter: {'; '.join(self.trunk.notes)})" if self.trunk.notes else ""
        return self._drop(
            Kind.PORT_GROUP, self.trunk.port_group, "", f"{told}{by_vcenter}", f"{remedy}: {OWN_PORT_GROUP}"
        )

    def _at_target(self) -> Drop:
        way, node, side = self.way, self.ends.target, self.ends.receiver
        if way.tagging and not self._tags(side, "vlan", "<"):
            told = f"comes to NIC {way.nic}, and not to {way.tagging}"
            return self._drop(
                Kind.VLAN_INTERFACE, way.tagging, node, told, f"See `ip -d link show {way.tagging}` there"
            )
        port = self.watchers[side].ports.get(way.vlan)
        if port is not None and port.master != way.master:
            told = f"comes to {way.below_bridge}; the VM is on bridge {port.master or 'of no name'}, not {way.bridge}"
            return self._drop(Kind.NAD, self._attachment, node, told, PUT_RIGHT)
        if not self._tags(side, "port", ">"):
            told = f"comes to {way.below_bridge}, and does not leave bridge {way.bridge} for the VM"
            return self._drop(Kind.BRIDGE, way.bridge, node, told, self._see_bridge)
        told = "leaves the bridge for the VM, and does not come to its network card without a tag"
        return self._drop(Kind.NAD, self._attachment, node, told, f"See what attachment {self._attachment} says")

    @property
    def _frame(self) -> str:
        return f"{self.kind}{self.ends.sender}"

    @property
    def _vlan(self) -> str:
        return str(self.way.vlan)

    @property
    def _attachment(self) -> str:
        return "/".join(self.way.attachment or ())

    @property
    def _see_bridge(self) -> str:
        return f"`bridge vlan show` and `bridge link` there tell what bridge {self.way.bridge} lets through"

    def _tags(self, side: int, place: str, direction: str) -> set[str]:
        """The tags with which it passed there."""
        seen = self.watchers[side].seen.get(self.way.vlan, frozenset())
        return {item.tag for item in seen if (item.frame, item.place, item.way) == (self._frame, place, direction)}

    def _drop(self, layer: Kind, name: str, node: str, told: str, remedy: str) -> Drop:
        meant = "to all" if self.kind == probe.TO_ALL else "to the other one alone"
        where = f"node {node}: " if node else ""
        return Drop(layer=layer, name=name, node=node, told=f"{where}what a VM sends {meant} {told}", remedy=remedy)
