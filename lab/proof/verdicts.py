"""Facts → which layer drops a VLAN's frames, as far as the nodes' own cards can tell. Nobody is asked here.

A frame passes, from one virtual machine to the other: attachment, bridge, VLAN interface and NIC of its node; the port
group, with the physical trunk behind it; then NIC, VLAN interface, bridge and attachment of the other node. Three kinds
of frames tell apart what no node sees. What a node's own card sends with a VLAN's tag needs only that VLAN on the wire.
What a virtual machine sends to all needs forged transmits, too. What it sends to the other one alone needs that the
port group hands it to a card with another address: by promiscuous mode, or because it learns addresses (trail.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names, ranges
from lab.parts import Kind
from lab.proof import probe
from lab.proof.path import other_bridge

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from lab.proof.path import Trunk, VlanPath
    from lab.proof.reports import NodeReport

OWN_PORT_GROUP = "where this stack made it, `pulumi up --refresh` does that; else ask its owner"
PUT_RIGHT = "`pulumi up --refresh` puts the attachment right"
NNCE = "`oc get nnce {node}.{policy} -o yaml` says how the policy went there"


@dataclass(frozen=True, kw_only=True)
class Drop:
    """What drops frames: the layer, its name and node ("" between nodes), what was seen, and what to do."""

    layer: Kind
    name: str
    node: str
    told: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Ends:
    """From which node to which, and which side each is."""

    nodes: tuple[str, str]
    sender: int

    @property
    def receiver(self) -> int:
        """The other side."""
        return 1 - self.sender

    @property
    def source(self) -> str:
        """The node that sends."""
        return self.nodes[self.sender]

    @property
    def target(self) -> str:
        """The node that ought to get it."""
        return self.nodes[self.receiver]


def standing(way: VlanPath, node: str, report: NodeReport, policy: str) -> Drop | None:
    """What a node lacks of the VLAN's way, from the NIC on: what stands on something missing is missing, too."""

    def drop(layer: Kind, name: str, told: str, remedy: str) -> Drop:
        return Drop(layer=layer, name=name, node=node, told=f"node {node}: {told}", remedy=remedy)

    nic = report.links[way.nic]
    if nic.state == "missing":
        there = f"`oc get nns {node} -o yaml` lists the cards that it has"
        return drop(Kind.NIC, way.nic, f"there is no NIC {way.nic}", f"Correct cnv-lab:nodeNetwork.nic; {there}")
    if nic.state == "no-carrier":
        remedy = "Connect the VM's network card in vCenter (Edit Settings, Connected), and its port group's uplink"
        return drop(Kind.NIC, way.nic, f"NIC {way.nic} has no carrier", remedy)
    again = f"{NNCE.format(node=node, policy=policy)}; nmstate's handler applies it again when its pod there restarts"
    for layer, name in ((Kind.NIC, way.nic), (Kind.VLAN_INTERFACE, way.tagging), (Kind.BRIDGE, way.bridge)):
        state = report.links[name].state if name else "up"
        # Open vSwitch's own interface of a bridge may be off: its ports carry frames all the same.
        if state == "missing" or (state == "off" and not (layer is Kind.BRIDGE and way.is_ovs)):
            told = f"there is no {layer.value} {name}" if state == "missing" else f"{layer.value} {name} is down"
            return drop(layer, name, told, again)
    master = report.links[way.below_bridge].master
    if master != way.master:
        told = f"{way.below_bridge} is no port of bridge {way.bridge}" + (f", but of {master}" if master else "")
        return drop(Kind.BRIDGE, way.bridge, told, again)
    return None


def unplugged(way: VlanPath, attachments: Mapping[tuple[str, str], Mapping[str, Any]]) -> Drop | None:
    """What keeps virtual machines from being tried: an attachment that is not there, or leads elsewhere."""
    if way.attachment is None:
        return None
    place, name = way.attachment
    there = attachments.get(way.attachment)
    if there is None:
        told = f"there is no NetworkAttachmentDefinition {name} in namespace {place}"
        return Drop(layer=Kind.NAD, name=f"{place}/{name}", node="", told=told, remedy=f"{PUT_RIGHT}: it makes it anew")
    if other := other_bridge(way, there):
        told = f"attachment {place}/{name} plugs into bridge {other}, and VLAN {way.vlan} is on {way.bridge}"
        return Drop(layer=Kind.NAD, name=f"{place}/{name}", node="", told=told, remedy=PUT_RIGHT)
    return None


