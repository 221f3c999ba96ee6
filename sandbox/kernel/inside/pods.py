"""Runs pods' processes: each is the first of its own process namespace, so that all that it started ends with it.

Its root is the guest's; its network namespace has been made and plugged before, or is the node's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sandbox.kernel.inside import namespaces
from sandbox.kernel.inside.init import mount

# Linux' include/uapi/linux/{sched,mount,sockios,if}.h.
NEW_MOUNTS, NEW_NAMES, NEW_PROCESSES = 0x20000, 0x4000000, 0x20000000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
SET_FLAGS, UP = 0x8914, 1
# What pods say is in memory, and has a limit.
FOLDER, ROOM = Path("/run/pods"), "size=32m"
# Bytes and lines that the kubelet takes: of the last words, and of the output where there are none
# (kubernetes, pkg/kubelet/container/runtime.go).
LAST_WORDS, LAST_OUTPUT, LAST_LINES = 4096, 2048, 80
OWN = "/proc/self/ns/pid"


@dataclass
class Process:
    """A pod's process; ``code`` is its exit code, as a shell has it, once it has ended."""

    number: int
    code: int | None = None


_there: dict[str, Process] = {}


def start(  # noqa: PLR0913, PLR0917  what a process consists of
    uid: str, command: list[str], environment: dict[str, str], folder: str, namespace: str, name: str, last_words: str
) -> str:
    """Starts a pod's process; gives what stands against it, or nothing.

    Args:
        uid: the pod's.
        command: the program, looked for in the environment's PATH, and its arguments.
        environment: all of it.
        folder: where it begins.
        namespace: its network namespace; none is the node's.
        name: its host's name.
        last_words: where it finds a file of its own (terminationMessagePath).
    """
    if not FOLDER.is_dir():
        FOLDER.mkdir()
        mount("tmpfs", str(FOLDER), "tmpfs", 0, ROOM)
    place = FOLDER / uid
    place.mkdir(exist_ok=True)
    for path in (place / "log", place / "words", Path(last_words)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    listening, telling = os.pipe()
    own = os.open(OWN, os.O_RDONLY)
    try:
        # Counts for children alone, until it is taken back.
        namespaces.checked(namespaces.LIBC.unshare(NEW_PROCESSES), "unshare")
        number = os.fork()
        if not number:
            try:
                _enter(namespace, name, place, last_words)
                _run(command, environment, folder, place / "log")
            except BaseException as error:  # noqa: BLE001  told to whoever asked
                os.write(telling, str(error).encode())
            os._exit(1)
    finally:
        namespaces.LIBC.setns(own, NEW_PROCESSES)
        os.close(own)
        os.close(telling)
    # Closed when the program begins.
    with os.fdopen(listening, "rb") as heard:
        complaint = heard.read().decode(errors="replace")
    if complaint:
        os.waitpid(number, 0)
        shutil.rmtree(place)
        return complaint
    _there[uid] = Process(number)
    return ""


def _enter(namespace: str, name: str, place: Path, last_words: str) -> None:
    """In the child: its namespaces, and what shows them."""
    os.setsid()
    if namespace:
        namespaces.enter(namespace)
    namespaces.checked(namespaces.LIBC.unshare(NEW_MOUNTS | NEW_NAMES), "unshare")
    mount("none", "/", "none", RECURSIVE | PRIVATE)
    mount("proc", "/proc", "proc")
    mount(str(place / "words"), last_words, "none", BIND)
    socket.sethostname(name)
    if namespace:
        mount("sysfs", "/sys", "sysfs")
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", UP))


def _run(command: list[str], environment: dict[str, str], folder: str, log: Path) -> NoReturn:
    """In the child: becomes the program."""
    os.chdir(folder)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND)
    for number, source in enumerate((nothing, output, output)):
        os.dup2(source, number)
    # Python ignores it, and a program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606  no shell is wanted
    except FileNotFoundError as error:
        # As crun says it, and not by the last of the places where it was looked for.
        raise FileNotFoundError(f"executable file `{command[0]}` not found in $PATH: {error.strerror}") from None


def look() -> dict[str, dict[str, Any]]:
    """Each pod's exit code, last words and last output by its uid; without a code it runs."""
    return {uid: _told(FOLDER / uid, process) for uid, process in _there.items()}


def _told(place: Path, process: Process) -> dict[str, Any]:
    _reap(process, os.WNOHANG)
    if process.code is None:
        return {"code": None}
    words, output = _end_of(place / "words", LAST_WORDS), _end_of(place / "log", LAST_OUTPUT)
    return {"code": process.code, "words": words, "output": "".join(output.splitlines(keepends=True)[-LAST_LINES:])}


def _reap(process: Process, how: int) -> None:
    if process.code is None:
        number, status = os.waitpid(process.number, how)
        if number:
            code = os.waitstatus_to_exitcode(status)
            process.code = code if code >= 0 else 128 - code


def _end_of(path: Path, most: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - most))
        return file.read().decode(errors="replace")


def tell(uid: str, number: int) -> None:
    """Sends the pod's process a signal, if it still runs."""
    process = _there[uid]
    _reap(process, os.WNOHANG)
    if process.code is None:
        os.kill(process.number, number)


def forget(uid: str) -> None:
    """Ends a pod with all of its processes, and drops what it has said; one that is not there is no error."""
    if uid in _there:
        tell(uid, signal.SIGKILL)
        _reap(_there.pop(uid), 0)
        shutil.rmtree(FOLDER / uid)
