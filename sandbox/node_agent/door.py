"""Where the agent is asked to try the wire of its nodes: a Unix socket, a JSON line each way."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

from sandbox.errors import Refusal
from sandbox.node_agent import pings

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.api_server import ApiServer
    from sandbox.node_agent.kernel_nodes import KernelNodes

# Seconds: for who asks to say what; for an answer, while the agent has nodes to boot or policies to apply.
HEARING, PATIENCE = 5, 600
LONGEST = 1 << 16


class Door:
    """Answers one at a time, between the agent's rounds."""

    def __init__(self, path: Path, api: ApiServer, networks: KernelNodes) -> None:
        """Opens it; its folder says who may come in."""
        self._api, self._networks = api, networks
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._socket.setblocking(False)  # noqa: FBT003

    def answer(self) -> None:
        """Answers whoever waits."""
        try:
            visitor, _ = self._socket.accept()
        except BlockingIOError:
            return
        with visitor:
            visitor.settimeout(HEARING)
            try:
                wanted = json.loads(visitor.recv(LONGEST))
                visitor.sendall(json.dumps(self._answered(wanted)).encode() + b"\n")
            except (OSError, ValueError):
                return  # who asked is gone

    def _answered(self, wanted: dict[str, Any]) -> dict[str, Any]:
        try:
            good, lines = pings.ping(self._api, self._networks, int(wanted["ping"]))
        except (Refusal, OSError) as error:
            return {"refused": str(error)}
        return {"good": good, "lines": lines}


def ask(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the agent answers.

    Raises:
        Refusal: there is no such door, or nobody behind it; or the agent's own.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
        visitor.settimeout(PATIENCE)
        try:
            visitor.connect(str(path))
            visitor.sendall(json.dumps(wanted).encode())
            told = visitor.makefile().readline()
        except OSError as error:
            raise Refusal(f"the node agent does not answer: {error}") from None
    if not told:
        raise Refusal("the node agent has ended")
    answer: dict[str, Any] = json.loads(told)
    if "refused" in answer:
        raise Refusal(answer["refused"])
    return answer
