"""``python -m lab recover`` as a person types it: what it tells, what it asks, and what it does not do unasked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from clients.recovery.pulumi import LockedError, Stack, TornError
from lab.recovery import Live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEMPLATE = {
    "urn": "urn:pulumi:lab::cnv-lab::pulumi-python:dynamic/cnvlab:Template::template",
    "type": "pulumi-python:dynamic/cnvlab:Template",
    "inputs": {"folder": "/f", "name": "hub-cnv", "source": "hub", "stack": "cnv-lab.lab", "label": "template"},
}


@dataclass(kw_only=True)
class Backend:
    """What the CLI would do to the state."""

    pending: list[dict[str, Any]] = field(default_factory=list)
    locked: bool = False
    torn: Path | None = None
    done: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def export(self) -> dict[str, Any]:
        if self.torn is not None and self.torn.exists():
            raise TornError([self.torn])
        return {"version": 3, "deployment": {"resources": [TEMPLATE], "pending_operations": self.pending}}

    def write(self) -> None:
        if self.locked:
            raise LockedError("the stack is currently locked", ())
        self.done.append("write")

    def release(self) -> None:
        self.locked = False
        self.done.append("release")

    def reread(self, urns: Sequence[str]) -> None:
        self.asked += urns
        self.done.append("reread")


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    monkeypatch.setattr(Stack, "export", lambda _: made.export())
    monkeypatch.setattr(Stack, "write", lambda *_: made.write())
    monkeypatch.setattr(Stack, "release", lambda _: made.release())
    monkeypatch.setattr(Stack, "reread", lambda _, urns: made.reread(urns))
    monkeypatch.setattr(Stack, "config", lambda _: {})
    monkeypatch.setattr("clients.recovery.live.look", lambda *_: Live())
    monkeypatch.setattr("clients.recovery.locks.see_dead", lambda *_: "me's run, process 7")
    return made


def recover(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["recover", "--stack", "lab", *words], input=answer, catch_exceptions=False)


def test_a_state_in_order_is_told_and_no_error(backend: Backend) -> None:
    done = recover()
    assert done.exit_code == 0
    assert "nothing in the state to mend" in done.output
    assert "reread" not in backend.done


def test_a_dry_run_tells_and_does_nothing(backend: Backend) -> None:
    backend.pending = [{"type": "deleting", "resource": TEMPLATE}]
    done = recover("--dry-run")
    assert (done.exit_code, backend.done) == (0, [])
    assert "template was interrupted while deleting" in done.output
    assert "1 step." in done.output


@pytest.mark.parametrize(("answer", "done"), [("n\n", []), ("", []), ("y\n", ["write", "reread"])])
def test_nothing_is_written_unasked(backend: Backend, answer: str, done: list[str]) -> None:
    backend.pending = [{"type": "deleting", "resource": TEMPLATE}]
    assert recover(answer=answer).exit_code == (0 if done else 1)
    assert backend.done == done


def test_what_was_interrupted_is_read_anew(backend: Backend) -> None:
    backend.pending = [{"type": "deleting", "resource": TEMPLATE}]
    recover("--yes")
    assert backend.asked == [TEMPLATE["urn"]]


@pytest.mark.parametrize(("answer", "done"), [("n\n", []), ("y\n", ["release", "write"])])
def test_a_dead_runs_lock_is_taken_off_when_asked_and_then_it_goes_on(
    backend: Backend, answer: str, done: list[str]
) -> None:
    backend.locked = True
    told = recover(answer=answer)
    assert backend.done == done
    assert "me's run, process 7" in told.output
    assert told.exit_code == (0 if done else 1)


def test_yes_answers_every_question(backend: Backend) -> None:
    backend.locked = True
    backend.pending = [{"type": "creating", "resource": TEMPLATE}]
    assert recover("--yes").exit_code == 0
    assert backend.done == ["release", "write"]


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [(["--dry-run"], "", True), ([], "n\n", True), ([], "y\n", False), (["--yes"], "", False)],
)
def test_what_keeps_the_state_from_being_read_is_removed_when_asked(
    backend: Backend, tmp_path: Path, words: list[str], answer: str, *, left: bool
) -> None:
    backend.torn = tmp_path / "lab.json.attrs"
    backend.torn.touch()
    told = recover(*words, answer=answer).output
    assert str(backend.torn) in told
    assert backend.torn.exists() == left
    assert ("nothing in the state to mend" in told) != left, "and then it goes on"
