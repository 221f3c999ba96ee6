"""The record of what a policy takes on a node, which the limits come from: as a file, and as the table of a page."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from lab import capacity
from lab.capacity import Measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
HEAD = "| design | VLANs | ranges | applied in | again in | nmstatectl | NetworkManager | stays | shown in |"
RULE = "|---" * (HEAD.count("|") - 1) + "|"


def table(rows: Iterable[Measured]) -> str:
    """As docs/scale.md has it."""
    return "\n".join([HEAD, RULE, *map(line, rows)])


def line(row: Measured) -> str:
    """One size of one design."""
    return f"| `{row.design}` | {row.vlans} | {row.ranges} | {' | '.join(_cells(row))} |"


def _cells(row: Measured) -> Iterator[str]:
    if row.complaint:
        yield row.complaint.replace("|", "\\|") + " |" * 5
        return
    yield from (_seconds(row.apply_s, row.apply_cpu_s), _seconds(row.again_s, row.again_cpu_s))
    yield from (f"{row.nmstatectl_mib} MiB", f"{row.network_manager_mib} MiB", f"{row.stays_mib} MiB")
    yield _seconds(row.show_s, row.show_cpu_s)


def _seconds(wall: float, cpu: float) -> str:
    return f"{wall:.1f} s, {cpu:.1f} CPU"


def write(measured: Iterable[Measured]) -> None:
    """Renews these rows of the record, and the table of the page; sizes beyond one that failed are dropped."""
    new = {(row.design, row.vlans): row for row in measured}
    ends = {row.design: row.size for row in new.values() if row.complaint}
    old = {(row.design, row.vlans): row for row in capacity.record()}
    merged = sorted({**old, **new}.values(), key=lambda row: (row.design, row.size))
    kept = [row for row in merged if row.size <= ends.get(row.design, row.size)]
    before, page = table(capacity.record()), PAGE.read_text(encoding="utf-8")
    with capacity.RECORD.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, Measured.model_fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: cell or "" for name, cell in row.model_dump().items()} for row in kept)
    capacity.record.cache_clear()
    PAGE.write_text(page.replace(before, table(kept)), encoding="utf-8")
