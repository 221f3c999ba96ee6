"""``python -m lab recover``: the way on after a run that died."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from clients.recovery import locks
from clients.recovery.pulumi import LockedError, TornError
from clients.recovery.recover import carry_out, look

if TYPE_CHECKING:
    from clients.recovery.pulumi import Stack


def recover(stack: Stack, *, dry_run: bool, yes: bool) -> None:
    """Tells each step, asks, and takes it.

    Raises:
        LabError: it cannot be done; nothing was done that was not told.
    """
    try:
        found = look(stack, os.environ)
    except TornError as torn:
        typer.echo(f"{torn}: to be removed")
        if dry_run:
            return
        if not yes:
            typer.confirm("Remove it?", abort=True)
        for file in torn.files:
            file.unlink()
        found = look(stack, os.environ)
    for step in found.steps:
        typer.echo(step.told)
    if dry_run:
        typer.echo(f"{_counted(len(found.steps))}. A lock that a dead run left would be taken off, too.")
        return
    if found.steps and not yes:
        typer.confirm(f"Write this into the state of stack {stack.name}?", abort=True)
    try:
        carry_out(stack, found)
    except LockedError as locked:
        who = locks.see_dead(locked, stack.name)
        if not yes:
            typer.confirm(f"The stack is still locked by {who}, which has ended. Take the lock off?", abort=True)
        stack.release()
        typer.echo(f"the lock of {who}, which has ended, is off")
        carry_out(stack, found)
    typer.echo(f"stack {stack.name}: {_counted(len(found.steps))}. Go on with pulumi up, or pulumi destroy.")


def _counted(steps: int) -> str:
    if not steps:
        return "nothing in the state to mend"
    return "1 step" if steps == 1 else f"{steps} steps"
