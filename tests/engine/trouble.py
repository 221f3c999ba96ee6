"""docs/trouble.md, held to what the engine tests see: what fails is explained, what is explained has failed."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "trouble.md"
# What the engine says of any run that failed.
OF_THE_ENGINE = re.compile(r"error: (update|preview|destroy|refresh) failed$")
# A symptom: a code span that begins a table's row; `<…>` in it stands for any text.
SYMPTOM = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
ANYTHING = re.compile(r"<[^>]+>")

# Names the file that all processes of a run write the symptoms to that they have seen, a line each.
SEEN = "CNV_LAB_TROUBLES_SEEN"


@cache
def symptoms() -> tuple[str, ...]:
    """The page's symptoms."""
    return tuple(SYMPTOM.findall(PAGE.read_text(encoding="utf-8")))


def shows(output: str, symptom: str) -> bool:
    """Whether one of the lines has the symptom's words, in their order.

    Not by a regular expression: where a symptom begins with `<…>`, that takes seconds for a state's longest lines.
    """
    first, *others = ANYTHING.split(symptom)
    return any(_has(line, first, others) for line in output.split("\n") if first in line)


def _has(line: str, first: str, others: list[str]) -> bool:
    end = line.index(first) + len(first)
    for words in others:
        # Something stands for each `<…>`.
        begin = line.find(words, end + 1)
        if begin < 0:
            return False
        end = begin + len(words)
    return True


def note(output: str) -> None:
    """Remembers which symptoms a run has shown."""
    shown = [symptom for symptom in symptoms() if shows(output, symptom)]
    with Path(os.environ[SEEN]).open("a", encoding="utf-8") as file:
        file.writelines(f"{symptom}\n" for symptom in shown)


def unexplained(diagnostics: str) -> list[str]:
    """The errors of a run that the page has no word on."""
    errors = [line.strip() for line in diagnostics.splitlines() if line.strip().startswith("error:")]
    return [
        error
        for error in errors
        if not OF_THE_ENGINE.match(error) and not any(shows(error, symptom) for symptom in symptoms())
    ]


def never_seen() -> set[str]:
    """Symptoms of the page that no run of this session has shown."""
    return set(symptoms()) - set(Path(os.environ[SEEN]).read_text(encoding="utf-8").splitlines())
