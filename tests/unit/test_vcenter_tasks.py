"""Calls that change something: again while another task is in the way, for a while; any other fault at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import circumstances, tasks
from clients.vcenter.circumstances import GIB
from clients.vcenter.tasks import BUSY_PATIENCE, PAUSE_FIRST, PAUSE_MAX

IN_PROGRESS = vim.fault.TaskInProgress(task=vim.Task("task-1"))
IN_USE = vim.fault.ResourceInUse(name="rhcos-cnv")


class Session:
    """In the place of a VCenter; ``facts`` are what it reads, by object."""

    def __init__(self, facts: dict[str, dict[str, Any]] | None = None) -> None:
        self.facts = facts or {}
        self.pauses: list[float] = []
        self.told: list[str] = []
        self.report = self.told.append
        self.pause = self.pauses.append

    def read(self, item: Any, *paths: str) -> dict[str, Any]:
        found = self.facts[item._GetMoId()]
        return {path: found[path] for path in paths if path in found}


class Call:
    """Raises, or gives, one after another; the last one for ever."""

    def __init__(self, *ends: Any) -> None:
        self.ends = list(ends)
        self.made = 0

    def __call__(self) -> Any:
        self.made += 1
        end = self.ends[min(self.made, len(self.ends)) - 1]
        if isinstance(end, Exception):
            raise end
        return end


def run(session: Session, call: Call, *about: Any) -> Any:
    return tasks.run(cast("Any", session), call, "delete /Garden/vm/rhcos-cnv", *about)


@pytest.mark.parametrize("busy", [IN_PROGRESS, IN_USE])
def test_somebody_elses_task_is_waited_for_by_growing_pauses_and_told_once(busy: Exception) -> None:
    session, call = Session(), Call(busy, busy, busy, None)
    assert run(session, call) is None
    assert session.pauses == [PAUSE_FIRST, 2 * PAUSE_FIRST, 4 * PAUSE_FIRST]
    assert len(session.told) == 1
    assert session.told[0].startswith("waiting to delete /Garden/vm/rhcos-cnv: ")


def test_a_task_that_fails_for_anothers_sake_is_started_again() -> None:
    """vCenter takes some calls, and finds out in their task."""
    session = Session(
        {"task-7": {"info.state": "error", "info.error": IN_PROGRESS}, "task-8": {"info.state": "success"}}
    )
    call = Call(vim.Task("task-7"), vim.Task("task-8"))
    run(session, call)
    assert (call.made, len(session.pauses)) == (2, 1)


def test_it_is_waited_for_no_longer_than_its_patience_and_the_end_says_who_is_in_the_way() -> None:
    session, call = Session(), Call(IN_PROGRESS)
    with pytest.raises(
        LabError, match=r"delete /Garden/vm/rhcos-cnv: another task is running on it .*recent tasks"
    ) as error:
        run(session, call)
    waited = sum(session.pauses)
    assert BUSY_PATIENCE <= waited < BUSY_PATIENCE + PAUSE_MAX
    assert f"for {waited:.0f} seconds" in str(error.value)
    assert max(session.pauses) == PAUSE_MAX


def test_any_other_fault_is_told_at_once() -> None:
    session, call = Session(), Call(vim.fault.NoPermission(privilegeId="VirtualMachine.Inventory.Delete"), None)
    with pytest.raises(LabError, match=r"delete /Garden/vm/rhcos-cnv: .*VirtualMachine\.Inventory\.Delete\. Give it"):
        run(session, call)
    assert (call.made, session.pauses) == (1, [])


def test_that_the_object_is_gone_is_left_to_the_caller() -> None:
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        run(Session(), Call(vmodl.fault.ManagedObjectNotFound()))


def test_a_host_that_is_away_is_named() -> None:
    vm, host = vim.VirtualMachine("vm-1"), vim.HostSystem("host-1")
    facts: dict[str, dict[str, Any]]
    facts = {"vm-1": {"runtime.host": host}, "host-1": {"name": "goat-1", "runtime.connectionState": "notResponding"}}
    with pytest.raises(LabError, match=r"\(host goat-1, notResponding by now\)\. Reconnect"):
        run(Session(facts), Call(vmodl.fault.HostNotConnected()), vm)


def test_a_full_datastore_is_named_with_what_is_missing() -> None:
    facts = {"vm-1": {"summary.storage.committed": 16 * GIB}, "datastore-1": {"summary.freeSpace": 3 * GIB}}
    about = vim.VirtualMachine("vm-1"), vim.Datastore("datastore-1")
    with pytest.raises(
        LabError,
        match=r"VMData-HD is full \(the copy takes 16\.0 GiB, 3\.0 GiB are free, 13\.0 GiB are missing\)\. Make",
    ):
        run(Session(facts), Call(vim.fault.NoDiskSpace(datastore="VMData-HD")), *about)


def test_nothing_is_missing_where_there_is_room_by_now() -> None:
    assert circumstances.room(2 * GIB, 5 * GIB) == "the copy takes 2.0 GiB, 5.0 GiB are free"


@pytest.mark.parametrize("facts", [{"vm-1": {}}, {"vm-1": {"runtime.host": None}}], ids=["unset", "no host"])
def test_a_fault_is_told_also_where_vcenter_knows_no_more_about_it(facts: dict[str, Any]) -> None:
    with pytest.raises(LabError, match=r"its host is not connected to vCenter\. Reconnect"):
        run(Session(facts), Call(vmodl.fault.HostNotConnected()), vim.VirtualMachine("vm-1"))


def test_a_fault_is_told_also_where_vcenter_refuses_to_say_more() -> None:
    class Silent(Session):
        def read(self, _item: Any, *_paths: str) -> dict[str, Any]:
            raise LabError("no right")

    with pytest.raises(LabError, match="datastore VMData-HD is full"):
        run(Silent(), Call(vim.fault.NoDiskSpace(datastore="VMData-HD")), vim.VirtualMachine("vm-1"))


def test_a_result_is_given() -> None:
    session = Session({"task-8": {"info.state": "success", "info.result": SimpleNamespace(name="made")}})
    assert run(session, Call(vim.Task("task-8"))).name == "made"
