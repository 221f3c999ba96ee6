"""vSphere's switch as a model: which ports get a frame. Facts in, decisions out; no frame moves here.

It is a model, and no vSphere: written after VMware's documentation ("Securing vSphere Standard Switch Ports", "MAC
Learning"), not after its code. A switch knows which addresses its cards have, and learns none: what is meant for
another goes to the uplink alone. So a virtual machine within a virtual machine, whose address is not the card's, hears
nothing that is sent to it alone, unless its port group is promiscuous or learns; and is not heard at all without forged
transmits.

Not here: rate limits, teaming, the limits of what is learned, private VLANs, and checksum or segmentation offload.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.kernel.inside.frames import is_for_many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.kernel.inside.frames import Frame

# A range of VLAN ids with both its ends; 0 is what has no tag.
Range = tuple[int, int]
# A standard port group with VLAN id 4095 hands on every frame as it is (Virtual Guest Tagging).
ALL: tuple[Range, ...] = ((0, 4094),)


@dataclass(frozen=True, kw_only=True)
class PortGroup:
    """What a port group lets through. ``ranges`` are tags that go through as they are."""

    name: str
    ranges: tuple[Range, ...] = ALL
    promiscuous: bool = False
    forged_transmits: bool = False
    mac_learning: bool = False

    def carries(self, vlan: int) -> bool:
        """Whether frames of this VLAN pass."""
        return any(first <= vlan <= last for first, last in self.ranges)


@dataclass(frozen=True, kw_only=True)
class Card:
    """A network card of a VM, in a port group."""

    address: str
    group: PortGroup


@dataclass(kw_only=True)
class Forwarding:
    """The cards by the names of their ports, and the addresses that have been learned, with the VLAN of each."""

    cards: Mapping[str, Card]
    learned: dict[tuple[str, int], str] = field(default_factory=dict)

    def accepted(self, port: str, frame: Frame) -> bool:
        """Whether the switch takes a frame from this card; what it learns by it."""
        card, vlan = self.cards[port], _vlan(frame)
        if not card.group.carries(vlan):
            return False
        if frame.source == card.address:
            return True
        if card.group.forged_transmits and card.group.mac_learning:
            self.learned[frame.source, vlan] = port
        return card.group.forged_transmits

    def receivers(self, frame: Frame, sender: str | None) -> set[str]:
        """The ports of cards that get a frame; the uplink, if it did not come from there, gets every one as well.

        Args:
            frame: the frame.
            sender: the port that it came from; None for the uplink.
        """
        vlan = _vlan(frame)
        others = {name: card for name, card in self.cards.items() if name != sender and card.group.carries(vlan)}
        if is_for_many(frame.destination):
            return set(others)
        known = {name for name, card in others.items() if card.address == frame.destination}
        known |= {self.learned.get((frame.destination, vlan), "")} & set(others)
        # A port group that learns floods what is for nobody that it knows.
        return known | {
            name for name, card in others.items() if card.group.promiscuous or (card.group.mac_learning and not known)
        }


def _vlan(frame: Frame) -> int:
    return frame.tags[0] if frame.tags else 0
