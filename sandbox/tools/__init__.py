"""The programs that the sandbox runs: ``python -m sandbox.tools`` builds those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import Refusal
from sandbox.tools import cache, catalogue

if TYPE_CHECKING:
    from pathlib import Path


class ToolMissingError(Refusal):
    """A tool that is not built yet."""


def path(name: str) -> Path:
    """The executable of a tool in sandbox/tools/catalogue.py.

    Raises:
        ToolMissingError: saying how to get it.
    """
    found = cache.find(catalogue.by_name(name))
    if found is None:
        raise ToolMissingError(
            f"{name} is not built yet. Run `make tools`, which takes 10 to 25 minutes the first time."
        )
    return found
