"""``python -m lab adopt``: what somebody has made by hand becomes this stack's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from clients.errors import LabError
from clients.recovery import adoption
from lab import names
from lab.report import adopted

if TYPE_CHECKING:
    from clients.recovery.pulumi import Stack

NOTHING = "nothing to adopt: what stands of this stack is in its state, or is another's"
DESTROY = (
    "From then on all of it is this stack's: `pulumi destroy` deletes it, as what this program has made itself. A "
    "namespace that is to stay: existing: true in the stack file, before."
)


def adopt(stack: Stack, *, write: bool) -> None:
    """Tells what stands and what the next `up` changes of it; takes it over where that is wanted.

    Raises:
        LabError: something cannot be taken over; nothing was written.
    """
    found = adoption.look(stack, os.environ)
    for severity, words in found.said:
        if severity in {"info", "warning"}:
            typer.echo(f"{'warning: ' if severity == 'warning' else ''}{words}")
    if found.is_empty:
        typer.echo(f"stack {stack.name}: {NOTHING}.")
        return
    typer.echo("\n".join(adopted.report(found.standing, found.template, found.planned)))
    if refusals := adopted.refusals(found.standing):
        raise LabError("\n".join(refusals))
    typer.echo(f"\nEach gets the label {names.STACK_LABEL}, the template a line in its notes. {DESTROY}")
    if not write:
        typer.echo(f"\nNothing has been changed. To take it over: python -m lab adopt --stack {stack.name} --write")
        return
    adoption.carry_out(stack, found, os.environ)
    typer.echo(f"\nstack {stack.name}: taken over. Go on with pulumi preview, and pulumi up; no destroy before.")
