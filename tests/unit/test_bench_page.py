"""The table of docs/scale.md, as a run of `make bench` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import page
from bench.labs import Size
from bench.measure import Cost
from bench.report import Row
from bench.subjects import STEPS
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def row(vlans: int, subject: str, seconds: float) -> Row:
    costs = {step: Cost(wall_s=99, cpu_s=seconds + number, mib=1) for number, step in enumerate(STEPS)}
    return Row(size=Size(vlans=vlans), subject=subject, resources=1, state=int(seconds * 1e6), costs=costs)


def test_the_page_gets_a_runs_seconds_of_cpu_and_keeps_the_rest(tmp_path: Path) -> None:
    copy = tmp_path / "scale.md"
    text = page.PAGE.read_text(encoding="utf-8")
    copy.write_text(text, encoding="utf-8")
    page.write(
        [row(100, "ours", 9), row(100, "bare", 6), row(4, "ours", 4), row(4, "bare", 3), row(4, "apply", 1)], copy
    )
    before, old, after = text.partition(page.HEAD)
    assert old
    assert copy.read_text(encoding="utf-8") == (
        f"{before}{page.HEAD}\n{page.RULE}\n"
        "| 4 | ours | 4.0 | 5.0 | 6.0 | 7.0 | 4.00 MB |\n"
        "| 4 | bare | 3.0 | 4.0 | 5.0 | 6.0 | 3.00 MB |\n"
        "| 4 | times | 1.33 | 1.25 | 1.20 | 1.17 | 1.33 |\n"
        "| 100 | ours | 9.0 | 10.0 | 11.0 | 12.0 | 9.00 MB |\n"
        "| 100 | bare | 6.0 | 7.0 | 8.0 | 9.0 | 6.00 MB |\n"
        "| 100 | times | 1.50 | 1.43 | 1.38 | 1.33 | 1.50 |\n" + after[after.index("\n\n") + 1 :]
    )


def test_nothing_is_written_of_a_run_that_compares_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="run both"):
        page.write([row(4, "ours", 4), row(100, "bare", 3)], tmp_path / "scale.md")


def test_a_page_without_the_table_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "scale.md"
    copy.write_text("nothing", encoding="utf-8")
    with pytest.raises(Refusal, match="has no table"):
        page.write([row(4, "ours", 4), row(4, "bare", 3)], copy)
