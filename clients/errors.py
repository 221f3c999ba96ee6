"""The one error that is meant for a person."""

from __future__ import annotations


class LabError(Exception):
    """What went wrong, where, why, and what to do: shown as it is, without a traceback."""
