"""The picture in a terminal: the trunk as lines, then a table of the ways, or where that is too wide, a block each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cli import terminal
from lab.topology import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lab.topology import Part, Topology, Way

ARROW = " → "
RETIRED = "strike dim"


def show(topology: Topology, console: Console | None = None) -> None:
    """Prints the picture."""
    terminal.show(lambda out: _draw(topology, out), console)


def _draw(topology: Topology, out: Console) -> None:
    for depth, part in enumerate(topology.trunk):
        branch = f"{'   ' * (depth - 1)}└─ " if depth else ""
        out.print(Text.assemble(branch, part.kind, " ", (part.name, "bold"), f"  {', '.join(part.details)}"))
    out.print()
    if not topology.ways:
        out.print("no VLANs")
        return
    table = _table(topology.ways)
    if terminal.fits(table, out):
        out.print(table)
    else:
        for way in topology.ways:
            _block(way, out)


def _table(ways: Sequence[Way]) -> Table:
    there = {part.kind for way in ways for part in way.parts} - {Kind.VLAN}
    kinds = [kind for kind in Kind if kind in there]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("VLAN", "", *kinds, "namespaces"):
        table.add_column(heading, no_wrap=True)
    for way in ways:
        at = {part.kind: part.name for part in way.parts}
        table.add_row(
            way.told,
            _name(way),
            *(at.get(kind, "") for kind in kinds),
            ", ".join(_told(part) for part in way.namespaces) or "-",
            style=RETIRED if way.is_retired else None,
        )
    return table


def _block(way: Way, out: Console) -> None:
    """Three lines that fold where the terminal ends."""
    style = RETIRED if way.is_retired else ""
    heading = " ".join(part for part in (f"VLAN {way.told}" if way.vlans else "", _name(way)) if part)
    out.print(Text(heading, style=style or "bold"))
    out.print(Text(f"  {ARROW.join(part.name for part in way.parts if part.kind is not Kind.VLAN)}", style=style))
    if way.namespaces:
        out.print(Text(f"  {ARROW.strip()} {', '.join(_told(part) for part in way.namespaces)}", style=style))


def _name(way: Way) -> str:
    """A strike is not seen everywhere: the word is."""
    return "retired" if way.is_retired else way.name


def _told(part: Part) -> str:
    return f"{part.name} ({', '.join(part.details)})" if part.details else part.name
