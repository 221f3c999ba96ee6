"""The picture as a Mermaid flowchart, as GitHub draws it in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.topology.words import short
from lab.topology import State, bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.topology import Part, Topology

# What a label may hold as it stands; all else is written by its number (Mermaid's entity codes), for quotes, brackets
# and HTML mean something to Mermaid.
NOT_PLAIN = re.compile(r"[^\w .,:/()=+…-]")
HEAD = "flowchart LR"
# Borders that are seen on light and on dark; the word stands in the label.
STYLES = {
    "retired": "stroke-dasharray:4 4,text-decoration:line-through",
    State.MISSING: "stroke:#d1242f,stroke-width:3px,stroke-dasharray:6 3",
    State.DIFFERS: "stroke:#bf8700,stroke-width:3px",
    State.EXTRA: "stroke:#8250df,stroke-width:3px",
    State.FOREIGN: "stroke:#218bff,stroke-width:3px",
}


def write(topology: Topology) -> str:
    """The flowchart's text, without a fence around it; a large lab's VLANs are drawn together."""
    drawn = bundled(topology)
    ids = {part: f"p{place}" for place, part in enumerate((*drawn.parts, *drawn.beside))}
    nodes = [f"  {key}{_label(part)}" for part, key in ids.items()]
    links = [f"  {ids[first]} --> {ids[second]}" for first, second in drawn.links]
    links += [f"  {ids[part]} -.-> {ids[drawn.trunk[-1]]}" for part in drawn.beside]
    marks = [(key, mark) for part, key in ids.items() for mark in _marks(part)]
    styles = [f"  classDef {mark} {style}" for mark, style in STYLES.items() if mark in {used for _, used in marks}]
    return "\n".join([HEAD, *nodes, *links, *styles, *(f"  class {key} {mark}" for key, mark in marks)]) + "\n"


def _marks(part: Part) -> Iterator[str]:
    if part.is_retired:
        yield "retired"
    if part.state:
        yield part.state.value


def _label(part: Part) -> str:
    lines = (f"{part.mark} {part.kind}".strip(), part.name, *part.details, *part.notes)
    return f'["{"<br>".join(_escaped(short(line)) for line in lines)}"]'


def _escaped(text: str) -> str:
    return NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", text)
