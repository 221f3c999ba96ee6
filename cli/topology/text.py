"""The picture in a terminal: the trunk as lines, then a table of the ways, or where that is too wide, a block each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cli import terminal
from cli.topology.words import counted, heading, notes
from lab.topology import Kind, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lab.topology import Part, Topology, Way

ARROW = " → "
RETIRED = "strike dim"
STYLES = {State.MISSING: "red", State.DIFFERS: "yellow", State.EXTRA: "magenta", State.FOREIGN: "cyan"}


def show(topology: Topology, console: Console | None = None) -> None:
    """Prints the picture."""
    terminal.show(lambda out: _draw(topology, out), console)


def _draw(topology: Topology, out: Console) -> None:
    for depth, part in enumerate(topology.trunk):
        out.print(_line(part, f"{'   ' * (depth - 1)}└─ " if depth else ""))
    for part in topology.beside:
        out.print(_line(part, "   " * len(topology.trunk)))
    out.print()
    if topology.ways:
        _ways(topology.ways, out)
    else:
        out.print("no VLANs")
    if topology.is_live:
        out.print()
        _differences(topology.differences, out)


def _line(part: Part, before: str) -> Text:
    return Text.assemble(before, part.kind, " ", (part.name, "bold"), *_mark(part), f"  {', '.join(part.details)}")


def _ways(ways: Sequence[Way], out: Console) -> None:
    table = _table(ways)
    if terminal.fits(table, out):
        out.print(table)
    else:
        for way in ways:
            _block(way, out)


def _table(ways: Sequence[Way]) -> Table:
    there = {part.kind for way in ways for part in way.parts} - {Kind.VLAN}
    kinds = [kind for kind in Kind if kind in there]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("VLAN", "", *kinds, "namespaces"):
        table.add_column(column, no_wrap=True)
    for way in ways:
        at = {part.kind: _marked(part) for part in way.parts}
        table.add_row(
            Text.assemble(way.told, *_mark_of_vlan(way)),
            heading(way),
            *(at.get(kind, "") for kind in kinds),
            Text(", ").join(_told(part) for part in way.namespaces) or "-",
            style=RETIRED if way.is_retired else None,
        )
    return table


def _block(way: Way, out: Console) -> None:
    """Three lines that fold where the terminal ends."""
    style = RETIRED if way.is_retired else ""
    vlan = Text.assemble(f"VLAN {way.told}", *_mark_of_vlan(way)) if way.vlans else Text()
    first = Text(" ", style=style or "bold").join(part for part in (vlan, Text(heading(way))) if part)
    shown = [_marked(part) for part in way.parts if part.kind is not Kind.VLAN]
    out.print(first)
    out.print(Text.assemble("  ", Text(ARROW).join(shown), style=style))
    if way.namespaces:
        out.print(Text.assemble(f"  {ARROW.strip()} ", Text(", ").join(map(_told, way.namespaces)), style=style))


def _mark_of_vlan(way: Way) -> list[tuple[str, str]]:
    """The VLAN has no column: it stands first in its line."""
    return [mark for part in way.parts if part.kind is Kind.VLAN for mark in _mark(part)]


def _mark(part: Part) -> list[tuple[str, str]]:
    """A colour is not seen everywhere: the word is."""
    return [(f" ({part.state})", STYLES[part.state])] if part.state else []


def _marked(part: Part) -> Text:
    return Text.assemble(part.name, *_mark(part))


def _told(part: Part) -> Text:
    return Text.assemble(part.name, f" ({', '.join(part.details)})" if part.details else "", *_mark(part))


def _differences(found: Sequence[Part], out: Console) -> None:
    if not found:
        out.print("All of it is there, as the stack file has it.")
        return
    out.print(Text(f"{counted(len(found), 'difference')} from the stack file:", style="bold"))
    for part in found:
        told = f": {notes(part)}" if notes(part) else ""
        out.print(Text.assemble("  ", (f"{part.state:<7}", STYLES[part.state]), f"  {part.kind} {part.name}{told}"))
