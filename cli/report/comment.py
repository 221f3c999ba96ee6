"""The comment under a pull request: what a preview means, for who reviews it without a checkout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.report import diff
from cli.report.markdown import code, fenced, folded, inline
from lab.report import chapters, look_twice
from lab.report.preview import CREATE, DELETE, IMPORT, REPLACE, UPDATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lab.report.chapters import Row
    from lab.report.preview import Diagnostic, Preview

# GitHub refuses a longer body. Its own count takes a character outside of the basic plane as two, as UTF-16 does.
LIMIT = 65_536
# What a part that was cut says of itself, and what closes it.
NOTICE_ROOM = 600
# mermaid's maxTextSize, beyond which GitHub shows an error instead of a picture.
MERMAID_MOST = 50_000
OPS = {CREATE: "create", UPDATE: "update", REPLACE: "**replace**", DELETE: "**delete**", IMPORT: "adopt"}
COUNTED = {"create": "to create", "update": "to update", "replace": "to replace", "delete": "to delete"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the comment is made of.

    ``preview`` is None where Pulumi printed none; ``log`` is then all that is known of why. ``topologies`` are Mermaid,
    by what to call them. ``drift``: the preview is a nightly one, of a stack file that nobody has changed.
    """

    stack: str
    preview: Preview | None
    log: str = ""
    topologies: Mapping[str, str] = field(default_factory=dict)
    drift: bool = False


def marker(report: Report) -> str:
    """What the comment is found by the next time. A stack's name has no character that could end it."""
    return f"<!-- cnv-lab {'drift' if report.drift else 'preview'}: {report.stack} -->"


def size(text: str) -> int:
    """Characters as GitHub counts them."""
    return len(text.encode("utf-16-le")) // 2


def write(report: Report, limit: int = LIMIT) -> str:
    """The comment, never longer than the limit: what matters most stands first, and the last part gives way."""
    page = _Page(stack=report.stack, room=limit)
    page.add([marker(report), _title(report), ""])
    preview = report.preview
    if preview is None:
        log = report.log.strip("\n").splitlines() or ["Pulumi printed nothing at all."]
        page.block("**The preview failed before it began.** What Pulumi said:", log)
        return page.text
    _errors(page, preview)
    page.add([_counts(preview), ""])
    steps = chapters.in_order(preview.changes)
    page.table(chapters.rows(steps))
    twice = look_twice.look_twice(steps)
    if twice:
        page.items("**Look twice:**", [f"- {inline(words)}" for words in twice])
    warnings = preview.said("warning")
    if warnings:
        page.block("**Warnings:**", _said(warnings))
    for title, mermaid in report.topologies.items():
        page.picture(title, mermaid)
    notes = preview.said("info", "info#err")
    if notes:
        page.fold("What the program said", "text", _said(notes))
    if steps:
        page.fold("The full diff", "diff", list(diff.lines(steps)))
    return page.text


def _title(report: Report) -> str:
    if report.drift:
        return f"### Lab {code(report.stack)} is not what its stack file says"
    return f"### What this changes in lab {code(report.stack)}"


def _errors(page: _Page, preview: Preview) -> None:
    errors = preview.said("error")
    if errors:
        page.block("**The preview failed**; what it would change is not known whole. The errors:", _said(errors))
    if preview.maybe_corrupt:
        page.add(["Pulumi says that the state may be corrupt: `pulumi stack export`, and docs/recover.md.", ""])


def _counts(preview: Preview) -> str:
    told = [f"**{preview.counts[op]} {text}**" for op, text in COUNTED.items() if preview.counts.get(op)]
    same = preview.counts.get("same", 0)
    if not preview.changes and preview.said("error"):
        # What Pulumi counts then is the stack itself, at most.
        return "No change was found before it failed."
    if not told and not preview.changes:
        return "**Nothing changes.**" + (f" {same} resources stay as they are." if same else "")
    return ", ".join([*told, *([f"{same} stay"] if same else [])])


def _said(items: Sequence[Diagnostic]) -> list[str]:
    """Whole, each with whom it is about."""
    return [
        line
        for item in items
        for line in (f"{item.resource}: {item.message}" if item.resource else item.message).splitlines()
    ]


class _Page:
    """Lines, and the room that is left for more."""

    def __init__(self, *, stack: str, room: int) -> None:
        self._stack = stack
        self._room = room
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines).rstrip("\n") + "\n"

    def add(self, lines: Sequence[str]) -> bool:
        """Takes these lines, all or none of them."""
        needed = sum(size(line) + 1 for line in lines)
        if needed > self._room:
            return False
        self._room -= needed
        self._lines += lines
        return True

    def items(self, title: str, lines: Sequence[str]) -> None:
        """A list."""
        self._cut(lines, lambda some: [title, "", *some, ""])

    def block(self, title: str, lines: Sequence[str]) -> None:
        self._cut(lines, lambda some: [title, "", *fenced(some, "text"), ""])

    def fold(self, title: str, language: str, lines: Sequence[str]) -> None:
        self._cut(lines, lambda some: folded(title, fenced(some, language)))

    def table(self, rows: Sequence[Row]) -> None:
        if rows:
            head = ["| Chapter | | What |", "|---|---|---|"]
            self._cut([_row(row) for row in rows], lambda some: [*head, *some, ""])

    def picture(self, title: str, mermaid: str) -> None:
        """A picture cannot be cut."""
        lines = folded(title, fenced(mermaid.strip("\n").splitlines(), "mermaid"))
        if size(mermaid) > MERMAID_MOST or not self.add(lines):
            self.add(
                [f"_{title}: too large for a comment; `python -m lab topology --stack {self._stack}` draws it._", ""]
            )

    def _cut(self, lines: Sequence[str], around: Callable[[Sequence[str]], list[str]]) -> None:
        """As many of the lines as there is room for, whole ones, and a word on how many are missing."""
        if self.add(around(lines)):
            return
        least, most = 0, len(lines)
        while least < most:
            middle = (least + most + 1) // 2
            if sum(size(line) + 1 for line in around(lines[:middle])) + NOTICE_ROOM <= self._room:
                least = middle
            else:
                most = middle - 1
        if least:
            self.add(around(lines[:least]))
        notice = f"{len(lines) - least} of {len(lines)} lines are left out: a comment holds {LIMIT} characters."
        self.add([f"_{notice} `pulumi preview --diff --stack {self._stack}` shows all._", ""])


def _row(row: Row) -> str:
    op = OPS.get(row.op, code(row.op, cell=True))
    places = f" {inline(row.where, cell=True)}" if row.places else ""
    told = f": {inline(row.told, cell=True)}" if row.told else ""
    gone = " (is gone, and will be made again)" if row.gone else ""
    return f"| {row.chapter} | {op} | {inline(row.subject, cell=True)}{places}{told}{gone} |"
