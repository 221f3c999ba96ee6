"""What a proof's nodes and virtual machines tell in unit tests: all arrives, but for what a test takes away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.proof.path import Trunk, path
from lab.proof.pods import SIDES
from lab.proof.reports import Heard, Link, MachineReport, NodeReport, Port, Sighting
from lab.proof.verdicts import Ends
from tests.unit import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.proof.path import VlanPath

NODES = ("hub-a", "hub-b")
THERE, BACK = (Ends(nodes=NODES, sender=side) for side in SIDES)
VLAN = 1928
DESIGNS = ("per-vlan", "vlan-aware", "ovn-localnet")


def way(bridging: str = "per-vlan", **network: Any) -> VlanPath:
    """VLAN 1928's way in the small lab."""
    lab = facts.lab(nodeNetwork={"bridging": bridging, **network})
    return path(lab, lab.vlans[0])


def links(of: VlanPath) -> dict[str, Link]:
    """A node's interfaces, as they should be."""
    found = {of.nic: Link("up", ""), of.bridge: Link("up", "")}
    found[of.below_bridge] = Link("up", of.master)
    if of.tagging:
        found[of.nic] = Link("up", "")
    return found


def cards(of: VlanPath, side: int, **changes: Any) -> NodeReport:
    """A node that has heard the other one's card."""
    seen = {Sighting(f"n{side}", "nic", ">", str(VLAN)), Sighting(f"n{1 - side}", "nic", "<", str(VLAN))}
    told = {"began": 0.0, "ended": 9.0, "links": links(of), "ports": {}, "seen": {VLAN: seen}}
    return NodeReport.model_construct(**{**told, **changes})


@dataclass(kw_only=True)
class World:
    """Two watchers and two virtual machines; ``without`` says what of their sightings a test takes away."""

    way: VlanPath
    masters: list[str] = field(default_factory=list)
    trunk: Trunk = field(default_factory=lambda: Trunk(port_group="Trunk"))

    def watchers(self, without: Callable[[int, Sighting], bool] = lambda *_: False) -> list[NodeReport]:
        """What each node has seen."""
        masters = self.masters or [self.way.master] * len(SIDES)
        return [
            NodeReport.model_construct(
                began=0.0,
                ended=30.0,
                links=links(self.way),
                ports={VLAN: Port(f"veth{side}", masters[side])},
                seen={VLAN: frozenset(item for item in self._seen(side) if not without(side, item))},
            )
            for side in SIDES
        ]

    def _seen(self, side: int) -> set[Sighting]:
        """Of both kinds and directions: in at the port and out at the card, or the other way round."""
        found = set()
        for kind in "bu":
            out, home = f"{kind}{side}", f"{kind}{1 - side}"
            found |= {Sighting(out, "port", "<", ""), Sighting(out, "nic", ">", str(VLAN))}
            found |= {Sighting(home, "nic", "<", str(VLAN)), Sighting(home, "port", ">", "")}
            if self.way.tagging:
                found |= {Sighting(out, "vlan", ">", ""), Sighting(home, "vlan", "<", "")}
        return found

    def machines(self, without: Callable[[int, Heard], bool] = lambda *_: False) -> list[MachineReport]:
        """What each virtual machine has heard of the other."""
        return [
            MachineReport.model_construct(
                began=0.0,
                ended=20.0,
                trouble="",
                address="",
                heard=frozenset(
                    item for kind in "bu" if not without(side, item := Heard(f"{kind}{1 - side}", str(VLAN), ""))
                ),
            )
            for side in SIDES
        ]