def refused(way: VlanPath, node: str, words: str) -> Drop:
    """A virtual machine that gets no network card: the plugins' own words."""
    told = f"node {node}: a VM does not get its network card: {words}"
    remedy = "What the words name: the CNI plugin, the attachment's configuration, or the bridge on that node"
    return Drop(layer=Kind.NAD, name="/".join(way.attachment or ()), node=node, told=told, remedy=remedy)


def wire(way: VlanPath, ends: Ends, reports: Sequence[NodeReport], trunk: Trunk) -> Drop | None:
    """Whether what one node's card sends with the VLAN's tag comes to the other's."""
    vlan, seen = str(way.vlan), reports[ends.receiver].seen.get(way.vlan, frozenset())
    came = (f"{probe.OWN}{ends.sender}", "nic", "<")
    tags = {item.tag for item in seen if (item.frame, item.place, item.way) == came}
    if vlan in tags:
        return None
    if trouble := reports[ends.sender].trouble:
        told = f"node {ends.source}: NIC {way.nic} sends nothing: {trouble}"
        return Drop(layer=Kind.NIC, name=way.nic, node=ends.source, told=told, remedy="See `ip link` on that node")
    if tags:
        told = f"what NIC {way.nic} sends with tag {vlan} comes to the other node's with {tagged(tags)}"
        remedy = "A trunk passes tags on as they are: see its native VLAN, and the port group's type of VLAN"
        return Drop(layer=Kind.PHYSICAL_TRUNK, name="", node="", told=told, remedy=remedy)
    return _dropped(way.vlan, f"what NIC {way.nic} sends with tag {vlan} does not come to the other node's", trunk)


def _dropped(vlan: int, lost: str, trunk: Trunk) -> Drop:
    """By the port group or behind it: no node sees that far, vCenter may tell."""
    if wrong := [*_not_carrying(vlan, trunk)]:
        told = f"{lost}: by vCenter port group {trunk.port_group} {', '.join(wrong)}"
        remedy = f"Have the port group carry VLAN {vlan}: {OWN_PORT_GROUP}"
        return Drop(layer=Kind.PORT_GROUP, name=trunk.port_group, node="", told=told, remedy=remedy)
    if trunk.is_one_host:
        told = f"{lost}, both on ESXi host {trunk.hosts[0]}, so that no physical switch is between them"
        remedy = f"See whether both VMs' second card is connected, and in port group {trunk.port_group}"
        return Drop(layer=Kind.PORT_GROUP, name=trunk.port_group, node="", told=told, remedy=remedy)
    let = f"Let VLAN {vlan} through, tagged, on the physical switches' ports of the ESXi hosts' uplinks"
    if trunk.found is None:
        told = f"{lost}: the physical trunk drops it, or the port group, which nobody could look at"
        return Drop(layer=Kind.PHYSICAL_TRUNK, name="", node="", told=told, remedy=f"{let}, and in the port group")
    hosts = " and ".join(host or "one that vCenter did not tell" for host in trunk.hosts)
    told = f"{lost}: port group {trunk.port_group} carries it, so it is lost between ESXi hosts {hosts}"
    return Drop(layer=Kind.PHYSICAL_TRUNK, name="", node="", told=told, remedy=let)


def _not_carrying(vlan: int, trunk: Trunk) -> Iterator[str]:
    """Where the port group lets no frame with this tag through, by vCenter."""
    if trunk.found is None:
        return
    if (group := trunk.found.distributed) is not None:
        if group.ranges is None:
            yield "is no trunk"
        elif ranges.lacking(group.ranges, [(vlan, vlan)]):
            yield f"carries VLAN {ranges.told(group.ranges)}"
        return
    for host, standard in trunk.found.hosts.items():
        if host in trunk.hosts or "" in trunk.hosts:
            if standard is None:
                yield f"is not on host {host}"
            elif standard.vlan != names.STANDARD_TRUNK_VLAN_ID:
                yield f"has VLAN {standard.vlan} on host {host}, not {names.STANDARD_TRUNK_VLAN_ID} (all)"


def tagged(tags: Collection[str]) -> str:
    """For a person."""
    return f"tag {', '.join(sorted(tags))}" if all(tags) else "no tag"
