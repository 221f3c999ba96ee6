"""How the pictures tell a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.topology import State

if TYPE_CHECKING:
    from lab.topology import Part, Way

# Characters in a box; a VLAN's name in the stack file may be a whole sentence.
LINE_MAX = 44
# What a way is called that the stack file has no name for.
UNNAMED = {State.EXTRA: "not in the stack file", State.FOREIGN: "not this stack's"}


def short(text: str) -> str:
    """The text as it fits into a box."""
    return text if len(text) <= LINE_MAX else f"{text[: LINE_MAX - 1]}…"


def counted(number: int, thing: str) -> str:
    """``1 VLAN``, ``4 VLANs``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def heading(way: Way) -> str:
    """What a way is called, beside its VLANs. A strike is not seen everywhere: the word is."""
    return "retired" if way.is_retired else way.name or UNNAMED.get(way.state, "")


def notes(part: Part) -> str:
    """What of the part is not as the stack file has it, for where its state stands before it already."""
    return "; ".join(told for note in part.notes if (told := note.removeprefix(str(part.state)).strip(" :")))
