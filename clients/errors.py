"""The one error that is meant for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class LabError(Exception):
    """What went wrong, where, why, and what to do: shown as it is, without a traceback."""


def attempt(step: Callable[[], T]) -> tuple[T | None, list[str]]:
    """The step's result, or what stood in its way: vCenter's trouble must not hide the cluster's."""
    try:
        return step(), []
    except LabError as error:
        return None, [str(error)]
