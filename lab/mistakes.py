"""How a stack file's mistakes are told: all at once, each with key, value, reason and remedy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

VALUE_SHOWN_MAX = 80


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong with a stack file.

    ``key`` is the way to the value in the user's own terms (``cnv-lab:vlans[2].id``); ``value`` is what stands there,
    or ``ABSENT``. ``where`` is the file that it is to be mended in, where that is not the stack file.
    """

    key: str
    value: Any
    reason: str
    remedy: str
    where: str = ""

    def __str__(self) -> str:
        """One line, in the order in which a person looks for it: where, what, why, what to do."""
        shown = "" if self.value is ABSENT else f" {show(self.value)}"
        stop = "" if self.remedy.endswith("?") else "."
        return f"{self.key}{shown}: {self.reason}. {self.remedy}{stop}"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


def show(value: Any) -> str:
    """A value as it would stand in the stack file, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):  # YAML takes dates as keys, and values that hold themselves
        text = str(value)
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"


class SettingsError(Exception):
    """A stack file with mistakes; ``str()`` is one line a mistake, each headed by its file."""

    def __init__(self, where: str, mistakes: Iterable[Mistake]) -> None:
        self.where = where
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{mistake.where or where}: {mistake}" for mistake in self.mistakes))
