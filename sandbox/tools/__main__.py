"""``python -m sandbox.tools``: builds what is missing, says what is there. ``… go …`` runs the Go that builds them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sandbox.tools import cache, catalogue, debian
from sandbox.tools.build import FLAGS, BuildError, build
from sandbox.tools.prerequisites import Compilers, PrerequisiteError, check, install

if TYPE_CHECKING:
    from collections.abc import Collection

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Builds the sandbox's tools, cheapest first; what is there already is not built again."""
    if context.invoked_subcommand:
        return
    _build_all(catalogue.TOOLS)
    if reason := debian.lacking():
        _say(f"kernel nodes are left out, and so are the tests of frames: {reason}")
    else:
        _build_all(catalogue.KERNEL_TOOLS, " of kernel nodes")


def _build_all(tools: Collection[catalogue.Tool], of: str = "") -> None:
    """Those that are missing; the first failure is the last thing that happens."""
    missing = [tool for tool in tools if cache.find(tool) is None]
    if not missing:
        _say(f"all {len(tools)} tools{of} are there")
        return
    compilers = _compilers(missing)
    begin = time.monotonic()
    for number, tool in enumerate(missing, start=1):
        doing = f"building {tool.name} ({number} of {len(missing)})"
        if not console.is_terminal:
            _say(doing)
        start = time.monotonic()
        with console.status(doing):
            try:
                build(tool, compilers)
            except BuildError as error:
                _say(str(error))
                raise typer.Exit(1) from None
        _say(f"{tool.name} built in {time.monotonic() - start:.0f} s")
    _say(f"all {len(tools)} tools{of} are there, after {(time.monotonic() - begin) / 60:.0f} min")


@app.command(context_settings={"ignore_unknown_options": True})
def go(arguments: Annotated[list[str], typer.Argument(help="What `go` is to do in this folder.")]) -> None:
    """Runs Go as the tools are built: in the same version, with the same flags, and so from the same build cache."""
    compilers = _compilers([tool for tool in catalogue.TOOLS if isinstance(tool, catalogue.GoTool)])
    os.environ.update(FLAGS)
    os.execv(str(compilers.go), ["go", *arguments])  # noqa: S606  that is what it is for


def _compilers(tools: Collection[catalogue.Tool]) -> Compilers:
    """The compilers for these tools; what Debian has of what is missing is installed where this user may."""
    try:
        return check(tools)
    except PrerequisiteError as error:
        _say(f"missing on this machine:\n{error}")
        if not install(error.packages):
            raise typer.Exit(1) from None
    try:
        return check(tools)
    except PrerequisiteError as error:
        _say(f"still missing on this machine:\n{error}")
        raise typer.Exit(1) from None


def _say(text: str) -> None:
    """A line, at once: a build takes minutes, and what it printed before may stand in a log."""
    console.print(text, markup=False)
    console.file.flush()


if __name__ == "__main__":
    app()
