"""A user-mode-linux guest: started, told what to do, and ended with all of its processes."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from sandbox import tools
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
# Debian's own: what runs within the guest finds its library in any case, and needs no package of ours.
PYTHON = "/usr/bin/python3"
# The kernel's file in memory: it would else be written to a disk.
MEMORY = "/dev/shm"  # noqa: S108
# Seconds: for the guest to boot, for a command in it, and after which it ends by itself.
BOOT, PATIENCE, LIFETIME = 90, 120, 3600
# Bytes. Of user-mode-linux' card the MTU can't be raised: it is large from the start, or stays at the usual one.
USUAL_MTU, JUMBO_MTU = 1500, 9216
# Lines of a guest's log that are shown.
TAIL = 8


@dataclass(frozen=True, kw_only=True)
class Nic:
    """A card of the guest: its name there, its MAC address, and the cable that it hangs on."""

    name: str
    address: str
    cable: socket.socket


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command in the guest ended."""

    status: int
    output: str
    complaint: str


class CommandError(Exception):
    """A command in the guest failed: which one, and what it said."""


def try_one() -> None:
    """Boots a guest and ends it: whether this machine's CPU and kernel can, only that shows.

    Raises:
        Refusal: it did not come up; in its kernel's words.
    """
    try:
        Guest("trial", []).end()
    except (CommandError, Refusal) as error:
        raise Refusal(f"there can be no kernel nodes here, a guest does not boot: {error}") from None


