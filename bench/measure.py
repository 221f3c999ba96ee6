"""What one command costs: it and all processes that it starts, seen by looking at them again and again."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Seconds between two looks; what a process does after the last one is missed.
INTERVAL = 0.1
# The end of a failed command's output that is shown, in characters.
TAIL = 3000


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds by the clock and of CPUs; ``mib`` is the most that all processes held at once (RSS)."""

    wall_s: float
    cpu_s: float
    mib: float

    def least(self, other: Cost) -> Cost:
        """The least of both in each: what is more is other work's."""
        return Cost(
            wall_s=min(self.wall_s, other.wall_s), cpu_s=min(self.cpu_s, other.cpu_s), mib=min(self.mib, other.mib)
        )

    def __sub__(self, other: Cost) -> Cost:
        """What one takes beyond another."""
        return Cost(wall_s=self.wall_s - other.wall_s, cpu_s=self.cpu_s - other.cpu_s, mib=self.mib - other.mib)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line, where it runs, and its whole environment."""

    line: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


class _Looks:
    """The sums over a process and its descendants, which begin and end as they like."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu: dict[tuple[int, float], float] = {}
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        held = 0
        try:
            processes = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    held += process.memory_info().rss
                    self._cpu[process.pid, process.create_time()] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        self._most = max(self._most, held)

    def end(self) -> tuple[float, float]:
        """CPU seconds and the highest sum of memory, in MiB."""
        self._ended.set()
        self._thread.join()
        return sum(self._cpu.values()), self._most / 2**20


def run(command: Command) -> Cost:
    """Runs a command to its end.

    Raises:
        Refusal: when it fails, with the end of what it said.
    """
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        child = subprocess.Popen(
            command.line,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        looks = _Looks(child.pid)
        try:
            code = child.wait()
        finally:
            wall = time.monotonic() - begin
            cpu, mib = looks.end()
        output.seek(0)
        told = output.read().decode(errors="replace")
    if code:
        raise Refusal(f"{' '.join(map(str, command.line))} failed:\n{told[-TAIL:]}")
    return Cost(wall_s=wall, cpu_s=cpu, mib=mib)
