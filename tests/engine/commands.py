"""`python -m lab …` in a sandbox, as `sandbox exec` runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox import project
from tests.engine.lab import PATIENCE, Run

if TYPE_CHECKING:
    from tests.engine.lab import Lab


def command(lab: Lab, *words: str) -> Run:
    """Runs it in the stack's folder; its warnings are left out where it went well."""
    done = subprocess.run(
        [sys.executable, "-m", "lab", *words],
        cwd=lab.instance.project,
        env={**os.environ, **project.environment(lab.instance, lab.instance.load())},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Run(code=done.returncode, output=done.stdout + (done.stderr if done.returncode else ""))
