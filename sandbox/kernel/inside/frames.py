"""Ethernet frames with their VLAN tags, as bytes and as a person reads them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

BROADCAST = "ff:ff:ff:ff:ff:ff"
# IEEE 802, "Local Experimental Ethertype 1": nobody else's frames are taken for ours.
PROBE = 0x88B5
DOT1Q, DOT1AD = 0x8100, 0x88A8
# Of the 16 bits behind a tag's type: what is not priority.
VLAN_MASK = 0xFFF
# Bytes: two addresses, the type; a tag; the least that Ethernet carries.
HEADER, TAG, LEAST = 14, 4, 60


@dataclass(frozen=True)
class Frame:
    """A frame; ``tags`` are VLAN ids, the outer one first."""

    destination: str
    source: str
    tags: tuple[int, ...]
    kind: int
    payload: bytes

    def encoded(self) -> bytes:
        """As it is on the wire, padded to the least that Ethernet carries."""
        tags = b"".join(struct.pack("!HH", DOT1Q, tag) for tag in self.tags)
        whole = octets(self.destination) + octets(self.source) + tags + struct.pack("!H", self.kind) + self.payload
        return whole.ljust(LEAST, b"\0")


def decoded(data: bytes) -> Frame:
    """The frame that these bytes are."""
    tags, at = [], HEADER - 2
    while (kind := int.from_bytes(data[at : at + 2], "big")) in {DOT1Q, DOT1AD}:
        tags.append(int.from_bytes(data[at + 2 : at + 4], "big") & VLAN_MASK)
        at += TAG
    return Frame(written(data[:6]), written(data[6:12]), tuple(tags), kind, data[at + 2 :])


def octets(address: str) -> bytes:
    """A MAC address as the wire has it."""
    return bytes.fromhex(address.replace(":", ""))


def written(address: bytes) -> str:
    """A MAC address as people write it."""
    return address.hex(":")


def is_for_many(address: str) -> bool:
    """Whether an address is broadcast or multicast."""
    return bool(octets(address)[0] & 1)
