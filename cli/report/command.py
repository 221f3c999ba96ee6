"""``python -m lab report``: the comment under a pull request, from what ``pulumi preview --json`` printed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.report.comment import Report, write
from clients.errors import LabError
from lab.report.preview import Preview, PreviewError, read
from lab.report.secrets import Redactor

# Pulumi's own rule for a stack's name, with the organization or project that may stand before it.
STACK_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+){0,2}", re.ASCII)
# Variables whose values are secrets or logins; their values are taken out wherever they turn up.
SECRET_VARIABLE = re.compile(r"PASSWORD|PASSPHRASE$|TOKEN|SECRET|CREDENTIAL|ACCESS_KEY|^VSPHERE_USER$")

PreviewFile = Annotated[Path, typer.Argument(help="What `pulumi preview --json` printed; - reads standard input.")]
Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack that it is a preview of.")]
Log = Annotated[Path | None, typer.Option(help="What Pulumi wrote to standard error, for a preview that failed.")]
Before = Annotated[Path | None, typer.Option(help="The topology as it is, of `topology --format mermaid`.")]
After = Annotated[Path | None, typer.Option(help="The topology as it will be.")]
Drift = Annotated[bool, typer.Option("--drift", help="Of a nightly preview: what differs from the stack file.")]


def report(  # noqa: PLR0913  the command's options
    preview: PreviewFile = Path("-"),
    *,
    stack: Stack,
    log: Log = None,
    before: Before = None,
    after: After = None,
    drift: Drift = False,
) -> None:
    """Prints a pull request's comment (Markdown) of a preview, also of one that failed."""
    if not STACK_NAME.fullmatch(stack):
        raise typer.BadParameter(f"{stack!r} cannot be a stack's name.", param_hint="--stack")
    redactor = Redactor(value for key, value in os.environ.items() if SECRET_VARIABLE.search(key))
    pictures = {"The network as it is": before, "The network as it will be": after}
    try:
        found, why = _preview(preview, redactor)
        told = Report(
            stack=stack,
            preview=found,
            log=redactor.text((_read(log) if log else "") or why),
            topologies={title: redactor.text(_read(path)) for title, path in pictures.items() if path},
            drift=drift,
        )
    except LabError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(write(told), nl=False)


def _preview(path: Path, redactor: Redactor) -> tuple[Preview | None, str]:
    text = _read(path)
    try:
        return read(text, redactor), ""
    except PreviewError as error:
        return None, f"What should be a preview is {error}.\n{text}"


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}.") from None
