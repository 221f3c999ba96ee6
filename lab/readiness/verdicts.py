"""What a look at live objects can come to, and how their conditions are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Object = dict[str, Any]


@dataclass(frozen=True)
class Ready:
    """It is what was asked for."""

    message: str


@dataclass(frozen=True)
class Waiting:
    """Not yet, and nothing says that it will not be."""

    message: str


@dataclass(frozen=True)
class Failed:
    """It will not become ready by waiting; ``remedy`` says what to do."""

    message: str
    remedy: str


Verdict = Ready | Waiting | Failed


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of this type, or an empty one."""
    conditions = status.get("conditions") or []
    return next((item for item in conditions if item.get("type") == kind), {})
