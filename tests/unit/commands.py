"""The commands that pages tell a reader to type, taken apart as a shell would."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.exceptions import TyperException
from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import typer

    from tests.unit.pages import Page

# What stands for something of the reader's.
PLACEHOLDER = re.compile(r"<([\w-]+)>")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")
PYTHON = {"python", "venv/bin/python"}
PROGRAMS = {*PYTHON, "make", "pulumi", "cp"}


@dataclass(frozen=True, kw_only=True)
class Command:
    """``words`` without redirections; a ``whole`` one stands in a block, others are only spoken of."""

    page: str
    words: tuple[str, ...]
    whole: bool

    def of(self, module: str) -> tuple[str, ...] | None:
        """What is said to this module of ours, if it is called."""
        is_called = self.words[0] in PYTHON and self.words[1:3] == ("-m", module)
        return self.words[3:] if is_called else None


def of_page(page: Page) -> Iterator[Command]:
    """Those of its blocks and of its sentences, in that order; of what a sandbox is to run, the inner one as well."""
    for block in page.blocks:
        for line in block:
            yield from _commands(page, line, whole=True)
    for span in page.spans:
        yield from _commands(page, span, whole=False)


def _commands(page: Page, line: str, *, whole: bool) -> Iterator[Command]:
    for words in _split(PLACEHOLDER.sub(r"\1", line).removeprefix("$ ").replace(" 2>", " >")):
        if words and words[0] in PROGRAMS and len(words) > 1:
            yield Command(page=page.name, words=words, whole=whole)
        if "--" in words and words[1:4] == ("-m", "sandbox", "exec"):
            inner = words[words.index("--") + 1 :]
            yield Command(page=page.name, words=inner, whole=whole)


def _split(line: str) -> Iterator[tuple[str, ...]]:
    """The commands of a line, each as its words; lines that no shell would take alone have none."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    redirected = False
    try:
        tokens = list(lexer)
    except ValueError:
        return
    for token in tokens:
        if set(token) <= set("<>"):
            redirected = True
        elif redirected:
            redirected = False
        elif set(token) <= set("();&|"):
            yield tuple(words)
            words = []
        elif words or not ASSIGNMENT.fullmatch(token):
            words.append(token)
    yield tuple(words)


def refused(app: typer.Typer, command: Command, words: Sequence[str]) -> str:
    """Why the program would not take these words, or nothing; what is only spoken of may leave out what is required."""
    try:
        _parse(get_command(app), [word for word in words if word not in {"--help", "…"}])
    except TyperException as error:
        return "" if type(error).__name__ == "MissingParameter" and not command.whole else f"{' '.join(words)}: {error}"
    return ""


def _parse(command: Any, words: list[str], parent: Any = None) -> None:
    if hasattr(command, "commands") and not words:
        return  # a group prints its help
    context = command.make_context(command.name, words, parent=parent, ignore_unknown_options=False)
    if hasattr(command, "commands"):
        name, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert name
        _parse(inner, rest, context)
