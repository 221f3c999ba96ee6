"""How the program waits: told once for each reason, ended at once by a failure, and by the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from clients.cluster import fleet, hypervisors, waiting
from clients.cluster.session import RefusedError, UnreachableError
from clients.cluster.waiting import INTERVAL, INTERVAL_MAX, Patience, wait_for
from clients.errors import LabError
from lab.readiness import Facts, Failed, Ready, Verdict, Waiting

DONE = Ready("done")


class Clock:
    """Time that passes in sleep only."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a busy loop"
        self.now += seconds


class Looks:
    """Verdicts, or errors to raise, one a look; the last one for ever."""

    def __init__(self, *seen: Verdict | Exception) -> None:
        self.seen = list(seen)
        self.count = 0

    def __call__(self) -> Verdict:
        self.count += 1
        verdict = self.seen[min(self.count, len(self.seen)) - 1]
        if isinstance(verdict, Exception):
            raise verdict
        return verdict


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def patience(told: list[str]) -> Patience:
    return Patience(minutes=1, report=told.append)


def test_what_is_ready_is_not_waited_for(clock: Clock, patience: Patience, told: list[str]) -> None:
    looks = Looks(DONE)
    assert wait_for(looks, patience) is DONE
    assert (looks.count, clock.now, told) == (1, 1000.0, [])


def test_a_failure_ends_the_wait_at_once_with_its_remedy(clock: Clock, patience: Patience) -> None:
    looks = Looks(Waiting("a"), Failed("Machine m failed: no disk", "Raise diskGiB"), DONE)
    with pytest.raises(LabError) as error:
        wait_for(looks, patience)
    assert str(error.value) == "Machine m failed: no disk. Raise diskGiB."
    assert (looks.count, clock.now) == (2, 1000 + INTERVAL)


def test_each_new_reason_is_told_once(patience: Patience, told: list[str]) -> None:
    reasons = [Waiting(reason) for reason in ("a", "a", "b", "b", "b", "a")]
    assert wait_for(Looks(*reasons, DONE), patience) is DONE
    assert told == ["a", "b", "a"]


def test_an_api_server_that_does_not_answer_for_a_moment_is_waited_for(patience: Patience, told: list[str]) -> None:
    """It does so while its own node is configured."""
    gone = UnreachableError("the API server https://api cannot be reached")
    assert wait_for(Looks(Waiting("a"), gone, gone, Waiting("a"), DONE), patience) is DONE
    assert told == ["a", str(gone), "a"]


@pytest.mark.parametrize("error", [RefusedError("no right", 403, "cannot list"), LabError("no"), ValueError("a bug")])
def test_any_other_trouble_ends_the_wait_as_it_is(patience: Patience, error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        wait_for(Looks(error, DONE), patience)
    assert raised.value is error


def test_at_the_end_of_the_time_the_last_reason_is_told_and_how_to_go_on(clock: Clock, told: list[str]) -> None:
    looks = Looks(Waiting("a"), Waiting("node n is not Ready"))
    with pytest.raises(LabError) as error:
        wait_for(looks, Patience(minutes=1.5, report=told.append))
    assert str(error.value).startswith("gave up after 1.5 minutes: node n is not Ready. ")
    assert str(error.value).endswith(
        "The next `pulumi up` goes on from here; timeoutMinutes in the stack file makes it wait longer."
    )
    assert 90 <= clock.now - 1000 <= 90 + INTERVAL_MAX


def test_a_long_wait_looks_less_often_and_sees_the_end_at_most_a_twentieth_late(clock: Clock, told: list[str]) -> None:
    """A rollout of 20 minutes would be looked at 2,400 times, by some requests each."""
    seen: list[float] = []

    def look() -> Verdict:
        seen.append(clock.now - 1000)
        return Waiting("a")

    with pytest.raises(LabError):
        wait_for(look, Patience(minutes=20, report=told.append))
    assert seen[:3] == [0, INTERVAL, 2 * INTERVAL]
    assert len(seen) < 400
    pauses = [(on_time, late - on_time) for on_time, late in pairwise(seen)]
    assert all(pause <= max(INTERVAL, on_time / 20) + 0.001 for on_time, pause in pauses)
    assert max(pause for _, pause in pauses) == pytest.approx(INTERVAL_MAX)


def test_a_destroy_that_gave_up_goes_on_with_the_next_destroy(told: list[str]) -> None:
    """It runs without the stack file: the time that it takes is the state's."""
    with pytest.raises(LabError) as error:
        wait_for(Looks(Waiting("a")), Patience(minutes=1, report=told.append, command="destroy"))
    assert "The next `pulumi destroy` goes on from here" in str(error.value)
    assert "once an `up` has brought it into the state" in str(error.value)


def test_whole_minutes_are_told_without_a_fraction(told: list[str]) -> None:
    with pytest.raises(LabError, match="gave up after 45 minutes: a"):
        wait_for(Looks(Waiting("a")), Patience(minutes=45.0, report=told.append))


def test_a_verdict_that_comes_in_the_last_moment_counts(clock: Clock, patience: Patience) -> None:
    """The look comes before the clock: a long look must not waste its own result."""

    def look() -> Verdict:
        clock.now += 61
        return DONE

    assert wait_for(look, patience) is DONE


def test_even_without_patience_there_is_one_look(clock: Clock, told: list[str]) -> None:
    assert wait_for(Looks(DONE), Patience(minutes=0, report=told.append)) is DONE


def test_a_machine_that_has_no_status_yet_is_no_node_of_the_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    """An autoscaler may add one between the verdict and the survey."""
    spec: dict[str, Any] = {"providerSpec": {"value": {}}}
    machines = [
        {"metadata": {"name": "m-3"}, "spec": spec},
        {"metadata": {"name": "m-2"}, "spec": spec, "status": {"nodeRef": {"name": "n-2"}}},
        {"metadata": {"name": "m-1"}, "spec": spec, "status": {"phase": "Running", "nodeRef": {"name": "n-1"}}},
    ]
    facts = Facts(machines=machines, nodes={}, now=datetime.now(UTC))
    monkeypatch.setattr(fleet, "coming", lambda *_: facts)
    machine_set = {"metadata": {"name": "m"}, "spec": {"template": {"spec": spec}}}
    found = hypervisors.survey(None, machine_set)  # type: ignore[arg-type]
    assert found == hypervisors.Hypervisors(nodes=("n-1", "n-2"), stale=())
