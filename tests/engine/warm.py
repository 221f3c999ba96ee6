"""Forks Python programs from a process that has imported what they import: plugins, `lab …`, `sandbox play …`.

Each command of the CLI starts four to eight processes of Python, which spend most of their time on importing the same
modules. Here that is done once for all tests of a worker. Every process is still one of its own, with the environment,
the folder and the files that it is given, and runs its main module (and the program's `__main__.py`) from the start.
What starts it has a small client as its child (warm_client.py), which hands signals on and ends with the process.

Not for sandboxes that commands start (`make lab`, `make bench`), nor for `make recover`: there all is as for a user.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.instance import Instance

MODULES = {
    "pulumi-language-python": "sandbox.plugins.language_python",
    "pulumi-resource-pulumi-python": "sandbox.plugins.dynamic_provider",
    "pulumi-resource-kubernetes": "sandbox.plugins.kubernetes_provider",
    "pulumi-resource-vsphere": "sandbox.plugins.vsphere_provider",
}
LIBRARIES = ("kubernetes.client", "pulumi.automation._server", "pulumi.dynamic", "pyVim.connect")
ROOMS = ("lab", "clients", "components", "cli", "sandbox")
# What is run itself, and what runs elsewhere.
LEFT_OUT = {*MODULES.values(), "sandbox.kernel.inside"}
# Objects that are made before the collector looks for garbage: these processes live for seconds.
GARBAGE = 100_000
ROOT = Path(__file__).parents[2]
CLIENT = Path(__file__).with_name("warm_client.py")
# Bytes; an environment is some thousands.
LONGEST_REQUEST = 1 << 20
DESCRIPTORS = 3


_sockets: list[Path] = []


@contextmanager
def started() -> Iterator[Path]:
    """The socket of such a process; it ends with this one, whichever way that ends."""
    with tempfile.TemporaryDirectory(prefix="cnv-lab-warm-") as folder:
        path = Path(folder) / "socket"
        command = [sys.executable, "-m", "tests.engine.warm", str(path)]
        with subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline(), "it listens"
            _sockets.append(path)
            try:
                yield path
            finally:
                _sockets.remove(path)


def python(*words: str) -> list[str]:
    """The command line of `python -m WORDS`, forked where such a process is there."""
    if not _sockets:
        return [sys.executable, "-m", *words]
    return [sys.executable, "-IS", str(CLIENT), str(_sockets[-1]), *words]


def use(instance: Instance) -> None:
    """Lets the sandbox's stand-ins be forked; an official plugin has no starter and stays what it is."""
    for name, module in MODULES.items():
        starter = instance.programs / name
        if starter.exists():
            folder, words = shlex.quote(str(ROOT)), shlex.join(python(module))
            starter.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {words} "$@"\n', encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a process is to be."""

    module: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    descriptors: list[int]


def _wait(path: str) -> Request:
    """Forks for each client; returns in the forks only."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(path)
    server.listen()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    watched = selectors.DefaultSelector()
    watched.register(server, selectors.EVENT_READ, None)
    watched.register(sys.stdin, selectors.EVENT_READ, None)
    clients: dict[int, socket.socket] = {}
    while True:
        # One at a time: a second one may be of what the first has ended.
        key, _ = watched.select()[0]
        if key.fileobj is sys.stdin:
            sys.exit()
        elif key.fileobj is server:
            client, _ = server.accept()
            request = _read(client)
            child = os.fork()
            if not child:
                return request
            for descriptor in request.descriptors:
                os.close(descriptor)
            clients[child] = client
            watched.register(client, selectors.EVENT_READ, child)
            watched.register(os.pidfd_open(child), selectors.EVENT_READ, child)
        elif key.fileobj is clients[key.data]:
            number = clients[key.data].recv(1)
            os.kill(key.data, number[0] if number else signal.SIGKILL)
            if not number:  # It was killed itself.
                watched.unregister(key.fileobj)
        else:
            _, status = os.waitpid(key.data, 0)
            watched.unregister(key.fileobj)
            os.close(key.fd)
            with clients.pop(key.data) as client, suppress(KeyError, OSError):
                watched.unregister(client)
                client.send(bytes([abs(os.waitstatus_to_exitcode(status))]))


def _read(client: socket.socket) -> Request:
    text, descriptors, _, _ = socket.recv_fds(client, LONGEST_REQUEST, DESCRIPTORS)
    return Request(**json.loads(text), descriptors=descriptors)


def _become(request: Request) -> None:
    """Goes on as `python -u -m MODULE` would, started by the client's parent."""
    os.setpgrp()
    for number, descriptor in enumerate(request.descriptors):
        os.dup2(descriptor, number)
    os.closerange(DESCRIPTORS, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115, the process's own
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), encoding="utf-8", write_through=True)
        for number in (1, 2)
    )
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    sys.path[0] = request.folder
    sys.argv = [request.module, *request.arguments]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def _modules() -> Iterator[str]:
    """All that a process may need."""
    yield from LIBRARIES
    for room in ROOMS:
        for module in pkgutil.walk_packages([str(ROOT / room)], f"{room}."):
            if not module.name.endswith(".__main__") and not module.name.startswith(tuple(LEFT_OUT)):
                yield module.name


def main() -> None:
    """Imports and waits; in a fork, runs what was asked for."""
    for name in _modules():
        importlib.import_module(name)
    # What the forks share stays as it is.
    gc.freeze()
    gc.set_threshold(GARBAGE)
    _become(_wait(sys.argv[1]))


if __name__ == "__main__":
    main()
