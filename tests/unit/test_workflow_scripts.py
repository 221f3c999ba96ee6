"""The workflows' scripts that need neither GitHub nor a lab, as they stand there, in a repository of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.test_workflows import ROOT, WORKFLOWS

if TYPE_CHECKING:
    from pathlib import Path

STACKS = '["home", "work"]'


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str | None) -> str:
    """A commit with these stack files, by the stack's name; None removes one."""
    for stack, text in files.items():
        path = folder / f"Pulumi.{stack}.yaml"
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all", ":!.github", ":!venv")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two labs on main."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".github").symlink_to(ROOT / ".github")
    (tmp_path / "venv").symlink_to(sys.prefix)
    text = (ROOT / "Pulumi.lab.yaml").read_text(encoding="utf-8")
    commit(tmp_path, home=text, work=text)
    return tmp_path


def run(folder: Path, workflow: str, job: str, which: int = 0, **environment: str) -> dict[str, str]:
    """One of the job's scripts; what it leaves as outputs."""
    steps: list[dict[str, Any]] = [step for step in WORKFLOWS[workflow]["jobs"][job]["steps"] if "env" in step]
    outputs = folder.parent / "outputs"
    outputs.write_text("", encoding="utf-8")
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[which]["run"]],
        cwd=folder,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "GITHUB_OUTPUT": str(outputs),
            "STACKS": STACKS,
            **environment,
        },
    )
    return dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())


def changed(home: str) -> str:
    return home.replace("id: 1926", "id: 1930")


def test_a_preview_is_about_what_the_pull_request_changes_on_main_as_it_is_now(repository: Path) -> None:
    """The merge's first parent: what came to main meanwhile is none of the pull request's."""
    text = (repository / "Pulumi.home.yaml").read_text(encoding="utf-8")
    git(repository, "checkout", "--quiet", "-b", "branch")
    commit(repository, home=changed(text))
    git(repository, "checkout", "--quiet", "main")
    commit(repository, work=changed(text))
    git(repository, "merge", "--quiet", "--no-ff", "--message", "merge", "branch")
    assert json.loads(run(repository, "preview", "stacks")["stacks"]) == ["home"]


def test_an_up_is_about_all_that_a_push_brings(repository: Path) -> None:
    text = (repository / "Pulumi.home.yaml").read_text(encoding="utf-8")
    before = git(repository, "rev-parse", "HEAD")
    commit(repository, work=changed(text))
    commit(repository)
    assert json.loads(run(repository, "up", "stacks", BEFORE=before)["stacks"]) == ["work"]


def test_after_a_forced_push_every_lab_is_brought_up(repository: Path) -> None:
    assert json.loads(run(repository, "up", "stacks", BEFORE="0" * 40)["stacks"]) == ["home", "work"]


@pytest.mark.parametrize(("was", "will_be"), [(True, True), (False, True), (True, False)])
def test_the_network_is_drawn_before_and_after_where_there_is_one(
    repository: Path, *, was: bool, will_be: bool
) -> None:
    """A lab may be new, or go: the other picture is drawn all the same."""
    text = (repository / "Pulumi.home.yaml").read_text(encoding="utf-8")
    if not was:
        commit(repository, home=None)
    commit(repository, home=changed(text) if will_be else None)
    run(repository, "preview", "preview", STACK="home")
    before, after = ((repository / f"{name}.mmd").read_text(encoding="utf-8") for name in ("before", "after"))
    assert ("br-1926" in before, "br-1930" in after) == (was, will_be)
    assert [bool(picture) for picture in (before, after)] == [was, will_be]
    assert ("retired bridge<br>br-1926" in after) == (was and will_be), "what goes is struck out where it was"


def test_a_shared_file_beside_the_stack_file_is_the_one_of_its_own_side(repository: Path) -> None:
    """What main has is a folder of its own, whole."""
    (repository / "common.yaml").write_text("old", encoding="utf-8")
    commit(repository)
    (repository / "common.yaml").write_text("new", encoding="utf-8")
    commit(repository)
    run(repository, "preview", "preview", STACK="home")
    assert (repository / "before" / "common.yaml").read_text(encoding="utf-8") == "old"