class Guest:
    """A running guest. ``with`` it, or `end` it; it ends by itself when its time is over, or this process is gone."""

    def __init__(
        self, name: str, nics: Sequence[Nic], *, memory_mib: int = 256, jumbo: bool = False, lifetime: int = LIFETIME
    ) -> None:
        """Boots it, and takes its end of the cables. ``jumbo``: its cards take frames of more than 1,500 bytes.

        Raises:
            Refusal: it did not come up; a tool is missing.
        """
        self.name = name
        self.shared = Path(tempfile.mkdtemp(prefix=f"cnv-lab-{name}-"))
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._line, serial = socket.socketpair()
        self._lifeline, kept = os.pipe()[::-1]
        mtu = JUMBO_MTU if jumbo else USUAL_MTU
        cables = [nic.cable.fileno() for nic in nics]
        uml, packages = tools.path("linux.uml").parent, tools.path("NetworkManager").parent
        command = [
            str(uml / "linux.uml"),
            *(f"mem={memory_mib}M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", "loglevel=3"),
            *(f"uml_dir={self.shared / 'uml'}", "umid=guest", "con=null", "con0=null,fd:1", "ssl=null"),
            f"ssl0=fd:{serial.fileno()}",
            *(
                f"vec{number}:transport=fd,fd={nic.cable.fileno()},mac={nic.address},mtu={mtu}"
                for number, nic in enumerate(nics)
            ),
            *(f"UML={uml}", f"PACKAGES={packages}", f"SHARED={self.shared}", f"PYTHONPATH={ROOT}"),
            *(f"init={PYTHON}", "--", "-S", "-m", "sandbox.kernel.inside.init"),
        ]
        # A session of its own: what ends our group, as timeout(1) does, must not end who cleans up after it.
        with self.log.open("wb") as log:
            self._keeper = subprocess.Popen(
                [
                    sys.executable,
                    "-S",
                    str(ROOT / "sandbox/kernel/keeper.py"),
                    str(lifetime),
                    str(kept),
                    str(self.shared),
                    *command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[kept, serial.fileno(), *cables],
                start_new_session=True,
                env={**os.environ, "TMPDIR": MEMORY, "LD_PRELOAD": str(tools.path("xstate.so"))},
            )
        os.close(kept)
        serial.close()
        for nic in nics:
            nic.cable.close()
        try:
            self.kernel: str = self._answer(BOOT)
            for number, nic in enumerate(nics):
                if jumbo:
                    self._put_behind_a_cable(f"vec{number}", nic)
                else:
                    self.run("ip", "link", "set", f"vec{number}", "name", nic.name)
            self.run("ip", "link", "set", "lo", "up")
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _put_behind_a_cable(self, card: str, nic: Nic) -> None:
        """The card is an end of a veth, which takes any MTU; a bridge joins the other end with the real card."""
        other, bridge = f"{card}-veth", f"{card}-bridge"
        for command in (
            f"ip netns add {card}",
            f"ip link set {card} netns {card}",
            f"ip link add {nic.name} address {nic.address} type veth peer name {other} mtu {JUMBO_MTU} netns {card}",
            f"ip -n {card} link add {bridge} mtu {JUMBO_MTU} type bridge",
            *(f"ip -n {card} link set {port} master {bridge} up" for port in (card, other)),
            f"ip -n {card} link set {bridge} up",
        ):
            self.run(*command.split())

    @property
    def log(self) -> Path:
        """What its kernel and its first process say."""
        return self.shared / "console.log"

    def cpu_seconds(self) -> float:
        """What all of its processes on this machine have taken of CPUs; also those that have ended."""
        keeper = psutil.Process(self._keeper.pid)
        total = 0.0
        for process in (keeper, *keeper.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def end(self) -> None:
        """Ends it, and drops what it shared; one that has ended is no error."""
        os.close(self._lifeline)
        self._keeper.wait()
        self._line.close()
        shutil.rmtree(self.shared, ignore_errors=True)
        self.end = lambda: None  # type: ignore[method-assign]

    def run(
        self, *command: str, text: str = "", patience: float = PATIENCE, environment: dict[str, str] | None = None
    ) -> str:
        """A command's output.

        Raises:
            CommandError: it failed.
            Refusal: the guest is gone.
        """
        done = self.attempt(*command, text=text, patience=patience, environment=environment)
        if done.status:
            said = f"{done.output}{done.complaint}".strip()
            raise CommandError(f"{self.name}: {' '.join(command)} ended with {done.status}: {said}")
        return done.output

    def attempt(
        self, *command: str, text: str = "", patience: float = PATIENCE, environment: dict[str, str] | None = None
    ) -> Done:
        """How a command ends.

        Raises:
            CommandError: it did not end in time, or could not be started.
            Refusal: the guest is gone.
        """
        wanted = {"command": command, "text": text, "environment": environment or {}, "seconds": patience}
        return Done(**self.ask("run", patience, **wanted))

    def ask(self, what: str, patience: float = PATIENCE, **arguments: Any) -> Any:
        """What the guest's agent (sandbox/kernel/inside/agent.py) answers; ``patience`` in seconds.

        Raises:
            CommandError: it could not do it.
            Refusal: the guest is gone.
        """
        with self._lock:
            # By a file: once 4 KiB wait in its line, user-mode-linux reads nothing there any more.
            request = self.shared / f"request-{next(self._numbers)}"
            request.write_text(json.dumps({"do": what, **arguments}), encoding="utf-8")
            try:
                self._line.sendall(f"{request.name}\n".encode())
            except OSError:
                raise self._gone() from None
            return self._answer(patience + PATIENCE)

    def _answer(self, patience: float) -> Any:
        self._line.settimeout(patience)
        told = bytearray()
        while not told.endswith(b"\n"):
            try:
                more = self._line.recv(1 << 16)
            except TimeoutError:
                raise Refusal(f"guest {self.name} did not answer within {patience:.0f} s{self._tail()}") from None
            except OSError:
                more = b""
            if not more:
                raise self._gone()
            told += more
        answer = json.loads(told)
        if "error" in answer:
            raise CommandError(f"{self.name}: {answer['error'].strip()}")
        return answer["result"]

    def _gone(self) -> Refusal:
        return Refusal(f"guest {self.name} has ended{self._tail()}")

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        # After a panic its kernel prints a screen of addresses.
        last = [line for line in lines if "Kernel panic" in line] or lines[-TAIL:]
        return "".join(f"\n  {line}" for line in last)
