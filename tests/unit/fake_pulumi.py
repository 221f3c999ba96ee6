"""A program in the place of Pulumi's CLI."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BEGIN = "import os, pathlib, sys\nfolder = pathlib.Path(__file__).parent\n"


def put(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Makes ``pulumi`` what this script does; ``folder`` is known in it."""
    program = folder / "pulumi"
    program.write_text(f"#!{sys.executable}\n{BEGIN}{script}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
