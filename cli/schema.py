"""``python -m lab schema``: the JSON Schemas of stack files and of what they extend, with the words of their page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from clients.errors import LabError
from lab import schema as model

PAGE = Path(__file__).parents[1] / "docs/stack-file.md"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `([\w.]+)` \| .*? \| (.*?) \|$", re.MULTILINE)
# A sentence that only leads elsewhere, and links in a sentence, of which the words stay.
SEE = re.compile(r"\. \[[^]]+\]\([^)]+\)$")
LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


# As the shared files' schema finds it, beside itself.
STACK_FILES = "stack-file.schema.json"


def schema(
    *, shared: Annotated[bool, typer.Option("--shared", help="Of the files that stack files extend.")] = False
) -> None:
    """Prints the stack file's JSON Schema, for editors.

    By it they complete keys, tell what each means, and mark mistakes. docs/stack-file.schema.json is this, and
    docs/shared-file.schema.json is what --shared prints.
    """
    typer.echo(to_json(shared=shared), nl=False)


def to_json(*, shared: bool = False) -> str:
    """The schema's text."""
    told = meanings()
    found = model.shared_file(told, STACK_FILES) if shared else model.stack_file(told)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


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
