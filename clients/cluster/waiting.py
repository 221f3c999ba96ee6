"""Waits for a verdict, says what it waits for whenever that changes, and ends with the reason."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster.session import UnreachableError
from clients.errors import LabError
from lab.readiness import Failed, Ready, Verdict, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds between two looks, each of which makes some requests. The first is for a rollout of a second; one of minutes
# is looked at again when a twentieth more of its time has passed, and at the latest after the second.
INTERVAL, INTERVAL_MAX = 0.5, 5.0
TWENTIETH = 1 / 20
MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait at most, in minutes, who is told what is being waited for, and which command waits."""

    minutes: float
    report: Callable[[str], None]
    command: str = "up"

    def deadline(self) -> float:
        """The end of a wait that begins now, on the monotonic clock."""
        return time.monotonic() + self.minutes * MINUTE


def wait_for(look: Callable[[], Verdict], patience: Patience) -> Ready:
    """Looks until the verdict is Ready.

    Args:
        look: reads the live objects and judges them.
        patience: how long; each new reason for waiting is told once.

    Raises:
        LabError: at once when the verdict is Failed; at the end of the time with what was still being waited for.
            An API server that does not answer for a moment is waited for, too.
    """
    begin, deadline = time.monotonic(), patience.deadline()
    last = ""
    while True:
        try:
            verdict = look()
        except UnreachableError as error:
            verdict = Waiting(str(error))
        match verdict:
            case Ready():
                return verdict
            case Failed(message, remedy):
                raise LabError(f"{message}. {remedy}.")
            case Waiting(message):
                if message != last:
                    patience.report(message)
                last = message
        if time.monotonic() > deadline:
            longer = "timeoutMinutes in the stack file makes it wait longer"
            if patience.command == "destroy":
                longer += ", once an `up` has brought it into the state that a destroy reads"
            raise LabError(
                f"gave up after {patience.minutes:g} minutes: {last}. The next `pulumi {patience.command}` goes on "
                f"from here; {longer}."
            )
        passed = time.monotonic() - begin
        time.sleep(min(max(INTERVAL, TWENTIETH * passed), INTERVAL_MAX))
