"""How `make bench` takes a size in several rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import bench.__main__ as bench
from bench.labs import Size
from bench.measure import Cost
from bench.subjects import STEPS

if TYPE_CHECKING:
    import pytest

    from sandbox.instance import Instance


class Subject:
    """Costs what its name says; the second round costs less CPU and more time."""

    def __init__(self, name: str, ran: list[str]) -> None:
        self.name, self.ran = name, ran

    def command(self, step: str) -> Cost:
        self.ran.append(f"{self.name} {step}")
        second = self.ran.count(f"{self.name} {step}") == 2
        return Cost(wall_s=2 if second else 1, cpu_s=3 if second else 4, mib=5)

    def kept(self) -> tuple[int, int]:
        return len(self.name), 7


def measured(monkeypatch: pytest.MonkeyPatch, vlans: int) -> tuple[list[str], list[Any]]:
    ran: list[str] = []
    monkeypatch.setattr(
        bench, "SUBJECTS", {name: lambda *_, name=name: Subject(name, ran) for name in ("ours", "bare")}
    )
    monkeypatch.setattr(bench, "run", lambda command: command)
    return ran, bench._measure(cast("Instance", None), Size(vlans=vlans), ["ours", "bare"], 2)


def test_subjects_take_turns_and_the_least_of_each_step_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ran, rows = measured(monkeypatch, 4)
    assert ran == [f"{name} {step}" for name in ("ours", "bare", "ours", "bare") for step in STEPS]
    assert [(row.subject, row.resources, row.state) for row in rows] == [("ours", 4, 7), ("bare", 4, 7)]
    assert {row.costs[step] for row in rows for step in STEPS} == {Cost(wall_s=1, cpu_s=3, mib=5)}


def test_what_takes_minutes_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ran, _ = measured(monkeypatch, bench.LARGE)
    assert len(ran) == 2 * len(STEPS)
