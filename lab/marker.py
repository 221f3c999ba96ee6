"""The mark on the -cnv template that says whose it is: the last line of its notes in vCenter."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

PREFIX = "cnv-lab: "


@dataclass(frozen=True, kw_only=True)
class Marker:
    """Who made a template, and from what.

    ``id`` is made anew with each clone, so that a replaced template is never taken for its successor. ``source`` is
    the installer's template by its instance UUID.
    """

    id: str
    stack: str
    name: str
    source: str

    def belongs_with(self, other: Marker) -> bool:
        """Whether both are the same resource of the same stack, maybe of different age."""
        return (self.stack, self.name) == (other.stack, other.name)


def write(marker: Marker) -> str:
    """The template's notes: a line for the administrator who finds it, and one for us."""
    return (
        f"RHCOS with nested virtualization, made by Pulumi stack {marker.stack}. Leave the next line as it is.\n"
        f"{PREFIX}{json.dumps(asdict(marker))}"
    )


def read(notes: str | None) -> Marker | None:
    """The mark in a VM's notes, or None where there is none that can be read."""
    for line in reversed((notes or "").splitlines()):
        if line.startswith(PREFIX):
            try:
                return Marker(**json.loads(line.removeprefix(PREFIX)))
            except (ValueError, TypeError):
                return None
    return None
