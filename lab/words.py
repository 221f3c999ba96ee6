"""Words that messages of every part share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# Names in one line; a message with more of them is not read to its end.
NAMED_MAX = 5


def few(found: Collection[str], most: int = NAMED_MAX) -> str:
    """The first names of a list that may be long, and how many more there are."""
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return f"{', '.join([*found][:most])}{more}"
