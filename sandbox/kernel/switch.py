"""The switch between the guests, in a thread of this process: moves frames as sandbox/kernel/port_groups.py decides."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sandbox.kernel.inside.frames import decoded
from sandbox.kernel.port_groups import Card, Forwarding, PortGroup

if TYPE_CHECKING:
    from sandbox.kernel.inside.frames import Frame

# Bytes that a cable holds: what a full one does not take is lost, as on any switch.
ROOM = 8 << 20
LONGEST = 1 << 16
# Frames that are remembered until somebody asks: pods may send for days.
MOST_SEEN = 1 << 18
# What is beside the guests: the physical network.
UPLINK = "uplink"


@dataclass(frozen=True)
class Sighting:
    """A frame as it was seen at a port: it came in there, or went out."""

    port: str
    frame: Frame
    came_in: bool


class Switch:
    """Cables end here. ``with`` it, or `close` it."""

    def __init__(self) -> None:
        self._ports: dict[str, socket.socket] = {}
        self._forwarding = Forwarding(cards={})
        self._lock = threading.RLock()
        self._seen: deque[Sighting] = deque(maxlen=MOST_SEEN)
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, name="switch", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def plug(self, port: str, address: str, group: PortGroup) -> socket.socket:
        """A new card in a port group; gives the cable's other end, which the guest's process is to have."""
        return self._cable(port, Card(address=address, group=group))

    def plug_uplink(self, port: str = UPLINK) -> socket.socket:
        """A machine of the physical network: it gets, and may send, whatever passes the uplink."""
        return self._cable(port, None)

    def regroup(self, port: str, group: PortGroup) -> None:
        """Changes what a card's port group lets through, from now on."""
        with self._lock:
            cards = dict(self._forwarding.cards)
            cards[port] = Card(address=cards[port].address, group=group)
            self._forwarding = Forwarding(cards=cards)

    def unplug(self, port: str) -> None:
        """Takes a port away; one that is not there is no error."""
        with self._lock:
            found = self._ports.pop(port, None)
            if found is not None:
                self._selector.unregister(found)
                found.close()
            cards = {name: card for name, card in self._forwarding.cards.items() if name != port}
            self._forwarding = Forwarding(cards=cards, learned=self._forwarding.learned)

    def inject(self, frame: Frame) -> None:
        """Sends a frame as if it came over the uplink, from a machine that is not here."""
        with self._lock:
            self._forward(None, frame)

    def put(self, port: str, frame: Frame) -> None:
        """Sends a frame to a card, whatever its port group lets through."""
        with self._lock:
            self._ports[port].send(frame.encoded())

    def seen(self) -> list[Sighting]:
        """What came in and went out since the last call, in order: a mirror of every port."""
        with self._lock:
            seen = list(self._seen)
            self._seen.clear()
        return seen

    def close(self) -> None:
        """Ends the thread; cables are cut."""
        self._waker.send(b"x")
        self._thread.join()
        for found in (*self._ports.values(), self._waker, self._woken):
            found.close()
        self._selector.close()

    def _cable(self, port: str, card: Card | None) -> socket.socket:
        # Packets keep their bounds, and a sender that is quicker than this thread is told so.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, ROOM)
        ours.setblocking(False)  # noqa: FBT003
        with self._lock:
            self._ports[port] = ours
            if card is not None:
                cards = {**self._forwarding.cards, port: card}
                self._forwarding = Forwarding(cards=cards, learned=self._forwarding.learned)
            self._selector.register(ours, selectors.EVENT_READ, port)
        self._waker.send(b" ")
        return theirs

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if b"x" in self._woken.recv(LONGEST):
                        return
                else:
                    self._take(key.data)

    def _take(self, port: str) -> None:
        with self._lock:
            found = self._ports.get(port)
            if found is None:
                return
            try:
                data = found.recv(LONGEST)
            except (BlockingIOError, ConnectionResetError):
                return
            if not data:
                # The guest is gone.
                self._selector.unregister(found)
                found.close()
                del self._ports[port]
                return
            frame = decoded(data)
            self._seen.append(Sighting(port, frame, came_in=True))
            if port not in self._forwarding.cards:
                self._forward(None, frame, port)
            elif self._forwarding.accepted(port, frame):
                self._forward(port, frame)

    def _forward(self, sender: str | None, frame: Frame, uplink: str | None = None) -> None:
        """To every card that the model names; from a card to the physical network as well."""
        receivers = self._forwarding.receivers(frame, sender)
        receivers |= set(self._ports) - set(self._forwarding.cards) - {uplink}
        data = frame.encoded()
        for port in sorted(receivers & set(self._ports)):
            self._seen.append(Sighting(port, frame, came_in=False))
            try:
                self._ports[port].send(data)
            except OSError:
                continue  # full, or its guest is just going
