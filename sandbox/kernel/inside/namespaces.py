"""Network namespaces by their names, as `ip netns` has them: in this process, for a command more takes a while here."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBC = ctypes.CDLL(None, use_errno=True)
# Linux' include/uapi/linux/{sched,mount}.h, and umount2(2).
NEW_NETWORK, BIND, DETACH = 0x40000000, 4096, 2
FOLDER = Path("/run/netns")
OWN = "/proc/self/ns/net"


def make(name: str) -> None:
    """Makes one."""
    FOLDER.mkdir(exist_ok=True)
    place = FOLDER / name
    place.touch(exist_ok=False)
    here = os.open(OWN, os.O_RDONLY)
    try:
        checked(LIBC.unshare(NEW_NETWORK), "unshare")
        checked(LIBC.mount(OWN.encode(), str(place).encode(), b"none", ctypes.c_ulong(BIND), None), "mount")
    finally:
        LIBC.setns(here, NEW_NETWORK)
        os.close(here)


def end(name: str) -> None:
    """Ends one, with all that is in it."""
    place = FOLDER / name
    checked(LIBC.umount2(str(place).encode(), DETACH), "umount")
    place.unlink()


@contextmanager
def inside(name: str) -> Iterator[None]:
    """In one; an empty name is the node's own."""
    if not name:
        yield
        return
    here = os.open(OWN, os.O_RDONLY)
    try:
        enter(name)
        yield
    finally:
        LIBC.setns(here, NEW_NETWORK)
        os.close(here)


def enter(name: str) -> None:
    """Goes into one, for good."""
    there = os.open(FOLDER / name, os.O_RDONLY)
    try:
        checked(LIBC.setns(there, NEW_NETWORK), "setns")
    finally:
        os.close(there)


def checked(code: int, what: str) -> None:
    """Raises what a system call has against it."""
    if code:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
