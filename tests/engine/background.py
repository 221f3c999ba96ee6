"""A command of the CLI that runs while a test looks on and does something about it."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox import project
from tests.engine.cluster import INTERVAL
from tests.engine.lab import PATIENCE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.lab import Lab


class Command:
    """One running command, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Takes the process; its output is read to the end in the background."""
        self._process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)

    def says(self, words: str) -> None:
        """Waits until it has said so; fails when it ended without."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.output:
            ended = self._process.poll() is not None and not self._reader.is_alive()
            assert not ended and time.monotonic() < deadline, f"it did not say {words!r}:\n{self.output}"  # noqa: PT018
            time.sleep(INTERVAL)

    @property
    def output(self) -> str:
        """What it has said so far."""
        return "".join(self._lines)

    def ended(self) -> Run:
        """Waits for its end."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return Run(code=code, output=self.output)

    def kill(self) -> None:
        """Ends it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE)


@contextmanager
def running(lab: Lab, *arguments: str) -> Iterator[Command]:
    """`pulumi …` on the lab's stack; whatever the test comes to, it does not outlive it."""
    process = subprocess.Popen(
        ["pulumi", *arguments, "--stack", lab.stack, "--non-interactive", "--color=never"],
        cwd=lab.instance.project,
        env={**os.environ, **project.environment(lab.instance, lab.instance.load())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    command = Command(process)
    try:
        yield command
    finally:
        command.kill()
