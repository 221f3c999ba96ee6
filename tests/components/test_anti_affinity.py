"""Hypervisors on different hosts: a rule beside the MachineSet, only where the stack file asks for one."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from components.dynamic.access import ACCESS
from tests.components import fixtures, programs, wire
from tests.components.run import ANTI_AFFINITY, HYPERVISOR_ROLLOUT

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Registration, Run

MACHINES = [{"kind": "Machine", "metadata": {"name": name}} for name in ("hub-a", "hub-b")]


@pytest.fixture
def apart(engine: Engine) -> Registration:
    return engine.run(programs.chain(fixtures.lab(hypervisors={"antiAffinity": True}))).one(ANTI_AFFINITY)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What vCenter's client is asked for; it says that the Machines are not apart."""
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ACCESS, "cluster", nullcontext)
    monkeypatch.setattr(ACCESS, "vcenter", nullcontext)
    monkeypatch.setattr("clients.cluster.fleet.machines", lambda _, name: MACHINES if name == "hub-7vxwj-cnv" else [])
    for name in ("keep_apart", "let_go", "are_apart"):

        def call(_vcenter: Any, *rest: Any, name: str = name) -> bool:
            asked.append((name, *rest))
            return False

        monkeypatch.setattr(f"clients.vcenter.anti_affinity.{name}", call)
    return asked


def test_there_is_no_rule_where_none_is_asked_for(run: Run) -> None:
    assert run.of(ANTI_AFFINITY) == []


def test_the_rule_bears_the_stacks_name_and_follows_the_nodes(apart: Registration) -> None:
    assert apart.inputs["rule"] == "cnv-lab.lab hub-7vxwj-cnv"
    assert apart.inputs["nodes"] == ["hub-7vxwj-cnv-4xk2p"]
    assert [urn.rpartition("::")[2] for urn in apart.waits_for if HYPERVISOR_ROLLOUT in urn] == ["hypervisors-rollout"]


def test_it_is_about_the_machines_that_there_are(apart: Registration, calls: list[tuple[Any, ...]]) -> None:
    made = wire.provider(apart).create(wire.wire(apart.inputs))
    ((name, place, machines),) = calls
    assert (name, place.folder, machines) == ("keep_apart", "/Garden/vm/hub-7vxwj", frozenset({"hub-a", "hub-b"}))
    assert made.outs is not None
    assert not wire.diff(apart, made.outs).changes, "a second up"


@pytest.mark.parametrize("key", ["nodes", "folder", "machineSet"])
def test_another_node_changes_the_rule_that_is_there(
    apart: Registration, calls: list[tuple[Any, ...]], key: str
) -> None:
    outs = wire.provider(apart).update("id", {}, wire.wire(apart.inputs)).outs
    assert calls
    found = wire.diff(apart, outs or {}, **{key: "another"})
    assert (found.changes, found.replaces) == (True, [])


def test_what_a_refresh_finds_out_of_date_is_written_anew(apart: Registration, calls: list[tuple[Any, ...]]) -> None:
    outs = wire.provider(apart).create(wire.wire(apart.inputs)).outs
    found = wire.provider(apart).read("id", wire.wire(outs or {}))
    assert calls[-1][0] == "are_apart"
    assert wire.diff(apart, found.outs or {}).changes


def test_a_destroy_takes_it_away(apart: Registration, calls: list[tuple[Any, ...]]) -> None:
    wire.provider(apart).delete("id", wire.wire(apart.inputs))
    assert [name for name, *_ in calls] == ["let_go"]
