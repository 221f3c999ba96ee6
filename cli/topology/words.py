"""How the pictures tell a part."""

from __future__ import annotations

# Characters in a box; a VLAN's name in the stack file may be a whole sentence.
LINE_MAX = 44


def short(text: str) -> str:
    """The text as it fits into a box."""
    return text if len(text) <= LINE_MAX else f"{text[: LINE_MAX - 1]}…"


def counted(number: int, thing: str) -> str:
    """``1 VLAN``, ``4 VLANs``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
