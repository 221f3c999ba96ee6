"""How a part is marked by what was found of it in several places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lab import names
from lab.parts import Part, State
from lab.report.leaves import differing
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Of an object's fields that differ, those that are named.
NAMED_MAX = 4
MISSING = "missing"


def marked(part: Part, troubles: Mapping[str, str], places: Sequence[str], at: str = "on") -> Part:
    """The part with what is wrong with it.

    Args:
        part: the part.
        troubles: by the place; a place without any is as it should be.
        places: all that were looked at, nodes or hosts or namespaces.
        at: the word before a place.
    """
    if not troubles:
        return part
    is_gone = len(troubles) == len(places) and set(troubles.values()) == {MISSING}
    by_trouble: dict[str, list[str]] = {}
    for place in places:
        if place in troubles:
            by_trouble.setdefault(troubles[place], []).append(place)
    notes = tuple(f"{trouble} {at} {few(there)}" for trouble, there in by_trouble.items())
    return replace(part, state=State.MISSING if is_gone else State.DIFFERS, notes=(*part.notes, *notes))


def noted(part: Part, state: State, notes: Iterable[str]) -> Part:
    """The part with these notes, and in this state where there are any."""
    told = tuple(notes)
    return replace(part, state=state, notes=(*part.notes, *told)) if told else part


def lacking(wanted: Any, live: Any) -> str:
    """What of the wanted is otherwise in the live, in a few words; "" where nothing is.

    What the live has besides does not count: servers and controllers write into objects.
    """
    leaves = [leaf for leaf in differing(wanted, live) if leaf.old is not None]
    return few([f"{leaf.path} is {leaf.new or 'not there'}, not {leaf.old}" for leaf in leaves], NAMED_MAX)


def is_of(stack: str, item: Mapping[str, Any]) -> bool:
    """Whether an object carries this stack's label."""
    return bool((item["metadata"].get("labels") or {}).get(names.STACK_LABEL) == stack)


def owner(item: Mapping[str, Any]) -> str:
    """Whose an object is, in words."""
    stack = (item["metadata"].get("labels") or {}).get(names.STACK_LABEL)
    return f"of stack {stack}" if stack else "not made by this stack"
