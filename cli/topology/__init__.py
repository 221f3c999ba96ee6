"""``python -m lab topology``: a lab as a picture, for a terminal, a pull request, a page or a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import options, stack_file
from cli.options import File, Stack
from cli.topology import html, mermaid, svg, text
from clients.errors import LabError
from lab import topology as model
from lab.mistakes import SettingsError
from lab.topology.live import live as compare
from lab.topology.sketch import sketch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.stack_file import StackFile
    from lab.plan import Lab
    from lab.topology import Topology

Since = Annotated[
    Path | None,
    typer.Option(help="An earlier version of the stack file: its bridges that are gone are drawn as retired."),
]
FORMATS: Mapping[str, Callable[[Topology], str]] = {"mermaid": mermaid.write, "svg": svg.write, "html": html.write}


def topology(
    stack: Stack = None,
    file: File = None,
    format_: Annotated[
        Literal["text", "mermaid", "svg", "html"],
        typer.Option(
            "--format",
            help="text for this terminal, mermaid for Markdown, svg as a picture, html as one page with a search.",
        ),
    ] = "text",
    *,
    since: Since = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Look at vCenter and the cluster, and mark what is not as the stack file says."),
    ] = False,
) -> None:
    """Draws the VLANs' way from switch to namespaces.

    It is drawn as the stack file means it; no server is asked, but with --live.
    """
    if live and since is not None:
        raise typer.BadParameter("with --live the policy itself tells what is retired.", param_hint="--since")
    found = options.read(stack, file)
    before = None if since is None else options.read(None, since)
    try:
        drawn = _look(found, file or stack_file.find(Path(), stack or "")) if live else _draw(found, before)
    except (LabError, SettingsError) as error:
        raise options.end(error) from None
    if format_ == "text":
        text.show(drawn)
    else:
        typer.echo(FORMATS[format_](drawn), nl=False)


def _draw(found: StackFile, before: StackFile | None) -> Topology:
    lab, *earlier = (_sketch(item) for item in (found, before) if item is not None)
    return model.topology(lab, [bridge for old in earlier for bridge in model.bridges(old)])


def _sketch(found: StackFile) -> Lab:
    return sketch(found.settings, stack=found.stack, where=found.name)


def _look(found: StackFile, path: Path) -> Topology:
    from cli import logins
    from clients.survey import survey

    lab, there = survey(found.settings, stack=found.stack, where=found.name, logins=logins.of(path, found))
    return compare(lab, there)
