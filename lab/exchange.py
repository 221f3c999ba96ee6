"""How a template is exchanged for another of the same name: one step after another, each told by what stands now.

A run may die after any step. The next one looks again and goes on from there: no step needs to know of an earlier one.
"""

from __future__ import annotations

from enum import Enum, auto


class At(Enum):
    """What stands at a path."""

    NOTHING = auto()
    # This resource's, and what is wanted.
    WANTED = auto()
    # This resource's: made of another source, on another datastore, or half made.
    OURS = auto()
    # Without a mark where ours was, and the stack file allows to take it for ours, replaced.
    LOST = auto()
    FOREIGN = auto()


class Step(Enum):
    """What is done next."""

    DONE = auto()
    # Puts our mark on what somebody has put in our template's place: a run that dies later finds it as ours.
    CLAIM = auto()
    CLONE = auto()
    CLONE_BESIDE = auto()
    MAKE_WAY = auto()
    MOVE_IN = auto()
    MOVE_BACK = auto()
    DESTROY_NEW = auto()
    DESTROY_OLD = auto()
    REFUSE = auto()
    REFUSE_NEW = auto()
    REFUSE_OLD = auto()


# The longest way, and two steps for what others do meanwhile.
STEPS_MAX = 10


def next_step(there: At, new: At, old: At) -> Step:
    """The next step towards one wanted template at its path, and nothing of ours beside it."""
    match there:
        case At.WANTED:
            return _tidied(new, old)
        case At.NOTHING:
            return _filled(new, old)
        case At.LOST:
            return Step.CLAIM
        case At.FOREIGN:
            return Step.REFUSE
        case At.OURS:
            return _exchanged(new, old)


def _tidied(new: At, old: At) -> Step:
    """What is somebody else's beside it is in nobody's way."""
    if new in {At.WANTED, At.OURS}:
        return Step.DESTROY_NEW
    return Step.DESTROY_OLD if old in {At.WANTED, At.OURS} else Step.DONE


def _filled(new: At, old: At) -> Step:
    """Nothing at the path: the shortest way to a template there, for a Machine that is made now would fail."""
    if new is At.WANTED:
        return Step.MOVE_IN
    if old in {At.WANTED, At.OURS}:
        return Step.MOVE_BACK
    return Step.DESTROY_NEW if new is At.OURS else Step.CLONE


def _exchanged(new: At, old: At) -> Step:
    """Both names beside it must be free before the long part begins."""
    if At.FOREIGN in {new, old}:
        return Step.REFUSE_NEW if new is At.FOREIGN else Step.REFUSE_OLD
    if old is not At.NOTHING:
        return Step.DESTROY_OLD
    match new:
        case At.WANTED:
            return Step.MAKE_WAY
        case At.NOTHING:
            return Step.CLONE_BESIDE
        case _:
            return Step.DESTROY_NEW
