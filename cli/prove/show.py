"""A proof in a terminal: a line for each VLAN and direction, what drops its frames below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab.proof.result import Outcome, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.proof.result import Result, VlanResult

STYLES = {Outcome.ARRIVES: "green", Outcome.NOT_TRIED: "yellow", Outcome.DROPPED: "bold red"}
WORDS = max(map(len, Outcome))
INDENT = WORDS + 2


def show(result: Result, console: Console | None = None) -> None:
    """Prints it; a pipe gets whole lines without colour."""
    out = console or Console(highlight=False, markup=False, emoji=False)
    whole = not out.is_terminal
    for node, host in zip(result.nodes, result.hosts, strict=True):
        out.print(f"node {node}{f' on ESXi host {host}' if host else ''}", soft_wrap=whole)
    for note in result.notes:
        out.print(Text(f"note: {note}", style="dim"), soft_wrap=whole)
    for item in result.vlans:
        head = Text.assemble((f"{item.outcome:{WORDS}}  ", STYLES[item.outcome]), _head(item))
        out.print(head, soft_wrap=whole)
        for line in _below(item):
            out.print(f"{'':{INDENT}}{line}" if whole else Padding(line, (0, 0, 0, INDENT)), soft_wrap=whole)
    counted = ((result.count(outcome), outcome) for outcome in (Outcome.DROPPED, Outcome.NOT_TRIED, Outcome.ARRIVES))
    told = ", ".join(f"{count} {outcome}" for count, outcome in counted if count)
    out.print(Text(f"{result.stack}: VLANs: {told}", style=STYLES[result.outcome]), soft_wrap=whole)


def _head(item: VlanResult) -> str:
    by = (
        f" by {item.attachment}"
        if item.reach is Reach.MACHINES
        else ""
        if item.attachment
        else " (no namespace has it)"
    )
    layers = ", ".join(dict.fromkeys(f"{drop.layer} {drop.name}".strip() for drop in item.drops))
    return f"VLAN {item.vlan} {item.name}, {item.reach}{by}{f': {layers}' if layers else ''}"


def _below(item: VlanResult) -> Iterator[str]:
    """What drops its frames, each once; with the direction, where that is not both."""
    if item.why:
        yield item.why
    for drop in item.drops:
        ways = [f"{way.source} -> {way.target}: " for way in item.directions if way.drop == drop]
        yield f"{ways[0] if len(ways) == 1 else ''}{drop.told}."
        yield f"→ {drop.remedy}."
    if item.drops:
        yield from (f"{way.source} -> {way.target}: arrives." for way in item.directions if way.drop is None)
