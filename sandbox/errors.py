"""The one error of the sandbox that is meant for a person."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  what the user is told; not every one is a mistake of the program's
    """What the user is told, as it stands: no traceback around it."""
