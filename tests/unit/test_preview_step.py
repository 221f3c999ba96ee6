"""The step of the preview that draws a lab before and after, run as it stands: shared files are those of their time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.unit import facts

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
STEP = "The network before and after"


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[int], None]:
    """A function that commits a lab whose VLAN, this one, stands in a file that it extends."""
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".gitignore").write_text("venv\n")
    (tmp_path / "Pulumi.t.yaml").write_text("config:\n  cnv-lab:extends: labs/house.yaml\n")
    (tmp_path / "labs").mkdir()
    git(tmp_path, "init", "--quiet")

    def commit(vlan: int) -> None:
        vlans = [{"id": vlan, "name": "pxe", "namespaces": ["blue"]}]
        config: dict[str, Any] = {f"cnv-lab:{key}": value for key, value in {**facts.SECTIONS, "vlans": vlans}.items()}
        (tmp_path / "labs/house.yaml").write_text(yaml.safe_dump({"config": config}))
        git(tmp_path, "add", "--all")
        git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", str(vlan))

    return commit


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def test_a_change_of_a_shared_file_alone_is_seen_in_the_pictures(
    repository: Callable[[int], None], tmp_path: Path
) -> None:
    repository(7)
    repository(8)
    steps = yaml.safe_load((ROOT / ".github/workflows/preview.yml").read_text(encoding="utf-8"))["jobs"]["preview"][
        "steps"
    ]
    (step,) = [step for step in steps if step.get("name") == STEP]
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    subprocess.run(bash, cwd=tmp_path, check=True, env={"STACK": "t", "PATH": "/usr/bin:/bin"})
    before, after = ((tmp_path / f"{name}.mmd").read_text() for name in ("before", "after"))
    assert ("vlan-7" in before, "vlan-8" in before) == (True, False)
    assert ("vlan-7" in after, "vlan-8" in after) == (False, True)
