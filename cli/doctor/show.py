"""The report in a terminal: a line for each check, what is wrong with its remedy below it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.doctor.report import CHECKS, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.doctor.report import Finding, Report

STYLES = {Outcome.OK: "green", Outcome.WARN: "yellow", Outcome.FAIL: "bold red", Outcome.SKIP: "dim"}
COUNTED = {Outcome.FAIL: "failed", Outcome.WARN: "warned", Outcome.OK: "fine", Outcome.SKIP: "not made"}
REMEDY = "→ "
# Columns below which the text goes under the check instead of beside it.
BESIDE_LEAST = 72
OUTCOME = max(map(len, Outcome))
# Of the longest title, so that the three sides stand alike.
TITLE = max(len(title) for _, title in CHECKS.values())


def show(report: Report, console: Console | None = None) -> None:
    """Prints it; a pipe gets one line for each thing, in preflight's words, without colour."""
    out = console or Console(highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        _lines(report, out)
        return
    for where, findings in groupby(report.findings, lambda finding: finding.where):
        out.print(Text(where, style="bold"))
        _side(list(findings), out)
    out.print(Text(_summary(report), style=STYLES[report.outcome]))


def _lines(report: Report, out: Console) -> None:
    for finding in report.findings:
        for line in finding.lines or ("",):
            out.print(f"{finding.outcome:4}  {finding.where}: {finding.title}: {line}", soft_wrap=True)
    out.print(_summary(report), soft_wrap=True)


def _side(findings: list[Finding], out: Console) -> None:
    rows = list(_rows(findings))
    if out.width < BESIDE_LEAST:
        for outcome, title, text in rows:
            out.print(Text.assemble((f"{outcome:4}  ", STYLES[outcome]), title))
            out.print(Padding(text, (0, 0, 0, 6)))
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=OUTCOME)
    table.add_column(no_wrap=True, min_width=TITLE)
    table.add_column(ratio=1)
    for outcome, title, text in rows:
        table.add_row(Text(outcome, style=STYLES[outcome]), title, text)
    out.print(table)


def _rows(findings: list[Finding]) -> Iterator[tuple[Outcome, str, Text]]:
    """A row for each check; those that were not made for one reason share theirs."""
    for (outcome, skipped), group in groupby(findings, _kind):
        together = list(group)
        if skipped is not None:
            yield outcome, "", Text(f"{', '.join(finding.title for finding in together)}: {skipped}", style="dim")
            continue
        for finding in together:
            yield outcome, finding.title, _text(finding)


def _kind(finding: Finding) -> tuple[Outcome, str | None]:
    return finding.outcome, str(finding.lines[0]) if finding.outcome is Outcome.SKIP else None


def _text(finding: Finding) -> Text:
    text = Text()
    for line in finding.lines:
        text.append("\n" if text else "").append(line.told)
        if line.remedy:
            text.append(f"\n{REMEDY}{line.remedy}", style="italic")
    return text


def _summary(report: Report) -> str:
    counted = ((report.count(outcome), words) for outcome, words in COUNTED.items())
    return f"{report.stack}: {', '.join(f'{count} {words}' for count, words in counted if count)}"
