"""Sends frames and says where they came out: at VMs' cards, and on the cables of the nodes."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.errors import Refusal
from sandbox.kernel.inside.frames import BROADCAST, PROBE, Frame, decoded
from sandbox.kernel.node import CARD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.kernel.guest import Guest
    from sandbox.kernel.switch import Switch

Tags = tuple[int, ...]
# Where frames came out, with the tags that they then had; `node-1` is what the node sends to the switch.
Heard = dict[str, tuple[Tags, ...]]
# A machine of the physical network, beyond the trunk.
OUTSIDE, OUTSIDE_ADDRESS = "outside", "02:00:00:00:00:ff"
# Who sends the marks that go behind all probes, into each node and back.
MARKING = "02:00:00:00:00:fe"
# How often: what one node sends has come into another by the second mark.
PASSES = 2
# Seconds for a mark to come through.
PATIENCE = 30
INTERVAL = 0.002


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
    """The guests by their names, which are their ports' at the switch as well; ``nic`` is each one's card there."""

    switch: Switch
    guests: Mapping[str, Guest]
    nic: str
    # Each VM's guest, and its card's address.
    _homes: dict[str, Guest] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Listens at the cards, for marks."""
        for name, guest in self.guests.items():
            guest.ask("listen", name=name, namespace="", interface=self.nic)

    def listen(self, node: str, vm: str) -> None:
        """Listens at a VM's card."""
        self.addresses[vm] = self.guests[node].ask("listen", name=vm, namespace=vm, interface=CARD)
        self._homes[vm] = self.guests[node]

    def forget(self, vm: str) -> None:
        """Listens at it no more."""
        self._homes.pop(vm).ask("forget", name=vm)

    def send(self, probes: Sequence[Probe]) -> list[Heard]:
        """Where each probe came out; all are sent at once.

        Nothing is waited for but marks: what has not come out before the last of them will not.
        """
        self._gather()
        marks = [self._mark() for _ in probes]
        self._transmit(probes, marks)
        found: dict[bytes, dict[str, list[Tags]]] = {mark: defaultdict(list) for mark in marks}
        seen = [sighting for _ in range(PASSES) for sighting in self._pass()]
        for place, frame in [*seen, *self._gather()]:
            if (mark := frame.payload[: len(marks[0])]) in found:
                found[mark][place].append(frame.tags)
        return [{place: tuple(sorted(tags)) for place, tags in found[mark].items()} for mark in marks]

    def _mark(self) -> bytes:
        return b"probe %09d" % next(self._numbers)

    def _pass(self) -> list[tuple[str, Frame]]:
        """A mark goes into each node, behind what came before, and comes back; what the nodes sent until then.

        Raises:
            Refusal: it did not.
        """
        mark = Frame(BROADCAST, MARKING, (), PROBE, self._mark())
        for name in self.guests:
            self.switch.put(name, mark)
        for name, guest in self.guests.items():
            if not guest.ask("passed", name=name, mark=mark.encoded().hex(), seconds=PATIENCE):
                raise Refusal(f"no frame comes into guest {name} by {self.nic} within {PATIENCE} s")
        seen, missing, end = [], set(self.guests), time.monotonic() + PATIENCE
        while missing:
            fresh = self._sent()
            missing -= {name for name, frame in fresh if frame.encoded() == mark.encoded()}
            seen += fresh
            if time.monotonic() > end:
                raise Refusal(f"no frame leaves guest {missing.pop()} by {self.nic} within {PATIENCE} s")
            if not fresh:
                time.sleep(INTERVAL)
        return seen

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
        """What nodes have sent, and what VMs have heard, since the last time."""
        heard = [item for guest in self.guests.values() for item in guest.ask("heard")]
        return self._sent() + [
            (name, decoded(bytes.fromhex(frame))) for name, frame in heard if name not in self.guests
        ]

    def _sent(self) -> list[tuple[str, Frame]]:
        return [(item.port, item.frame) for item in self.switch.seen() if item.came_in and item.frame.kind == PROBE]
