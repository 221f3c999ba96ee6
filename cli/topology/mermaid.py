"""The picture as a Mermaid flowchart, as GitHub draws it in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.topology.words import short
from lab.topology import bundled

if TYPE_CHECKING:
    from lab.topology import Part, Topology

# What a label may hold as it stands; all else is written by its number (Mermaid's entity codes), for quotes, brackets
# and HTML mean something to Mermaid.
NOT_PLAIN = re.compile(r"[^\w .,:/()=+…-]")
HEAD = "flowchart LR"
RETIRED = "  classDef retired stroke-dasharray:4 4,text-decoration:line-through"


def write(topology: Topology) -> str:
    """The flowchart's text, without a fence around it; a large lab's VLANs are drawn together."""
    drawn = bundled(topology)
    ids = {part: f"p{place}" for place, part in enumerate(drawn.parts)}
    nodes = [f"  {key}{_label(part)}" for part, key in ids.items()]
    links = [f"  {ids[first]} --> {ids[second]}" for first, second in drawn.links]
    retired = [f"  class {key} retired" for part, key in ids.items() if part.is_retired]
    return "\n".join([HEAD, *nodes, *links, *([RETIRED] if retired else []), *retired]) + "\n"


def _label(part: Part) -> str:
    kind = f"retired {part.kind}" if part.is_retired else part.kind
    lines = (kind, part.name, *part.details)
    return f'["{"<br>".join(_escaped(short(line)) for line in lines)}"]'


def _escaped(text: str) -> str:
    return NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", text)
