"""``python -m lab topology``: a lab as a picture, for a terminal, a pull request, a page or a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import options
from cli.options import Base, File, Stack
from cli.topology import html, mermaid, svg, text
from lab import topology as model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lab.topology import Topology

FORMATS: Mapping[str, Callable[[Topology], str]] = {"mermaid": mermaid.write, "svg": svg.write, "html": html.write}


def topology(
    stack: Stack = None,
    file: File = None,
    base: Base = None,
    format_: Annotated[
        Literal["text", "mermaid", "svg", "html"],
        typer.Option(
            "--format",
            help="text for this terminal, mermaid for Markdown, svg as a picture, html as one page with a search.",
        ),
    ] = "text",
) -> None:
    """Draws the VLANs' way from switch to namespaces.

    It is drawn as the stack file means it; no server is asked.
    """
    drawn = model.topology(options.complete(stack, file, base))
    if format_ == "text":
        text.show(drawn)
    else:
        typer.echo(FORMATS[format_](drawn), nl=False)
