"""Text in which what others have named is marked, so that who writes it down can keep it from being read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import ranges

if TYPE_CHECKING:
    from collections.abc import Iterable

# More than a person reads in one cell; the rest is counted.
NAMES_MOST = 16


class Name(str):
    """A name or value from a stack file or a server: shown as it is, and never as markup."""

    __slots__ = ()


Words = tuple[str, ...]


def listed(values: Iterable[str]) -> Words:
    """Names, with commas between them; of many the first, and how many there are besides."""
    found = list(dict.fromkeys(values))
    shown = [Name(value) for value in found[:NAMES_MOST]]
    words: list[str] = []
    for name in shown:
        words += [", ", name] if words else [name]
    return (*words, f" and {len(found) - NAMES_MOST} more") if len(found) > NAMES_MOST else tuple(words)


def vlans(ids: Iterable[int]) -> Words:
    """``VLAN 1925`` or ``VLANs 1925-1928, 1930``."""
    merged = ranges.merged(ids)
    many = len(merged) > 1 or any(first != last for first, last in merged)
    shown = ranges.told(merged[:NAMES_MOST])
    more = f" and {len(merged) - NAMES_MOST} ranges more" if len(merged) > NAMES_MOST else ""
    return ("VLANs " if many else "VLAN ", f"{shown}{more}")
