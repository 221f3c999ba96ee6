"""A process that is forked (warm.py) is what would have been started: the same, but for its beginning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.engine import warm
from tests.engine.cluster import until

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import json, os, sys
print("said", sys.stdin.read(), file=sys.stderr)
print(json.dumps({
    "argv": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ), "path": sys.path,
    "files": sorted(os.listdir("/proc/self/fd"))[:3], "group": os.getpgrp() == os.getpid(), "name": __name__,
}))
sys.exit(7)
"""
WAITER = """
import os, signal, sys, time
{first}
print(os.getpid(), flush=True)
time.sleep(60)
"""
GENTLY = "signal.signal(signal.SIGINT, lambda *_: sys.exit(3))"


def cold(*words: str) -> list[str]:
    return [sys.executable, "-u", "-m", *words]


pytestmark = pytest.mark.usefixtures("forks")


def test_it_has_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(PROBE, encoding="utf-8")
    told = []
    for command in (cold("probe", "-v=9", "a b"), warm.python("probe", "-v=9", "a b")):
        done = subprocess.run(
            command,
            cwd=tmp_path,
            input="hello",
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.defpath, "PYTHONPATH": str(tmp_path / "more"), "ODD": "ü\n"},
            start_new_session=True,
        )
        assert (done.returncode, done.stderr) == (7, "said hello\n")
        told.append(json.loads(done.stdout))
    usual, found = told
    # Where the environment's PYTHONPATH is meant, the fork has the project's, as a stand-in's starter gives it.
    assert usual["path"][2:] == found["path"][2:]
    assert {**usual, "path": found["path"]} == found
    assert found["path"][0] == str(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_what_the_engine_does_to_its_child(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "waiter.py").write_text(WAITER.format(first=GENTLY), encoding="utf-8")
    command = warm.python("waiter")
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.send_signal(number)
        assert child.wait(10) == {signal.SIGINT: 3, signal.SIGKILL: -signal.SIGKILL}[number]
    until(lambda: not psutil.pid_exists(pid), "the fork ends, too")


def test_it_ends_when_the_engine_was_killed(tmp_path: Path) -> None:
    (tmp_path / "waiter.py").write_text(WAITER.format(first=""), encoding="utf-8")
    script = 'cd "$0"; "$@" & wait'
    words = ["sh", "-c", script, str(tmp_path), *warm.python("waiter")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())
        time.sleep(0.1)
        engine.kill()
    until(lambda: not psutil.pid_exists(pid), "the fork ends, too")
