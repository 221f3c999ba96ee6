"""Sends frames and says where they came out: at VMs' cards, and on the cables of the nodes."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.kernel.inside.frames import BROADCAST, PROBE, Frame, decoded
from sandbox.kernel.node import CARD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.kernel.guest import Guest
    from sandbox.kernel.switch import Switch

Tags = tuple[int, ...]
# Where frames came out, with the tags that they then had; `node-1` is what the node sends to the switch.
Heard = dict[str, tuple[Tags, ...]]
# A machine of the physical network, beyond the trunk.
OUTSIDE, OUTSIDE_ADDRESS = "outside", "02:00:00:00:00:ff"
# Seconds that what must not come has to come all the same, after all that must.
QUIET = 0.15


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A frame to send: by a VM, or from OUTSIDE over the trunk."""

    sender: str
    tags: Tags = ()
    to: str = BROADCAST
    # Bytes within the frame, but for its tags: what an MTU counts.
    size: int = 46


@dataclass(kw_only=True)
class Wire:
    """The guests by their names, which are their ports' at the switch as well."""

    switch: Switch
    guests: Mapping[str, Guest]
    # Seconds for what must come to do so.
    patience: float = 5.0
    # Each VM's guest, and its card's address.
    _homes: dict[str, Guest] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def listen(self, node: str, vm: str) -> None:
        """Listens at a VM's card."""
        self.addresses[vm] = self.guests[node].ask("listen", name=vm, namespace=vm, interface=CARD)
        self._homes[vm] = self.guests[node]

    def forget(self, vm: str) -> None:
        """Listens at it no more."""
        self._homes.pop(vm).ask("forget", name=vm)

    def send(self, probes: Sequence[Probe], expected: Sequence[Heard]) -> list[Heard]:
        """Where each probe came out.

        Args:
            probes: all are sent at once.
            expected: what is waited for, a moment more than that; whatever else comes is told as well.
        """
        self._gather()
        marks = [b"probe %09d" % next(self._numbers) for _ in probes]
        self._transmit(probes, marks)
        found: dict[bytes, dict[str, list[Tags]]] = {mark: defaultdict(list) for mark in marks}
        end, quiet = time.monotonic() + self.patience, 0.0
        while True:
            fresh = self._gather()
            for place, frame in fresh:
                if (mark := frame.payload[: len(marks[0])]) in found:
                    found[mark][place].append(frame.tags)
            now = time.monotonic()
            heard = [{place: tuple(sorted(tags)) for place, tags in found[mark].items()} for mark in marks]
            if fresh or not quiet:
                quiet = now
            if now - quiet > QUIET and (now > end or _has(heard, expected)):
                return heard
            time.sleep(QUIET / 5)

    def _transmit(self, probes: Sequence[Probe], marks: Sequence[bytes]) -> None:
        by_guest: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for probe, mark in zip(probes, marks, strict=True):
            source = OUTSIDE_ADDRESS if probe.sender == OUTSIDE else self.addresses[probe.sender]
            frame = Frame(probe.to, source, probe.tags, PROBE, mark.ljust(probe.size, b"\0"))
            if probe.sender == OUTSIDE:
                self.switch.inject(frame)
            else:
                by_guest[self._homes[probe.sender].name].append((probe.sender, frame.encoded().hex()))
        for name, frames in by_guest.items():
            self.guests[name].ask("send", sent=frames)

    def _gather(self) -> list[tuple[str, Frame]]:
        seen = [(item.port, item.frame) for item in self.switch.seen() if item.came_in and item.frame.kind == PROBE]
        for guest in self.guests.values():
            seen += [(name, decoded(bytes.fromhex(frame))) for name, frame in guest.ask("heard")]
        return seen


def _has(heard: Iterable[Heard], expected: Iterable[Heard]) -> bool:
    return all(wanted.keys() <= found.keys() for found, wanted in zip(heard, expected, strict=True))
