"""`python -m lab`, run beside a stack of the sandbox as its user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import project
from tests.engine.lab import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Told:
    """One finished command."""

    code: int
    out: str
    err: str


def command(lab: Lab, *words: str, environment: Mapping[str, str] | None = None) -> Told:
    """`python -m lab WORDS` in the folder and environment that mean the sandbox."""
    done = subprocess.run(
        [sys.executable, "-m", "lab", *words],
        cwd=lab.instance.project,
        env={
            **os.environ,
            **project.environment(lab.instance, lab.instance.load()),
            "PYTHONPATH": str(project.ROOT),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return Told(code=done.returncode, out=done.stdout, err=done.stderr)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the doctor found: outcomes and lines by check."""

    code: int
    outcomes: dict[str, str]
    lines: dict[str, list[str]]

    def of(self, outcome: str) -> dict[str, str]:
        """The checks that came to this, with what they tell."""
        return {check: "\n".join(self.lines[check]) for check, came in self.outcomes.items() if came == outcome}


def examine(lab: Lab, **environment: str) -> Findings:
    """`python -m lab doctor --json` of the stack; what is given here lies over its environment."""
    done = command(lab, "doctor", "--stack", lab.stack, "--json", environment=environment)
    told: dict[str, Any] = json.loads(done.out)
    assert done.code == (told["outcome"] == "FAIL"), done
    return Findings(
        code=done.code,
        outcomes={check["check"]: check["outcome"] for check in told["checks"]},
        lines={check["check"]: [_line(line) for line in check["lines"]] for check in told["checks"]},
    )


def _line(line: Mapping[str, str]) -> str:
    return f"{line['told']}. {line['remedy']}" if line["remedy"] else line["told"]
