"""A command of the CLI that runs while the test goes on: what it says is read as it says it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from sandbox import project
from tests.engine import trouble
from tests.engine.cluster import INTERVAL
from tests.engine.lab import PATIENCE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Background:
    """The process, and the file that it writes to."""

    process: subprocess.Popen[str]
    file: IO[str]

    @property
    def output(self) -> str:
        """What it has said so far."""
        self.file.seek(0)
        return self.file.read()

    def told(self, words: str) -> str:
        """The line with these words, as soon as it is said; fails when the command ends without it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            is_over = self.process.poll() is not None
            for line in self.output.splitlines():
                if words in line:
                    assert not is_over or self.process.returncode == 0, "said too late, by its error"
                    return line
            assert not is_over, self.output
            assert time.monotonic() < deadline, f"not within {PATIENCE} s: {words}\n{self.output}"
            time.sleep(INTERVAL)

    def finished(self) -> Run:
        """Waits for its end."""
        self.process.wait(PATIENCE)
        trouble.note(self.output)
        return Run(code=self.process.returncode, output=self.output)


@contextmanager
def pulumi(lab: Lab, *arguments: str) -> Iterator[Background]:
    """Starts it as `Lab.pulumi` would; at the end it is over, one way or the other."""
    environment = {**os.environ, **project.environment(lab.instance, lab.instance.load())}
    with tempfile.TemporaryFile("w+") as file:
        process = subprocess.Popen(
            [
                "pulumi",
                *arguments,
                "--yes",
                "--skip-preview",
                "--stack",
                lab.stack,
                "--non-interactive",
                "--color=never",
            ],
            cwd=lab.instance.project,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Background(process=process, file=file)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
