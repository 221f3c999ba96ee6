"""The tables, in Markdown: they go into docs/scale.md as they come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.subjects import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.labs import Size
    from bench.measure import Cost

HEAD = "| VLANs | subject | resources | " + " | ".join(STEPS) + " | state |"
RULE = "| --- " * (len(STEPS) + 4) + "|"
OURS, BARE = "ours", "bare"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One subject at one size; ``costs`` by step, ``state`` in bytes."""

    size: Size
    subject: str
    resources: int
    state: int
    costs: Mapping[str, Cost]


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """All that is told of these rows."""
    if not rows:
        return
    yield "Each cell: seconds by the clock, seconds of CPU, and the most memory of all processes of the command."
    yield ""
    yield HEAD
    yield RULE
    for row in rows:
        cells = (cell(row.costs[step]) for step in STEPS)
        state = f"{row.state / 1e6:.2f} MB" if row.state else "none"
        yield f"| {row.size.vlans} | {row.subject} | {row.resources} | {' | '.join(cells)} | {state} |"
    yield from _ratios(rows)
    yield ""


def cell(cost: Cost) -> str:
    """One step's cost."""
    return f"{cost.wall_s:.1f} s, {cost.cpu_s:.1f} CPU, {cost.mib:.0f} MiB"


def _ratios(rows: Sequence[Row]) -> Iterator[str]:
    """Ours to bare: in all, and without what the smallest lab takes already, which is the fixed part of each."""
    found = {(row.subject, row.size.vlans): row.costs for row in rows}
    sizes = sorted(size for subject, size in found if subject == OURS and (BARE, size) in found)
    if not sizes:
        return
    yield from ("", "Ours to bare, by the clock and by CPU:", "")
    yield "| VLANs | | " + " | ".join(STEPS) + " |"
    yield "| --- " * (len(STEPS) + 2) + "|"
    for size in sizes:
        ours, bare = found[OURS, size], found[BARE, size]
        cells = (_ratio(ours[step].wall_s, bare[step].wall_s, ours[step].cpu_s, bare[step].cpu_s) for step in STEPS)
        yield f"| {size} | in all | {' | '.join(cells)} |"
    least = sizes[0]
    for size in sizes[1:]:
        beyond = [
            [found[subject, size][step] - found[subject, least][step] for subject in (OURS, BARE)] for step in STEPS
        ]
        cells = (
            f"{1000 * ours.wall_s / (size - least):.0f} and {1000 * bare.wall_s / (size - least):.0f} ms, "
            f"{_ratio(ours.wall_s, bare.wall_s, ours.cpu_s, bare.cpu_s)}"
            for ours, bare in beyond
        )
        yield f"| {size} | each VLAN beyond {least} | {' | '.join(cells)} |"


def _ratio(ours_wall: float, bare_wall: float, ours_cpu: float, bare_cpu: float) -> str:
    return f"{_times(ours_wall, bare_wall)}, {_times(ours_cpu, bare_cpu)} CPU"


def _times(ours: float, bare: float) -> str:
    return f"{ours / bare:.2f}" if bare > 0 else "-"
