"""A VLAN's way on the nodes, as a proof follows it, and what of it vCenter tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging import DESIGNS
from lab.manifests.network_attachments import usable
from lab.parts import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plan import Lab
    from lab.sections import Vlan
    from lab.topology.live import InVCenter

# What a port of Open vSwitch is a port of, as Linux has it.
OVS = "ovs-system"


@dataclass(frozen=True, kw_only=True)
class VlanPath:
    """One VLAN's: the NIC, the interface that tags on it ("" where the bridge does), the bridge, and who plugs in.

    ``attachment`` is the namespace and name of one, and ``namespace`` one that may use it; None and "" for a VLAN that
    the stack file gives to nobody.
    """

    vlan: int
    name: str
    nic: str
    tagging: str
    bridge: str
    is_ovs: bool
    namespace: str = ""
    attachment: tuple[str, str] | None = None

    @property
    def links(self) -> list[str]:
        """The interfaces that a node has to have."""
        return [name for name in (self.nic, self.tagging, self.bridge) if name]

    @property
    def below_bridge(self) -> str:
        """The bridge's port towards the trunk."""
        return self.tagging or self.nic

    @property
    def master(self) -> str:
        """What Linux says that the bridge's ports are ports of."""
        return OVS if self.is_ovs else self.bridge


def path(lab: Lab, vlan: Vlan, namespace: str = "") -> VlanPath:
    """The VLAN's way, to one of its namespaces: the first, or the one that is asked for."""
    design = DESIGNS[lab.bridging]
    bridge = design.bridge(vlan.id)
    way = design.way(lab.nic, bridge)
    tagging = next((part.name for part in way if part.kind is Kind.VLAN_INTERFACE), "")
    there = [
        (user, (place, name))
        for user, name, place in usable(lab)
        if name == names.attachment(vlan.id) and namespace in {"", user}
    ]
    user, attachment = there[0] if there else ("", None)
    return VlanPath(
        vlan=vlan.id,
        name=vlan.name,
        nic=lab.nic,
        tagging=tagging,
        bridge=bridge,
        is_ovs=any(part.kind is Kind.MAPPING for part in way),
        namespace=user,
        attachment=attachment,
    )


def other_bridge(way: VlanPath, attachment: Mapping[str, Any]) -> str:
    """The bridge that an attachment plugs into in the place of the VLAN's; "" where it is the right one.

    It must not be tried: the bridge plugin makes up a bridge that is not there, and nobody takes it away again.
    """
    try:
        config = json.loads((attachment.get("spec") or {}).get("config") or "{}")
    except ValueError:
        return ""  # Multus refuses it, in its own words
    plugins = config.get("plugins") or [config]
    found = {str(item["bridge"]) for item in plugins if isinstance(item, dict) and "bridge" in item}
    return next(iter(sorted(found - {way.bridge})), "")


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """Between two nodes: the port group, and by vCenter the ESXi host under each node ("" where nobody told).

    ``notes`` say what of the port group is not as the stack file has it.
    """

    port_group: str
    hosts: tuple[str, str] = ("", "")
    found: InVCenter | None = None
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """For a person; of hypervisors that exist this stack knows no port group, and they may have none."""
        return f"port group {self.port_group}" if self.port_group else "the port group, or the physical switch's port,"

    @property
    def is_one_host(self) -> bool:
        """Whether both nodes are on the same host, so that no physical switch is between them."""
        return bool(self.hosts[0]) and self.hosts[0] == self.hosts[1]
