"""docs/trouble.md, held to what the engine tests see: what fails is explained, what is explained has failed."""

from __future__ import annotations

import os
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "trouble.md"
# What the engine says of any run that failed.
OF_THE_ENGINE = re.compile(r"error: (update|preview|destroy|refresh) failed$")
# A symptom: a code span that begins a table's row; `<…>` in it stands for any text.
SYMPTOM = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)

# Names the file that all processes of a run write the symptoms to that they have seen, a line each.
SEEN = "CNV_LAB_TROUBLES_SEEN"


def symptoms() -> dict[str, re.Pattern[str]]:
    """The page's symptoms, each with the pattern of what a user sees."""
    return {
        symptom: re.compile(".+?".join(re.escape(part) for part in re.split(r"<[^>]+>", symptom)))
        for symptom in SYMPTOM.findall(PAGE.read_text(encoding="utf-8"))
    }


def note(output: str) -> None:
    """Remembers which symptoms a run has shown."""
    shown = [symptom for symptom, pattern in symptoms().items() if pattern.search(output)]
    with Path(os.environ[SEEN]).open("a", encoding="utf-8") as file:
        file.writelines(f"{symptom}\n" for symptom in shown)


def unexplained(diagnostics: str) -> list[str]:
    """The errors of a run that the page has no word on."""
    errors = [line.strip() for line in diagnostics.splitlines() if line.strip().startswith("error:")]
    patterns = symptoms().values()
    return [
        error
        for error in errors
        if not OF_THE_ENGINE.match(error) and not any(pattern.search(error) for pattern in patterns)
    ]


def never_seen() -> set[str]:
    """Symptoms of the page that no run of this session has shown."""
    return set(symptoms()) - set(Path(os.environ[SEEN]).read_text(encoding="utf-8").splitlines())
