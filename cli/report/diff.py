"""The full difference as lines of a ``diff`` block: "+" comes, "-" goes, a resource's own line before its leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.report.chapters import HELPERS, kind_of
from lab.report.leaves import Leaf, differing
from lab.report.preview import CREATE, DELETE, IMPORT, REPLACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lab.report.preview import Step

# As Pulumi's own: pkg/resource/deploy/step.go, RawPrefix. GitHub's diff colours a line by its first character.
MARKS = {CREATE: "+", DELETE: "-", REPLACE: "!", IMPORT: "+"}


def lines(steps: Sequence[Step]) -> Iterator[str]:
    """Each step, as it comes in the preview."""
    told: set[Leaf] = set()
    for step in steps:
        yield f"{MARKS.get(step.op, '!')} {step.op} {step.type} {step.name}"
        if step.replaced_for:
            yield f"#   replaced because of {', '.join(step.replaced_for)}"
        if step.op == DELETE:
            continue  # what it was is in the state; that it goes is what counts
        leaves = differing(step.old, step.new)
        # A rollout holds the spec of what it waits for.
        again = told.intersection(leaves) if kind_of(step).chapter == HELPERS else set()
        if again:
            yield f"#   and {len(again)} places as above"
        told.update(leaves)
        for leaf in leaves:
            if leaf in again:
                continue
            yield from _side("-", leaf.path, leaf.old)
            yield from _side("+", leaf.path, leaf.new)


def _side(mark: str, path: str, value: str | None) -> Iterator[str]:
    """A value of several lines keeps them, each with the mark."""
    if value is None:
        return
    first, *more = value.splitlines() or [""]
    yield f"{mark}     {path}: {first}"
    for line in more:
        yield f"{mark}       {line}"
