"""Puts what a run costs into docs/scale.md, in the place of an earlier run's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.report import BARE, OURS
from bench.subjects import STEPS
from sandbox.errors import Refusal
from sandbox.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.report import Row

PAGE = ROOT / "docs" / "scale.md"
HEAD = f"| VLANs | | {' | '.join(STEPS)} | state |"
RULE = "|---" * (len(STEPS) + 3) + "|"
TABLE = re.compile(rf"^{re.escape(HEAD)}\n(?:\|.*\n)*", re.MULTILINE)


def write(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Writes the table anew.

    Raises:
        Refusal: the run had not both subjects, or the page has no such table.
    """
    table = list(_lines(rows))
    if not table:
        raise Refusal(f"{page.name} compares {OURS} with {BARE}: run both.")
    text = page.read_text(encoding="utf-8")
    if not TABLE.search(text):
        raise Refusal(f"{page} has no table that begins with {HEAD}")
    page.write_text(TABLE.sub("\n".join([HEAD, RULE, *table, ""]), text, count=1), encoding="utf-8")


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    """Of each size both subjects' seconds of CPU, and how many times bare's ours are."""
    found = {(row.size.vlans, row.subject): row for row in rows}
    for vlans in sorted({row.size.vlans for row in rows}):
        ours, bare = found.get((vlans, OURS)), found.get((vlans, BARE))
        if ours is None or bare is None:
            continue
        for row in (ours, bare):
            seconds = " | ".join(f"{row.costs[step].cpu_s:.1f}" for step in STEPS)
            yield f"| {vlans} | {row.subject} | {seconds} | {row.state / 1e6:.2f} MB |"
        times = [*((ours.costs[step].cpu_s, bare.costs[step].cpu_s) for step in STEPS), (ours.state, bare.state)]
        yield f"| {vlans} | times | {' | '.join(f'{one / other:.2f}' for one, other in times)} |"
