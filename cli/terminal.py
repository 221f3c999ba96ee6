"""Tables for whoever looks: folded to a terminal's width, and in a pipe whole lines without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

# Wide enough for any table: where nobody looks, as in a pipe, no line is broken.
UNBOUNDED = 1_000_000


def show(draw: Callable[[Console], None], console: Console | None = None) -> None:
    """Prints what is drawn; without colour where nobody sees it (rich looks for a terminal, and for NO_COLOR)."""
    out = console or Console(highlight=False, markup=False, emoji=False)
    if out.is_terminal:
        draw(out)
        return
    out.width = UNBOUNDED
    with out.capture() as drawn:
        draw(out)
    for line in drawn.get().splitlines():
        out.print(line.rstrip())


def fits(table: Table, console: Console) -> bool:
    """Whether nothing of the table would be folded."""
    return console.measure(table, options=console.options.update(width=UNBOUNDED)).maximum <= console.width
