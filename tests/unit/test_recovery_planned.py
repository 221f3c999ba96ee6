"""What the CLI says that the next `up` would make, asked by a preview with a switch set for the program alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clients.errors import LabError
from clients.recovery.pulumi import LockedError, Stack
from tests.unit import fake_pulumi

if TYPE_CHECKING:
    from pathlib import Path

NEW = {"urn": "urn:new", "type": "t", "custom": True}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A CLI that prints what is written into its folder, and writes down its words and whether the switch is set."""
    fake_pulumi.put(
        tmp_path,
        monkeypatch,
        "(folder / 'asked').write_text(' '.join(sys.argv[1:]) + ' ' + os.environ.get('SWITCH', 'unset'))\n"
        "print((folder / 'says').read_text())\n"
        "sys.exit((folder / 'ends').read_text() or 0)\n",
    )
    (tmp_path / "ends").write_text("", encoding="utf-8")
    return Stack(name="lab", folder=tmp_path)


def says(stack: Stack, digest: Any, ends: str = "") -> None:
    (stack.folder / "says").write_text(digest if isinstance(digest, str) else json.dumps(digest), encoding="utf-8")
    (stack.folder / "ends").write_text(ends, encoding="utf-8")


def said(severity: str, message: str) -> dict[str, str]:
    return {"severity": severity, "message": f"{severity}: {message}\n", "urn": "urn:stack"}


def test_of_a_preview_it_is_the_creations(stack: Stack) -> None:
    steps = [{"op": "same", "newState": {"urn": "urn:old"}}, {"op": "create", "newState": NEW}]
    engines = {"severity": "warning", "message": "using a plugin from $PATH"}
    says(stack, {"steps": steps, "diagnostics": [said("info", "by the way"), engines]})
    assert stack.planned("SWITCH") == ([NEW], [("info", "by the way")])
    asked = (stack.folder / "asked").read_text()
    assert asked.startswith("preview --json --stack lab")
    assert asked.endswith(" 1"), "the program sees the switch"


def test_what_the_program_refuses_is_told_without_the_engines_own_words(stack: Stack) -> None:
    says(stack, {"steps": [], "diagnostics": [said("error", "no such thing.\nnor such.")]}, "error: preview failed")
    with pytest.raises(LabError) as told:
        stack.planned("SWITCH")
    assert str(told.value) == "no such thing.\nnor such."


def test_a_lock_is_told_as_one(stack: Stack) -> None:
    says(stack, "", "error: the stack is currently locked by 1 lock(s)")
    with pytest.raises(LockedError):
        stack.planned("SWITCH")


def test_only_what_is_named_is_made(stack: Stack) -> None:
    says(stack, "", "error: no such target")
    with pytest.raises(LabError, match="`pulumi up` failed: no such target"):
        stack.make_only(["urn:p"], "SWITCH")
    words = "up --yes --skip-preview --target urn:p --stack lab --non-interactive --color=never 1"
    assert (stack.folder / "asked").read_text() == words
