"""The CLI at work: watched by its own event log, frozen, and killed with no chance to say goodbye."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

import psutil

from sandbox import project
from tests.engine.cluster import until
from tests.engine.lab import PATIENCE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from tests.engine.lab import Lab

# Seconds between two looks at the log.
INTERVAL = 0.02
# The engine's words for "begins" and "has ended and is written down".
MOMENTS = {"resourcePreEvent": "before", "resOutputsEvent": "after"}


class Running:
    """One `up` or `destroy`. Events read "before create Template", with the resource's type."""

    def __init__(self, lab: Lab, command: str) -> None:
        """Starts it, in a session of its own: a Ctrl-C at the tests is not meant for it."""
        self._log = lab.instance.logs / "events.json"
        self._log.unlink(missing_ok=True)
        self._told = lab.instance.logs / "run.log"
        self._read = 0
        self._seen: list[str] = []
        arguments = [command, "--yes", "--skip-preview", "--stack", lab.stack, "--non-interactive", "--color=never"]
        environment = project.environment(lab.instance, lab.instance.load())
        with self._told.open("wb") as told:
            self._process = subprocess.Popen(
                ["pulumi", *arguments, "--event-log", str(self._log)],
                cwd=lab.instance.project,
                env={**os.environ, **environment, "PULUMI_DEBUG_COMMANDS": "1"},
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves nothing running when a test fails half-way."""
        if self._process.poll() is None:
            self.kill()

    def wait_for(self, event: str) -> None:
        """Waits until the engine tells of this event."""
        deadline = time.monotonic() + PATIENCE
        while not self._tells_of(event):
            assert time.monotonic() < deadline, f"not within {PATIENCE} s: event {event!r}, but {self._seen}"
            time.sleep(INTERVAL)

    def wait_to_tell(self, words: str) -> None:
        """Waits until it shows these words."""
        until(lambda: words in self._told.read_text(encoding="utf-8"), f"the run tells of {words!r}")

    def _tells_of(self, event: str) -> bool:
        self._seen += self._events()
        if event in self._seen:
            return True
        assert self._process.poll() is None, f"ended before {event!r}: {self._seen}\n{self._told.read_text()}"
        return False

    def _events(self) -> Iterator[str]:
        """The new whole lines; the last one may be half written."""
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read)
            whole, newline, _ = log.read().rpartition(b"\n")
        self._read += len(whole + newline)
        for line in whole.splitlines():
            event: dict[str, Any] = json.loads(line)
            for kind, moment in MOMENTS.items():
                if kind in event:
                    metadata = event[kind]["metadata"]
                    yield f"{moment} {metadata['op']} {metadata['type'].rpartition(':')[2]}"

    def freeze(self) -> None:
        """The engine stops in its tracks: it hears no answers, and writes nothing down."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """kill -9 of the engine, and waits until its plugins have noticed: they go on for up to a second."""
        plugins = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        self._process.wait()
        _, alive = psutil.wait_procs(plugins, timeout=PATIENCE)
        assert not alive

    def kill_plugin(self, words: str) -> None:
        """kill -9 of the plugin whose command line has these words."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        (plugin,) = [child for child in children if words in " ".join(child.cmdline())]
        plugin.kill()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ends(self) -> Run:
        """Waits for its end."""
        code = self._process.wait(timeout=PATIENCE)
        return Run(code=code, output=self._told.read_text(encoding="utf-8"))
