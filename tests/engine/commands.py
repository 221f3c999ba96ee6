"""`python -m lab …` in a sandbox, as `sandbox exec` runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.engine.lab import PATIENCE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.lab import Lab


@contextmanager
def started(lab: Lab, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Runs it meanwhile; what it says comes all in one. It has ended afterwards."""
    # Whoever runs the tests in the background has them ignore Ctrl-C, and a child would, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "lab", *words],
        cwd=lab.instance.project,
        env=lab.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        signal.signal(signal.SIGINT, before)
        try:
            yield running
        finally:
            running.kill()


def command(lab: Lab, *words: str) -> Run:
    """Runs it in the stack's folder; its warnings are left out where it went well."""
    done = subprocess.run(
        [sys.executable, "-m", "lab", *words],
        cwd=lab.instance.project,
        env=lab.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Run(code=done.returncode, output=done.stdout + (done.stderr if done.returncode else ""))
