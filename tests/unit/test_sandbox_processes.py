"""Processes of a sandbox: found again by pid and start, ended gently or for good, and never another one."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from sandbox import processes
from sandbox.processes import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a shell; what still runs at the end is killed."""
    started: list[Process] = []

    def run(script: str, environment: Mapping[str, str] | None = None) -> Process:
        started.append(processes.start(["/bin/sh", "-c", script], tmp_path / "log", environment or {}))
        return started[-1]

    yield run
    for process in started:
        if found := process.find():
            found.kill()
            found.wait(5)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_process_is_found_while_it_runs_and_not_after(start: Start) -> None:
    process = start("exec sleep 60")
    assert Process(pid=process.pid, started=process.started).find() is not None
    assert process.memory_mib() >= 0
    processes.end(process)
    assert process.find() is None
    assert process.memory_mib() == 0
    assert not psutil.pid_exists(process.pid)


def test_another_process_that_got_the_same_pid_is_not_ours_and_not_ended(start: Start) -> None:
    process = start("exec sleep 60")
    former = Process(pid=process.pid, started=process.started - 3600)
    assert former.find() is None
    assert former.memory_mib() == 0
    processes.end(former)
    assert process.find() is not None


def test_a_process_is_found_after_the_clock_was_set(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would else outlive its sandbox: what is not found is not ended."""
    process = start("exec sleep 60")
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 0.0)
    assert process.find() is not None


def test_one_that_has_ended_is_no_error(start: Start) -> None:
    process = start("exit 3")
    until(lambda: process.find() is None)
    processes.end(process)
    processes.end(Process(pid=2**22 + 1, started=0))


def test_one_that_ends_by_itself_is_given_the_time_for_it(start: Start, tmp_path: Path) -> None:
    process = start("trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.02; done")
    until(lambda: "ready" in (tmp_path / "log").read_text())
    processes.end(process)
    assert (tmp_path / "log").read_text() == "ready\nbye\n"


def test_one_that_does_not_listen_is_killed(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.2)
    process = start("trap '' TERM; echo ready; exec sleep 60")
    until(lambda: "ready" in (tmp_path / "log").read_text())
    processes.end(process)
    assert process.find() is None


def test_a_ctrl_c_in_the_terminal_is_not_meant_for_it(start: Start) -> None:
    """It goes to the terminal's process group."""
    process = start("exec sleep 60")
    assert os.getsid(process.pid) == process.pid
    assert os.getpgid(process.pid) != os.getpgid(0)
    os.kill(process.pid, signal.SIGTERM)


def test_it_reads_nothing_and_its_words_are_added_to_its_log(start: Start, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("of the last time\n")
    process = start('cat; echo "$PART" >&2; echo "$PATH"', {"PART": "etcd"})
    until(lambda: process.find() is None)
    assert (tmp_path / "log").read_text() == f"of the last time\netcd\n{os.environ['PATH']}\n"


def test_a_process_that_is_killed_is_not_asked(start: Start, tmp_path: Path) -> None:
    process = start(f"trap 'touch {tmp_path}/asked' TERM; while :; do sleep 0.01; done")
    processes.kill(process)
    assert process.find() is None
    assert not (tmp_path / "asked").exists()
    processes.kill(process)
