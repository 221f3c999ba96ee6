"""VLAN ids as ranges, the way that trunks take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# First and last VLAN, both in it.
Range = tuple[int, int]
NONE = "none"


def merged(vlans: Iterable[int]) -> tuple[Range, ...]:
    """These VLANs as few ranges, ascending: (1925, 1926, 1928) are 1925 to 1926 and 1928."""
    found: list[Range] = []
    for vlan in sorted(set(vlans)):
        if found and found[-1][1] == vlan - 1:
            found[-1] = (found[-1][0], vlan)
        else:
            found.append((vlan, vlan))
    return tuple(found)


def lacking(there: Sequence[Range], wanted: Sequence[Range]) -> tuple[Range, ...]:
    """What of the wanted VLANs is not there."""
    has = {vlan for first, last in there for vlan in range(first, last + 1)}
    return merged(vlan for first, last in wanted for vlan in range(first, last + 1) if vlan not in has)


def parse(text: str) -> tuple[Range, ...]:
    """What ``told`` has written; an empty text is none, too."""
    pairs = (part.strip().partition("-") for part in text.split(",") if part.strip() not in {"", NONE})
    return tuple((int(first), int(last or first)) for first, _, last in pairs)


def told(found: Sequence[Range]) -> str:
    """Ranges for a person: ``1925-1926, 1928``."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found) or NONE
