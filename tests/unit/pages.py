"""The project's Markdown, as a reader has it: pages, headings with their anchors, links, blocks and code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "examples", "sandbox", ".github")
FENCE = re.compile(r"^( *)(```+|~~~+) *(\S*)")
INDENTED = re.compile(r"^ {4,}\S")
HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)? *$")
SPAN = re.compile(r"(`+)(.+?)\1(?!`)")
LINK = re.compile(r"!?\[(?:[^][]|\[[^][]*\])*\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s>]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^]]+\]: *<?(\S+?)>?(?:\s|$)", re.MULTILINE)
ID = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")
WORDS_OF_A_LINK = re.compile(r"!?\[([^]]*)\]\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One Markdown file, taken apart. ``prose`` is what is in no block; ``blocks`` are the blocks' lines."""

    path: Path
    prose: str
    blocks: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Its path, from the project's root."""
        return str(self.path.relative_to(ROOT))

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead; what stands in code is none."""
        words = SPAN.sub("", self.prose)
        return [*LINK.findall(words), *REFERENCE.findall(words)]

    @property
    def spans(self) -> list[str]:
        """What it writes as code within its sentences."""
        return [text.strip() for _, text in SPAN.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link may have after its ``#``: those that GitHub makes of headings, and those that are written."""
        seen: Counter[str] = Counter()
        found = set(ID.findall(self.prose))
        for line in self.prose.splitlines():
            if heading := HEADING.match(line):
                name = slug(heading[1])
                found.add(f"{name}-{seen[name]}" if seen[name] else name)
                seen[name] += 1
        return found

    def section(self, heading: str) -> str:
        """What stands under this heading, of whatever level, up to the next one."""
        _, _, rest = self.prose.partition(f"# {heading}\n")
        return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def slug(heading: str) -> str:
    """GitHub's anchor of a heading: its words in small letters, spaces as dashes, other signs left out."""
    words = WORDS_OF_A_LINK.sub(r"\1", heading)
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")


def read(path: Path) -> Page:
    """A page, its blocks told from its prose: fenced, or indented after an empty line."""
    prose: list[str] = []
    blocks: list[list[str]] = []
    fence, is_indented, was_empty = "", False, True
    for line in path.read_text(encoding="utf-8").splitlines():
        found = FENCE.match(line)
        if fence:
            if found and found[2].startswith(fence) and not found[3]:
                fence = ""
            else:
                blocks[-1].append(line.strip())
        elif found:
            fence, is_indented = found[2], False
            blocks.append([])
        elif INDENTED.match(line) and (is_indented or was_empty):
            if not is_indented:
                blocks.append([])
            is_indented = True
            blocks[-1].append(line.strip())
        else:
            is_indented = is_indented and not line.strip()
            prose.append(line)
        was_empty = not line.strip()
    return Page(path=path, prose="\n".join(prose) + "\n", blocks=tuple(tuple(block) for block in blocks))


def every() -> Iterator[Page]:
    """All that a reader may open, but for what somebody else wrote (venv/)."""
    paths = [*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).glob("**/*.md"))]
    yield from map(read, sorted(paths))
