"""The sandbox's own processes: started, found again and ended by pid, and never another one that got the same pid."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Seconds for a server to end by itself, before it is ended for good.
GRACE = 10
INTERVAL = 0.02


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process of ours; ``started`` (clock ticks since the machine did) tells it from a later one with its pid."""

    pid: int
    started: int

    def find(self) -> psutil.Process | None:
        """The process, while it runs."""
        try:
            found = psutil.Process(self.pid)
            running = started(self.pid) == self.started and found.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            return None
        return found if running else None

    def memory_mib(self) -> int:
        """What it holds in memory (RSS), in MiB."""
        found = self.find()
        return found.memory_info().rss // 2**20 if found else 0


def started(pid: int) -> int:
    """When a process began, as the kernel counts (proc(5), starttime): a time of day moves when the clock is set.

    Raises:
        FileNotFoundError: there is no such process.
    """
    _, _, fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")
    return int(fields.split()[19])


def start(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Starts a server in a session of its own, so that a Ctrl-C in the terminal is not meant for it."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    return Process(pid=child.pid, started=started(child.pid))


def send(process: Process, number: signal.Signals) -> None:
    """Sends it a signal; one that has ended already is no error."""
    found = process.find()
    if found is not None:
        with suppress(psutil.NoSuchProcess):
            found.send_signal(number)


def kill(process: Process) -> None:
    """Ends it by kill -9, and waits for that."""
    send(process, signal.SIGKILL)
    _ends(process)
    # A zombie may have threads for a moment, which still hold its port.
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(process.pid).num_threads() > 1:
            time.sleep(INTERVAL)


def end(process: Process) -> None:
    """Ends it, gently if it listens; one that has ended already is no error."""
    found = process.find()
    if found is None:
        return
    try:
        found.terminate()
        if not _ends(process):
            found.kill()
            _ends(process)
    except psutil.NoSuchProcess:
        return


def _ends(process: Process) -> bool:
    """Whether it ends within GRACE.

    Not psutil's wait(): that takes a zombie, which another parent has not asked for yet, for one that runs.
    """
    deadline = time.monotonic() + GRACE
    while process.find() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(INTERVAL)
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)  # our own child
    return True
