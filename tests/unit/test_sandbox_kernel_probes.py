"""Frames and the marks behind them, on a node whose queues move only when a mark does."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.errors import Refusal
from sandbox.kernel.inside.frames import Frame, decoded
from sandbox.kernel.probes import Probe, Wire
from sandbox.kernel.switch import Sighting


class Slow:
    """A node and its switch: what a VM sends comes out at the neighbour and on the cable with the second mark."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.name, self.stuck = "node", stuck
        self.queue: list[str] = []
        self.heard: list[tuple[str, str]] = []
        self.cable: list[Frame] = []
        self.marks = 0

    def ask(self, what: str, **wanted: Any) -> Any:
        if what == "send":
            self.queue += [frame for _, frame in wanted["sent"]]
        if what == "passed":
            self.marks += 1
            if self.marks > 1:
                self.heard += [("neighbour", frame) for frame in self.queue]
                self.cable += map(decoded, map(bytes.fromhex, self.queue))
                self.queue.clear()
            self.cable.append(decoded(bytes.fromhex(wanted["mark"])))
            return not self.stuck
        if what == "heard":
            found, self.heard = self.heard, []
            return found
        return "02:00:00:00:00:01"

    def put(self, port: str, frame: Frame) -> None:
        pass

    def seen(self) -> list[Sighting]:
        found, self.cable = self.cable, []
        return [Sighting("node", frame, came_in=True) for frame in found]


def wire(node: Slow) -> Wire:
    both: Any = node
    made = Wire(switch=both, guests={"node": both}, nic="ens224")
    made.listen("node", "vm")
    return made


def test_what_comes_out_before_the_last_mark_is_heard_however_slow_the_node_is() -> None:
    node = Slow()
    assert wire(node).send([Probe(sender="vm", tags=(7,))]) == [{"node": ((7,),), "neighbour": ((7,),)}]
    assert node.marks == 2


def test_a_card_that_lets_no_mark_through_is_no_proof_of_silence() -> None:
    with pytest.raises(Refusal, match="no frame comes into guest node by ens224"):
        wire(Slow(stuck=True)).send([Probe(sender="vm")])
