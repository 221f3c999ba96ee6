"""What several commands ask for in the same words: a stack file, and the worker MachineSet that completes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli import stack_file
from cli import worker as worker_file
from clients.errors import LabError
from lab import plan, settings
from lab.mistakes import SettingsError

if TYPE_CHECKING:
    from cli.stack_file import StackFile
    from lab.plan import Lab

Stack = Annotated[str | None, typer.Option("--stack", "-s", help="A stack: reads Pulumi.<stack>.yaml in this folder.")]
File = Annotated[Path | None, typer.Option("--file", "-f", help="Any stack file.")]
Base = Annotated[
    Path | None,
    typer.Option(
        help="The worker MachineSet (oc get machineset … -o yaml) that fills in what the stack file leaves out."
    ),
]

# Lines must come out whole: they are one mistake each, and may be read by a program.
errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def read(stack: str | None, file: Path | None) -> StackFile:
    """The stack file that is meant; what it warns of is told.

    Raises:
        typer.Exit: it cannot be read; why is told.
    """
    if (stack is None) == (file is None):
        raise end(LabError("say which lab: --stack S or --file F, one of the two."))
    try:
        found = stack_file.read(file or stack_file.find(Path(), stack or ""))
    except (LabError, SettingsError) as error:
        raise end(error) from None
    for warning in settings.warnings(found.settings):
        errors.print(f"{found.name}: warning: {warning}")
    return found


def complete(stack: str | None, file: Path | None, base: Path | None) -> Lab:
    """The lab that the stack file means, without any server.

    Raises:
        typer.Exit: there is no such lab; why is told.
    """
    found = read(stack, file)
    try:
        worker = None if base is None else worker_file.read(base)
        return plan.complete(found.settings, stack=found.stack, where=found.name, worker=worker)
    except (LabError, SettingsError) as error:
        raise end(error) from None


def end(error: Exception) -> typer.Exit:
    """Tells the error, and gives what ends the program with exit code 1."""
    errors.print(str(error))
    return typer.Exit(1)
