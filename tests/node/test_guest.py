"""Guests and their processes: whatever becomes of who started them, none is left behind."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from sandbox.errors import Refusal
from sandbox.kernel import guest as guests
from sandbox.kernel.guest import CommandError, Guest
from sandbox.parts import ROOT
from tests.engine.cluster import until

# Boots a guest, says so, and sleeps.
ASKER = """\
import time
from sandbox.kernel.guest import Guest
guest = Guest({name!r}, [], memory_mib=128)
print("booted", flush=True)
time.sleep(600)
"""


def processes(name: str) -> list[int]:
    """Those of the guest of this name, by the folder that is on their command line."""
    return [
        found.pid
        for found in psutil.process_iter(["cmdline"])
        if f"cnv-lab-{name}-" in " ".join(found.info["cmdline"] or ())
    ]


def test_a_guest_goes_with_its_asker_though_that_was_killed() -> None:
    name = "orphan"
    with subprocess.Popen([sys.executable, "-c", ASKER.format(name=name)], cwd=ROOT, stdout=subprocess.PIPE) as asker:
        assert asker.stdout is not None
        assert asker.stdout.readline() == b"booted\n"
        assert len(processes(name)) > 1
        asker.kill()
    until(lambda: not processes(name), "no process of the guest is left")
    assert not list(Path(tempfile.gettempdir()).glob(f"cnv-lab-{name}-*"))


def test_a_guest_tells_what_a_command_said_and_how_long_it_may_take_and_leaves_nothing() -> None:
    name = "teller"
    with Guest(name, [], memory_mib=128) as guest:
        with pytest.raises(CommandError, match=r"teller: ls /nowhere ended with 2: ls: .*/nowhere"):
            guest.run("ls", "/nowhere")
        with pytest.raises(CommandError, match="TimeoutExpired"):
            guest.run("sleep", "100", patience=0.2)
        # More than a serial line of user-mode-linux holds, both ways.
        assert guest.run("cat", text="x" * 100_000) == "x" * 100_000
        shared = guest.shared
    assert not shared.exists()
    until(lambda: not processes(name), "no process of the guest is left")


def test_a_guest_sees_the_machines_files_and_changes_none() -> None:
    with Guest("reader", [], memory_mib=128) as guest:
        guest.run("tee", str(Path(__file__)), text="spoilt")
        guest.run("tee", "/etc/hostname", text="spoilt")
        assert guest.run("cat", "/etc/hostname") == "spoilt"
    assert "spoilt" not in Path("/etc/hostname").read_text(encoding="utf-8")
    assert Path(__file__).read_text(encoding="utf-8").startswith('"""Guests')


def test_a_machine_on_which_no_guest_boots_is_told_so_in_the_kernels_words(monkeypatch: pytest.MonkeyPatch) -> None:
    guests.try_one()
    monkeypatch.setattr(guests, "PYTHON", "/bin/false")
    with pytest.raises(Refusal, match=r"no kernel nodes here, a guest does not boot: (?s:.*)Kernel panic"):
        guests.try_one()
    assert not processes("trial")
