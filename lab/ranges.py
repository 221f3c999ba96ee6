"""VLAN ids as ranges, the way that trunks take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def merged(ids: Iterable[int]) -> list[tuple[int, int]]:
    """The ids as ascending ranges, first and last included: 5, 6, 7 and 9 are (5, 7) and (9, 9)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(ids)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
