"""The picture as one page for a browser: it asks the network for nothing, and its policy forbids it to.

Everything is there without the script, too; the script searches.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cli.topology.words import counted, heading, notes
from lab.topology import Kind, State

if TYPE_CHECKING:
    from lab.topology import Part, Topology, Way

PAGE = Path(__file__).parent / "page"


def write(topology: Topology) -> str:
    """The page's text."""
    style = (PAGE / "page.css").read_text(encoding="utf-8")
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    title = f"{topology.stack}: from the physical switch to the namespaces"
    vlans = counted(len(topology.vlans), "VLAN")
    namespaces = counted(len(topology.namespaces), "namespace")
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">',
        f"<title>{escape(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        "<header>",
        f"<h1>{escape(topology.stack)}</h1>",
        f"<p>{vlans} in {namespaces}, bridging {escape(topology.bridging)}</p>",
        "</header>",
        "<main>",
        '<ol class="chain" aria-label="What all VLANs share">',
        *(_part(part) for part in topology.trunk),
        "</ol>",
        *_looked(topology),
        '<form role="search">',
        '<label for="search">Search VLANs and namespaces</label>',
        '<input id="search" type="search" autocomplete="off" spellcheck="false" aria-keyshortcuts="/">',
        '<output id="found" for="search"></output>',
        "</form>",
        '<ul id="ways" aria-label="The way of each VLAN">',
        *(_way(way) for way in topology.ways),
        "</ul>",
        "</main>",
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _hash(text: str) -> str:
    """As a Content Security Policy names what may run (CSP level 3, hash-source)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _looked(topology: Topology) -> list[str]:
    """What a look at the servers found, and the words by which the ways that differ are searched."""
    if not topology.is_live:
        return []
    found = Counter(part.state for part in topology.differences)
    links = [f'<a href="#q={state}">{found[state]} {state}</a>' for state in State if found[state]]
    told = f"Beside what is there: {', '.join(links)}." if links else "All of it is there, as the stack file has it."
    return [
        '<ol class="chain beside" aria-label="What the hypervisors come from">',
        *(_part(part) for part in topology.beside),
        "</ol>",
        f'<p id="differences">{told}</p>',
    ]


def _way(way: Way) -> str:
    vlans = f"VLAN {way.told}" if len(way.vlans) == 1 else f"VLANs {way.told}"
    title = vlans if way.vlans else "bridge of another design" if way.is_retired else "another bridge"
    name = heading(way)
    parts = (*way.parts, *way.namespaces)
    words = [*(str(vlan) for vlan in way.vlans), name, *(part.name for part in parts)]
    words += dict.fromkeys(part.state for part in parts if part.state)
    retired = ' class="retired"' if way.is_retired else ""
    # The heading has the VLAN and its name already.
    shown = [part for part in way.parts if part.kind is not Kind.VLAN or part.state]
    listed = ", ".join(_namespace(part) for part in way.namespaces)
    namespaces = f"<li><div>{listed}</div></li>" if listed else ""
    return (
        f'<li{retired} data-words="{escape(" ".join(words).lower())}">'
        f"<h2><b>{escape(title)}</b> <span>{escape(name)}</span></h2>"
        f'<ol class="chain">{"".join(_part(part, way.name) for part in shown)}{namespaces}</ol></li>'
    )


def _part(part: Part, told: str = "") -> str:
    lines = [line for line in part.details if line != told]
    details = f"<small>{escape(', '.join(lines))}</small>" if lines else ""
    return (
        f'<li><div class="{" ".join(word for word in ("part", part.state) if word)}"><small>{escape(part.kind)}</small>'
        f"<b>{escape(part.name)}</b>{details}{_mark(part)}</div></li>"
    )


def _mark(part: Part) -> str:
    """In words: a colour is not seen by everybody."""
    if not part.state:
        return ""
    told = f": {notes(part)}" if notes(part) else ""
    return f'<small class="mark"><strong>{part.state}</strong>{escape(told)}</small>'


def _namespace(part: Part) -> str:
    """A link to all that the namespace has."""
    details = f" ({escape(', '.join(part.details))})" if part.details else ""
    mark = f' <span class="{part.state}">{_mark(part)}</span>' if part.state else ""
    return f'<a href="#q={escape(quote(part.name))}">{escape(part.name)}</a>{details}{mark}'
