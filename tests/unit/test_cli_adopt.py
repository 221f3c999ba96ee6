"""``python -m lab adopt`` as a person types it: a report unless told otherwise, and nothing of it half done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from clients.errors import LabError
from clients.recovery.pulumi import Stack
from lab.recovery import Live
from tests.unit.test_adoption import MACHINE_SET, ROOT, kubernetes, live, machine_set, provider

if TYPE_CHECKING:
    from collections.abc import Sequence

KUBERNETES = provider("kubernetes")
WANTED = kubernetes(MACHINE_SET, machine_set())


@dataclass(kw_only=True)
class Backend:
    """What the CLI would plan, and what is done to the state."""

    planned: list[dict[str, Any]] = field(default_factory=lambda: [ROOT, KUBERNETES, WANTED])
    said: list[tuple[str, str]] = field(default_factory=list)
    there: Live = field(default_factory=lambda: live(MACHINE_SET, machine_set(numCPUs=8)))
    refuses: str = ""
    pending: list[Any] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)

    def plan(self, switch: str) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        assert switch == "CNV_LAB_ADOPTING"
        if self.refuses:
            raise LabError(self.refuses)
        return self.planned, self.said

    def export(self) -> dict[str, Any]:
        made = [{**KUBERNETES, "id": "1"}] if "make" in self.done else []
        return {"version": 3, "deployment": {"resources": [ROOT, *made], "pending_operations": self.pending}}

    def make(self, urns: Sequence[str]) -> None:
        assert urns == [KUBERNETES["urn"]]
        self.done.append("make")

    def write(self, after: dict[str, Any]) -> None:
        self.written = after
        self.done.append("write")

    def reread(self, urns: Sequence[str]) -> None:
        assert urns == [WANTED["urn"]]
        self.done.append("reread")


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    monkeypatch.setattr(Stack, "planned", lambda _, switch: made.plan(switch))
    monkeypatch.setattr(Stack, "make_only", lambda _, urns, __: made.make(urns))
    monkeypatch.setattr(Stack, "export", lambda _: made.export())
    monkeypatch.setattr(Stack, "write", lambda _, __, after: made.write(after))
    monkeypatch.setattr(Stack, "reread", lambda _, urns: made.reread(urns))
    monkeypatch.setattr(Stack, "config", lambda _: {})
    monkeypatch.setattr("clients.recovery.live.look", lambda *_: made.there)
    return made


def adopt(*words: str) -> Result:
    return CliRunner().invoke(app, ["adopt", "--stack", "lab", *words], catch_exceptions=False)


def test_a_report_changes_nothing_and_says_how_to_go_on_and_what_a_destroy_takes(backend: Backend) -> None:
    done = adopt()
    assert (done.exit_code, backend.done) == (0, [])
    assert "MachineSet hub-cnv: CPUs 8 → 6" in done.output
    assert "`pulumi destroy` deletes it" in done.output
    assert "python -m lab adopt --stack lab --write" in done.output


@pytest.mark.parametrize("word", ["--write", "--yes", "-y"])
def test_it_is_written_when_asked_for_after_its_provider(backend: Backend, word: str) -> None:
    assert adopt(word).exit_code == 0
    assert backend.done == ["make", "write", "reread"]
    assert backend.written["resources"][-1]["id"] == "openshift-machine-api/hub-cnv"


def test_a_provider_that_is_in_the_state_is_not_made_again(backend: Backend) -> None:
    backend.planned = [WANTED]
    backend.done = ["make"]
    adopt("--write")
    assert backend.done == ["make", "write", "reread"]


def test_where_nothing_stands_there_is_nothing_to_do(backend: Backend) -> None:
    backend.there = Live()
    done = adopt("--write")
    assert (done.exit_code, backend.done) == (0, [])
    assert "nothing to adopt" in done.output


def test_what_cannot_be_changed_keeps_all_of_it_from_being_written(backend: Backend) -> None:
    backend.there = live(MACHINE_SET, machine_set(selector="other"))
    done = adopt("--write")
    assert (done.exit_code, backend.done) == (1, [])
    assert "cannot be changed" in done.output


def test_what_is_in_the_way_of_any_up_is_told_instead(backend: Backend) -> None:
    backend.refuses = "policy other configures ens224 of these nodes too."
    done = adopt("--write")
    assert (done.exit_code, backend.done) == (1, [])
    assert done.output.startswith("policy other configures ens224")


def test_what_preflight_has_to_tell_is_told_before(backend: Backend) -> None:
    backend.said = [("info", "MachineSet x looks alike."), ("warning", "mind"), ("debug", "noise")]
    lines = adopt().output.splitlines()
    assert lines[:2] == ["MachineSet x looks alike.", "warning: mind"]


def test_a_run_that_died_is_recovered_first(backend: Backend) -> None:
    backend.pending = [{"type": "creating", "resource": WANTED}]
    done = adopt("--write")
    assert (done.exit_code, backend.done) == (1, [])
    assert "`python -m lab recover --stack lab` first" in done.output
