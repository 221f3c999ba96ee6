"""What every stand-in's process has in common: how the engine finds it, hears from it and gets rid of it.

The engine starts a plugin, reads the port from its first line of output, and ends it by SIGINT to its process group
(after five seconds by SIGKILL). The engine's own address is the last argument.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Servicer = TypeVar("Servicer")
Request = TypeVar("Request")
Answer = TypeVar("Answer")

# A state file's worth of properties may come in one message: the engine's own limit.
MAX_MESSAGE_BYTES = 400 * 1024 * 1024
# A delete may wait for minutes and holds its thread meanwhile.
THREADS = 64
# How long a plugin outlives an engine that was killed, in seconds.
LOOK_FOR_PARENT_S = 1.0


class EngineLog:
    """The engine's log: a line sent here shows on its resource's line and under Diagnostics."""

    def __init__(self, address: str) -> None:
        """Takes the engine's ``host:port``; an empty one (started by hand) sends everything to stderr."""
        self._engine = (
            engine_pb2_grpc.EngineStub(grpc.insecure_channel(address, options=_limits())) if address else None
        )

    def warning(self, urn: str, message: str) -> None:
        """Shows a warning of the resource ``urn``."""
        if self._engine is None:
            print(f"warning: {message}", file=sys.stderr)
            return
        self._engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, urn=urn, message=message))


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address among a plugin's arguments: the last one, flags like ``-v=9`` come before it."""
    return arguments[-1] if arguments and not arguments[-1].startswith("-") else ""


def told_plainly(
    method: Callable[[Servicer, Request, Any], Answer],
) -> Callable[[Servicer, Request, Any], Answer]:
    """A servicer's method whose exceptions reach the engine as one line.

    A traceback of something unexpected goes to stderr, which the engine keeps for its debug log. The code is UNKNOWN
    as it is for an official provider's error: the engine then takes nothing for granted about the resource.
    """

    @functools.wraps(method)
    def call(servicer: Servicer, request: Request, context: Any) -> Answer:
        try:
            return method(servicer, request, context)
        except Refusal as refusal:
            message = str(refusal)
        except Exception as error:  # noqa: BLE001  the last door before the user
            traceback.print_exc()
            message = f"{type(error).__name__}: {error}"
        context.abort(grpc.StatusCode.UNKNOWN, message)
        raise AssertionError  # not reached: abort() raises

    return call


def serve(add: Callable[[Any], None], at_end: Callable[[], None] = lambda: None) -> NoReturn:
    """Serves what ``add`` puts into the gRPC server until the engine says so or is gone, then ends the process.

    ``at_end`` runs last (a session's logout). Calls that still run are not waited for: whoever ends a plugin has
    given up on them.
    """
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    parent = os.getppid()
    server = grpc.server(ThreadPoolExecutor(THREADS), options=_limits())
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while not end.wait(LOOK_FOR_PARENT_S) and os.getppid() == parent:
        pass
    server.stop(grace=None)
    at_end()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit(): that would wait for the threads of the calls.
    os._exit(0)


def end_with_parent() -> None:
    """Ends this process, whatever it does, when the process that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        forever = threading.Event()
        while not forever.wait(LOOK_FOR_PARENT_S):
            if os.getppid() != parent:
                os._exit(0)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()


def _limits() -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
