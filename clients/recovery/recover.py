"""From a state that a dead run left to one that the next run can go on from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clients.credentials import Logins
from clients.errors import LabError
from clients.recovery import live
from clients.recovery.pulumi import LockedError
from lab import recovery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.recovery.pulumi import Stack
    from lab.recovery import Step


@dataclass(frozen=True, kw_only=True)
class Found:
    """A state, and the steps that it takes."""

    exported: dict[str, Any]
    steps: list[Step]


def look(stack: Stack, environ: Mapping[str, str]) -> Found:
    """What is to be done; nothing is changed.

    Raises:
        LabError: naming what could not be looked at.
    """
    exported = stack.export()
    deployment = exported["deployment"]
    wanted = recovery.wanted(deployment)
    logins = Logins(get=stack.config().get, environ=environ)
    return Found(
        exported=exported,
        steps=recovery.plan(deployment, live.look(wanted, logins, recovery.server(deployment))),
    )


def carry_out(stack: Stack, found: Found) -> None:
    """Writes the state anew, and lets the providers fill in what they know.

    Nothing is changed in vCenter or the cluster. With no steps the state is written as it was: so a lock shows.

    Raises:
        LockedError: the stack is locked, and nothing was done.
        LabError: it could not be written, or not be read anew.
    """
    deployment = found.exported["deployment"]
    stack.write(found.exported, recovery.carry_out(deployment, found.steps))
    if urns := recovery.to_reread(deployment, found.steps):
        reread(stack, urns)


def reread(stack: Stack, urns: Sequence[str]) -> None:
    """Lets the providers write into the state what they find of what was taken into it.

    Raises:
        LockedError: the stack is locked.
        LabError: they could not; what to do then.
    """
    try:
        stack.reread(urns)
    except LockedError:
        raise
    except LabError as error:
        raise LabError(
            f"{error}\nThe state is in order, but for how these are now. Run `pulumi refresh` before up or destroy."
        ) from None
