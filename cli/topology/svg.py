"""The picture as one SVG file, light or dark as its reader has it: a column for each kind of part, a row a way."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from cli.topology.words import notes, short
from lab.topology import Kind, bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lab.topology import Part, Topology, Way

# All in pixels. The letters' widths are those of a monospaced font, of which all are some 0.6 of its size wide: whoever
# draws the file has fonts that nobody knows here.
NAME_SIZE, DETAIL_SIZE = 13, 11
LETTER = 0.602
LINE, PADDING, GAP, ROW_GAP, MARGIN, HEADING = 15, 9, 30, 8, 12, 26

# What hypervisors come from is on no way.
BESIDE = frozenset({Kind.TEMPLATE, Kind.MACHINE_SET, Kind.NODES, Kind.POLICY})

STYLE = """
    text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
    .name { font-size: 13px; font-weight: 600; }
    .detail, .kind { font-size: 11px; }
    .detail, .kind { fill: #59636e; }
    rect { fill: #f6f8fa; stroke: #8c959f; }
    path { fill: none; stroke: #8c959f; }
    .retired rect { stroke-dasharray: 4 4; }
    .retired text { text-decoration: line-through; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .detail, .kind { fill: #9198a1; }
      rect { fill: #151b23; stroke: #656c76; }
      path { stroke: #656c76; }
    }
"""
# Of a picture of what is there. The borders are seen on light and on dark.
LIVE_STYLE = """  .beside { stroke-dasharray: 2 3; }
    .missing rect { stroke: #d1242f; stroke-width: 2; stroke-dasharray: 6 3; }
    .differs rect { stroke: #bf8700; stroke-width: 2; }
    .extra rect { stroke: #8250df; stroke-width: 2; }
    .foreign rect { stroke: #218bff; stroke-width: 2; }
"""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where a part is drawn: its left edge, its middle from the top, and its size."""

    left: float
    middle: float
    width: float
    height: float


def write(topology: Topology) -> str:
    """The file's text; a large lab's VLANs are drawn together."""
    drawn = bundled(topology)
    boxes, width, height = _place(drawn)
    what = f"Stack {drawn.stack}: from the physical switch to the namespaces ({drawn.bridging})"
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="what">',
        f'  <title id="what">{escape(what)}</title>',
        f"  <style>{STYLE}  {f'{LIVE_STYLE}  ' if drawn.is_live else ''}</style>",
        *(f"  {_link(boxes[first], boxes[second])}" for first, second in drawn.links),
        *(f"  {_below(boxes[upper], boxes[lower])}" for upper, lower in pairwise((drawn.trunk[-1], *drawn.beside))),
        *(f"  {_heading(kind, boxes[first])}" for kind, first in _first_of_each(drawn.parts).items()),
        *(f"  {_box(part, boxes[part])}" for part in (*drawn.parts, *drawn.beside)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _first_of_each(parts: Iterable[Part]) -> Mapping[Kind, Part]:
    found: dict[Kind, Part] = {}
    for part in parts:
        found.setdefault(part.kind, part)
    return {kind: found[kind] for kind in Kind if kind in found}


def _place(topology: Topology) -> tuple[dict[Part, Box], float, float]:
    """Each part's box, and the picture's width and height."""
    parts = topology.parts
    middles = _middles(topology)
    boxes: dict[Part, Box] = {}
    left: float = MARGIN
    for kind in _first_of_each(parts):
        column = [part for part in parts if part.kind is kind]
        column += topology.beside if topology.trunk[-1] in column else ()
        width = max(_text_width(kind, DETAIL_SIZE), *(_width(part) for part in column))
        for part in column:
            boxes[part] = Box(left=left, middle=middles[part], width=width, height=_height(part))
        left += width + GAP
    bottom = max(box.middle + box.height / 2 for box in boxes.values())
    return boxes, left - GAP + MARGIN, bottom + MARGIN


def _middles(topology: Topology) -> dict[Part, float]:
    """From the top. What one way alone has is in its row; what ways share, in the middle of theirs."""
    rows = _rows(topology.ways)
    row = max((_height(part) for part in topology.parts if part not in topology.trunk), default=0) + ROW_GAP
    tallest = max(_height(part) for part in topology.trunk)
    top = MARGIN + HEADING + max(0, tallest - row * max(len(rows), 1)) / 2 + row / 2
    at: dict[Part, list[int]] = {}
    for place, way in enumerate(rows):
        for part in (*way.parts, *way.namespaces):
            at.setdefault(part, []).append(place)
    middles = {part: top + row * (min(places) + max(places)) / 2 for part, places in at.items()}
    middles |= dict.fromkeys(topology.trunk, top + row * max(len(rows) - 1, 0) / 2)
    # What stands beside the NIC is below it.
    bottom = middles[topology.trunk[-1]] + _height(topology.trunk[-1]) / 2
    for part in topology.beside:
        middles[part] = bottom + 2 * ROW_GAP + _height(part) / 2
        bottom = middles[part] + _height(part) / 2
    # Several namespaces may have the same ways: one below the other.
    lowest = 0.0
    for part in sorted((part for part in at if part.kind is Kind.NAMESPACE), key=lambda part: middles[part]):
        middles[part] = lowest = max(middles[part], lowest + row if lowest else 0)
    return middles


def _rows(ways: Sequence[Way]) -> list[Way]:
    """The ways that have something to show besides what others have."""
    seen: set[Part] = set()
    rows = []
    for way in ways:
        if set(way.parts) - seen:
            rows.append(way)
        seen |= set(way.parts)
    return rows


def _width(part: Part) -> float:
    return max(
        _text_width(short(part.name), NAME_SIZE),
        *(_text_width(short(line), DETAIL_SIZE) for line in (part.kind if _is_beside(part) else "", *_lines(part))),
    )


def _is_beside(part: Part) -> bool:
    """Such a part has no column, and so no heading."""
    return part.kind in BESIDE


def _lines(part: Part) -> tuple[str, ...]:
    """What is told below its name; the state is a word as well, for a colour is not seen everywhere."""
    if not part.state:
        return part.details
    told = notes(part)
    return (*part.details, f"{part.state}: {told}" if told else part.state)


def _text_width(text: str, size: int) -> float:
    return len(text) * size * LETTER + 2 * PADDING


def _height(part: Part) -> int:
    return LINE * (1 + len(_lines(part)) + _is_beside(part)) + PADDING


def _link(first: Box, second: Box) -> str:
    """Bent right behind the first box: in the row of the second nothing is in the way, however far that is."""
    start, bend = first.left + first.width, GAP / 2
    return (
        f'<path d="M{start:.1f} {first.middle:.1f} C{start + bend:.1f} {first.middle:.1f} '
        f'{start + bend:.1f} {second.middle:.1f} {start + GAP:.1f} {second.middle:.1f} H{second.left:.1f}"/>'
    )


def _heading(kind: Kind, box: Box) -> str:
    return f'<text class="kind" x="{box.left:.1f}" y="{MARGIN + LINE:.0f}">{escape(kind)}</text>'


def _below(upper: Box, lower: Box) -> str:
    middle, start, end = upper.left + 2 * PADDING, upper.middle + upper.height / 2, lower.middle - lower.height / 2
    return f'<path class="beside" d="M{middle:.1f} {start:.1f} V{end:.1f}"/>'


def _box(part: Part, box: Box) -> str:
    top = box.middle - box.height / 2
    texts = [("name", short(part.name)), *(("detail", short(line)) for line in _lines(part))]
    if _is_beside(part):
        texts.insert(0, ("kind", part.kind))
    lines = "".join(
        f'<text class="{style}" x="{box.left + PADDING:.1f}" y="{top + LINE * (place + 1):.1f}">{escape(text)}</text>'
        for place, (style, text) in enumerate(texts)
    )
    mark = f' class="{part.mark}"' if part.mark else ""
    title = " ".join(word for word in (part.mark, part.kind, part.name) if word)
    return (
        f"<g{mark}><title>{escape(title)}</title>"
        f'<rect x="{box.left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height}" rx="6"/>{lines}</g>'
    )
