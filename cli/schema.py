"""``python -m lab schema``: the stack file's JSON Schema, with the words of its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import typer

from clients.errors import LabError
from lab import schema as model

PAGE = Path(__file__).parents[1] / "docs/stack-file.md"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `([\w.]+)` \| .*? \| (.*?) \|$", re.MULTILINE)
# A sentence that only leads elsewhere, and links in a sentence, of which the words stay.
SEE = re.compile(r"\. \[[^]]+\]\([^)]+\)$")
LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


def schema() -> None:
    """Prints the stack file's JSON Schema, for editors.

    By it they complete keys, tell what each means, and mark mistakes. docs/stack-file.schema.json is this.
    """
    typer.echo(to_json(), nl=False)


def to_json() -> str:
    """The schema's text."""
    return json.dumps(model.stack_file(meanings()), indent=2, ensure_ascii=False) + "\n"


def meanings() -> model.Meanings:
    """What docs/stack-file.md says of each key, in plain words.

    Raises:
        LabError: the page is not there; it is part of the checkout.
    """
    try:
        page = PAGE.read_text(encoding="utf-8")
    except OSError as error:
        raise LabError(f"{PAGE} cannot be read: {error}.") from None
    _, *parts = SECTION.split(page)
    return {
        (section, key): LINK.sub(r"\1", SEE.sub("", text)).replace("`", "").replace("*", "").strip()
        for section, body in zip(parts[::2], parts[1::2], strict=True)
        for key, text in ROW.findall(body)
        if text
    }
