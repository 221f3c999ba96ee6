"""Does in the guest what it is told over a serial line: a file's name a line, and a JSON object in answer."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import termios
import traceback
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.kernel.inside import namespaces, pods, taps

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = "/mnt/shared"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def serve(line: str) -> None:
    """Answers for ever: each line names the file with what is to be done."""
    with open(line, "r+b", buffering=0) as serial:  # noqa: PTH123  a device, unbuffered both ways
        tty.setraw(serial.fileno())
        termios.tcflush(serial.fileno(), termios.TCIOFLUSH)
        write(serial.fileno(), {"result": os.uname().release})
        pending = b""
        while True:
            while b"\n" not in pending:
                pending += os.read(serial.fileno(), 1 << 16)
            told, _, pending = pending.partition(b"\n")
            request = Path(SHARED, told.decode())
            wanted = json.loads(request.read_text(encoding="utf-8"))
            request.unlink()
            try:
                answer = {"result": ACTIONS[wanted.pop("do")](**wanted)}
            except Exception:  # noqa: BLE001  told to whoever asked
                answer = {"error": traceback.format_exc()}
            write(serial.fileno(), answer)


def write(descriptor: int, answer: dict[str, Any]) -> None:
    """One line, whole."""
    rest = json.dumps(answer).encode() + b"\n"
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def run(command: list[str], text: str, environment: dict[str, str], seconds: float) -> dict[str, Any]:
    """Runs a command to its end; one that does not come to it is killed."""
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        env={"PATH": PATH, "HOME": "/root", **environment},
    )
    return {"status": done.returncode, "output": done.stdout, "complaint": done.stderr}


def start(command: list[str], log: str) -> int:
    """Starts a server; what it says goes into a file of the shared folder."""
    with Path(SHARED, log).open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={"PATH": PATH, "HOME": "/root"}
        )
    return child.pid


def most_held() -> int:
    """The most memory that one of the commands so far has held, in KiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


ACTIONS: dict[str, Callable[..., Any]] = {
    "run": run,
    "start": start,
    "start_pod": pods.start,
    "look_at_pods": pods.look,
    "tell_pod": pods.tell,
    "forget_pod": pods.forget,
    "most_held": most_held,
    "make_namespace": namespaces.make,
    "end_namespace": namespaces.end,
    "listen": taps.listen,
    "forget": taps.forget,
    "send": taps.send,
    "heard": taps.heard,
    "passed": taps.passed,
}
