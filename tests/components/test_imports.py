"""What the program does not load: each command pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_program_does_not_load_every_kind_of_kubernetes_core() -> None:
    told = "import components.wiring, sys; print([name for name in sys.modules if name.endswith('.core.v1')])"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
