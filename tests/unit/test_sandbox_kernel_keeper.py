"""Who keeps a guest: with a shell that has a child in the guest's place."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from sandbox.parts import ROOT
from tests.engine.cluster import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEEPER = ROOT / "sandbox/kernel/keeper.py"
# Both write down who they are; the shell waits for its child.
FAMILY = 'echo $$ >"$0"; sleep 600 & echo $! >>"$0"; wait'


@pytest.fixture
def lifeline() -> Iterator[tuple[int, int]]:
    """Its end for the keeper, and the one that the asker holds."""
    kept, held = os.pipe()
    yield kept, held
    for end in (kept, held):
        try:
            os.close(end)
        except OSError:
            continue


def start(seconds: float, kept: int, *command: str, folder: str = "/nowhere") -> subprocess.Popen[bytes]:
    words = [sys.executable, "-S", str(KEEPER), str(seconds), str(kept), folder, *command]
    return subprocess.Popen(words, pass_fds=[kept])


def family(paper: Path) -> list[int]:
    """The shell and its child."""
    until(lambda: paper.exists() and len(paper.read_text().split()) == 2, "both have written down who they are")
    return [int(word) for word in paper.read_text().split()]


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def all_gone(pids: list[int]) -> None:
    until(lambda: not any(map(is_alive, pids)), "no process is left")


def test_what_a_guest_ends_with_is_told(lifeline: tuple[int, int]) -> None:
    assert start(60, lifeline[0], "sh", "-c", "exit 3").wait() == 3


def test_at_its_time_it_goes_with_its_children(lifeline: tuple[int, int], tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    assert start(2, lifeline[0], "sh", "-c", FAMILY, str(paper)).wait() == 124
    # On a machine that is very busy they may not have come so far.
    all_gone([int(word) for word in paper.read_text().split()] if paper.exists() else [])


def test_when_nobody_holds_the_lifeline_it_goes_at_once_with_what_it_shared(
    lifeline: tuple[int, int], tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    keeper = start(600, lifeline[0], "sh", "-c", FAMILY, str(tmp_path / "paper"), folder=str(shared))
    there = family(tmp_path / "paper")
    os.close(lifeline[1])
    assert keeper.wait() == 124
    assert not shared.exists()
    all_gone(there)


def test_a_keeper_that_is_told_to_end_takes_it_along(lifeline: tuple[int, int], tmp_path: Path) -> None:
    keeper = start(600, lifeline[0], "sh", "-c", FAMILY, str(tmp_path / "paper"))
    there = family(tmp_path / "paper")
    keeper.terminate()
    keeper.wait()
    all_gone(there)
