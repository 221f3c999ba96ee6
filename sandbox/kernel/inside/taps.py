"""Sends and hears frames at an interface of a network namespace, tags and all."""

from __future__ import annotations

import select
import socket
import struct
import time
from typing import TYPE_CHECKING

from sandbox.kernel.inside import frames, namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator

# Linux' include/uapi/linux/if_packet.h.
EVERYTHING, SOL_PACKET, AUXILIARY, VLAN_IS_VALID, OUTGOING = 3, 263, 8, 0x10, 4
RECEIVE_ROOM_FORCED = 33  # SO_RCVBUFFORCE, which the socket module does not have
# Bytes that a socket holds before frames are lost: a test's worth.
ROOM = 16 << 20

# How often one frame is queued at most on its way through this kernel: at a VM's card, a large card's veth, a bridge's
# port to another VM.
QUEUES = 4

_open: dict[str, socket.socket] = {}
_heard: list[tuple[str, str]] = []


def listen(name: str, namespace: str, interface: str) -> str:
    """Opens a tap, and gives its interface's MAC address."""
    with namespaces.inside(namespace):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
    tap.bind((interface, EVERYTHING))
    tap.setsockopt(SOL_PACKET, AUXILIARY, 1)
    tap.setsockopt(socket.SOL_SOCKET, RECEIVE_ROOM_FORCED, ROOM)
    tap.setblocking(False)  # noqa: FBT003
    forget(name)
    _open[name] = tap
    address: bytes = tap.getsockname()[4]
    return frames.written(address)


def forget(name: str) -> None:
    """Closes a tap, if it is open."""
    if name in _open:
        _open.pop(name).close()


def send(sent: list[tuple[str, str]]) -> list[str]:
    """Sends frames, each at a tap; gives what the kernel says to those that it does not take."""
    refused = []
    for name, frame in sent:
        try:
            _open[name].send(bytes.fromhex(frame))
        except OSError as error:
            refused.append(f"{name}: {error}")
    return refused


def heard() -> list[tuple[str, str]]:
    """The probes that have come in at each tap since the last call; not those that were sent there."""
    _gather()
    found = list(_heard)
    _heard.clear()
    return found


def passed(name: str, mark: str, seconds: float) -> bool:
    """Whether a frame has come in at a tap; what came before it has then gone wherever it goes, and it is sent back.

    A kernel of one CPU keeps the order of frames in each of its queues.
    """
    end = time.monotonic() + seconds
    while (name, mark) not in _heard:
        if not select.select([_open[name]], [], [], max(0.0, end - time.monotonic()))[0]:
            return False
        _gather()
    _heard.remove((name, mark))
    _settle()
    _open[name].send(bytes.fromhex(mark))
    return True


def _settle() -> None:
    """Waits until frames that are queued are delivered: by one behind them, on the loopback, for each of the queues."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(frames.PROBE)) as loop:
        loop.bind(("lo", frames.PROBE))
        for _ in range(QUEUES):
            loop.send(frames.Frame(frames.BROADCAST, frames.BROADCAST, (), frames.PROBE, b"").encoded())
            loop.recv(1 << 16)


def _gather() -> None:
    _heard.extend((name, frame.hex()) for name, tap in _open.items() for frame in _drained(tap))


def _drained(tap: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            data, auxiliary, _, address = tap.recvmsg(1 << 16, 256)
        except BlockingIOError:
            return
        except OSError:
            return  # its interface is down, or gone
        if address[2] == OUTGOING:
            continue
        whole = _with_tag(data, auxiliary)
        if frames.decoded(whole).kind == frames.PROBE:
            yield whole


def _with_tag(data: bytes, auxiliary: list[tuple[int, int, bytes]]) -> bytes:
    """The kernel takes the outer tag off the frame, and tells it beside."""
    for level, kind, told in auxiliary:
        if (level, kind) == (SOL_PACKET, AUXILIARY):
            status, _, _, _, _, tag, tag_type = struct.unpack("=IIIHHHH", told[:20])
            if status & VLAN_IS_VALID:
                return data[:12] + struct.pack("!HH", tag_type or frames.DOT1Q, tag) + data[12:]
    return data
