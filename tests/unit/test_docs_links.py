"""Every link of every page leads somewhere; nobody outside is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from tests.unit import pages
from tests.unit.pages import ROOT, Page

if TYPE_CHECKING:
    from pathlib import Path

PAGES = list(pages.every())
HOST = re.compile(r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]{2,}$")


def broken(page: Page) -> list[str]:
    """The links that lead nowhere, each with the reason."""
    return [f"{link}: {why}" for link in page.links if (why := _why(page, link))]


def _why(page: Page, link: str) -> str:
    address = urlsplit(link)
    if address.scheme or address.netloc:
        well = address.scheme in {"http", "https"} and HOST.match(address.netloc)
        return "" if well else "is no address of the web"
    if not address.path:
        return "" if address.fragment in page.anchors else "there is no such heading"
    path = (page.path.parent / unquote(address.path)).resolve()
    if not path.is_relative_to(ROOT) or not path.exists():
        return "there is no such file in the project"
    has = pages.read(path).anchors if path.suffix == ".md" else set()
    return "" if not address.fragment or address.fragment in has else "there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    assert broken(page) == []


def test_the_index_leads_to_every_page_and_the_readme_to_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / urlsplit(link).path).resolve() for link in pages.read(index).links}
    assert {page.path for page in PAGES if "docs" in page.path.parts} - linked == {index}
    assert "docs/README.md" in pages.read(ROOT / "README.md").links


SAMPLE = """# One `code` & more: [a link](x.md)

## Twice
## Twice

See [here](#twice-1), [there](../README.md#try-it), ![a picture](topology.svg), [out](https://kubevirt.io/a_(b)).
`[not](a-link.md)`

    [nor](this.md)

```text
# no heading
[nor](that.md)
```

[bad](gone.md), [worse](#nowhere), [no page](post.md#nowhere), [no host](https://nowhere), [no way](ftp://kubevirt.io/)
[outside](../../etc/passwd) and [by reference][1]

[1]: gone-too.md "Somewhere"
"""


def test_what_a_link_is_and_which_are_broken(tmp_path: Path) -> None:
    """The page stands as if in docs/; blocks and code are no links, and a heading that comes twice has two anchors."""
    path = tmp_path / "sample.md"
    path.write_text(SAMPLE, encoding="utf-8")
    told = pages.read(path)
    page = Page(path=ROOT / "docs" / "sample.md", prose=told.prose, blocks=told.blocks)
    assert told.anchors == {"one-code--more-a-link", "twice", "twice-1"}
    assert told.blocks == (("[nor](this.md)",), ("# no heading", "[nor](that.md)"))
    assert page.links[:5] == ["x.md", "#twice-1", "../README.md#try-it", "topology.svg", "https://kubevirt.io/a_(b)"]
    assert [line.partition(": ")[0] for line in broken(page)] == [
        "x.md",
        "gone.md",
        "#nowhere",
        "post.md#nowhere",
        "https://nowhere",
        "ftp://kubevirt.io/",
        "../../etc/passwd",
        "gone-too.md",
    ]
