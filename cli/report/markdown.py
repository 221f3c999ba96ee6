"""Foreign text in GitHub's Markdown: always as code, where it is no markup, no HTML, no mention and no reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.report.words import Name

if TYPE_CHECKING:
    from collections.abc import Iterable

# Control characters, and those that turn the reading direction round (CVE-2021-42574): a diff must read as it is.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BACKTICKS = re.compile(r"`+")


def code(text: str, *, cell: bool = False) -> str:
    """A code span; ``cell``: in a table.

    A span ends at as many backticks as it began with. A cell ends at a pipe, in code as well, unless an odd number of
    backslashes is before it (cmark-gfm, extensions/table.c); so those that are there already are doubled.
    """
    plain = _seen(" ".join(text.split())) or " "
    fence = _fence(plain, 1)
    room = " " if plain.startswith("`") or plain.endswith("`") else ""
    inner = re.sub(r"(\\*)\|", r"\1\1\\|", plain) if cell else plain
    return f"{fence}{room}{inner}{room}{fence}"


def inline(words: Iterable[str], *, cell: bool = False) -> str:
    """A sentence: our own words as they are, names as code."""
    return "".join(code(word, cell=cell) if isinstance(word, Name) else word for word in words)


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """A block of code, whatever stands in it."""
    plain = [_seen(line) for line in lines]
    fence = _fence("\n".join(plain), 3)
    return [f"{fence}{language}", *plain, fence]


def folded(summary: str, lines: Iterable[str]) -> list[str]:
    """A part that opens on a click; ``summary`` is our own text."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def _seen(text: str) -> str:
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
