"""Free ports on loopback, chosen once and remembered: what was told about an instance stays true."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOOPBACK = "127.0.0.1"
# Below the range that the kernel takes for outgoing connections, which come and go in between.
LOWEST, HIGHEST = 20000, 32000


def choose(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """A port for each name: the remembered one while nobody else took it."""
    chosen: dict[str, int] = {}
    for name in names:
        port = remembered.get(name, 0)
        # Those of names that come later, too: they keep what they remember.
        others = {**remembered, **chosen, name: 0}.values()
        while not port or port in others or not _is_free(port):
            port = random.randint(LOWEST, HIGHEST)  # noqa: S311  not a secret
        chosen[name] = port
    return chosen


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: what a closed connection left behind is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
