"""The pages say what the code does: every key with its default, every play."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from lab.sections import GuestTrunk, Section
from lab.settings import LISTS, SECTIONS
from sandbox import plays

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([\w.]+)` \| (.*?) \|", re.MULTILINE)
MODELS: dict[str, type[Section]] = {**SECTIONS, **LISTS, "guest trunks": GuestTrunk}


def keys(model: type[Section], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """A section's keys as the stack file has them, with their defaults; those of a section in it after a dot."""
    for field in model.model_fields.values():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from keys(inner, f"{field.alias}.")
        else:
            yield f"{prefix}{field.alias}", ... if field.is_required() else field.default


def told(section: str) -> dict[str, str]:
    """The rows of a section in docs/stack-file.md: key and default."""
    page = (ROOT / "docs/stack-file.md").read_text(encoding="utf-8")
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return dict(ROW.findall(text))


@pytest.mark.parametrize("section", MODELS)
def test_the_page_of_the_stack_file_has_each_key_and_no_other(section: str) -> None:
    assert sorted(told(section)) == sorted(key for key, _ in keys(MODELS[section]))


@pytest.mark.parametrize("section", MODELS)
def test_it_tells_the_default_of_each_key(section: str) -> None:
    rows = told(section)
    for key, default in keys(MODELS[section]):
        if default is ...:
            assert rows[key] == "required", key
        elif default is not None and default != ():
            shown = default if isinstance(default, str) else json.dumps(default)
            assert rows[key] == f"`{shown}`", key


def test_every_play_of_the_sandbox_is_on_its_page() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z-]+)", page.partition("| play |")[2], re.MULTILINE))
    assert told == set(get_command(plays.app).commands)  # type: ignore[attr-defined]
