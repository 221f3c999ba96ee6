"""The page's text: whole in itself, every VLAN and namespace in it, and nothing in a name is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from cli.topology import html
from tests.unit.test_cli import lab
from tests.unit.test_topology import drawn, many

if TYPE_CHECKING:
    from lab.topology import Topology

NASTY = "\"><script>alert(1)</script>&amp;'"
VOID = {"meta", "input"}


class Elements(HTMLParser):
    """Every element with its attributes, and whether all are closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def elements(found: Topology) -> Elements:
    page = Elements(html.write(found))
    assert page.open == []
    return page


@pytest.mark.parametrize("vlans", [4, 400])
def test_each_vlan_is_an_entry_that_can_be_searched(vlans: int) -> None:
    page = elements(many(namespaces=2, vlans=vlans))
    words = [item["data-words"] or "" for item in page.all("li") if "data-words" in item]
    assert len(words) == vlans
    assert words[2].split() == ["3", "v2", "br-trunk", "3", "vlan-3", "ns0"]
    assert "2 namespaces" in " ".join(page.texts)


@pytest.mark.parametrize("vlans", [4, 400])
def test_it_is_one_file_that_asks_the_network_for_nothing(vlans: int) -> None:
    """The policy names what may run by its hash: a style or a script that came in by a name would not."""
    page = elements(many(namespaces=2, vlans=vlans))
    reached = [value for _, item in page.found for key, value in item.items() if key in {"src", "href", "action"}]
    assert all((value or "").startswith("#q=") for value in reached)
    (policy,) = (item["content"] or "" for item in page.all("meta") if "http-equiv" in item)
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'", policy)
    assert not [item for _, item in page.found if any(key == "style" or key.startswith("on") for key in item)]


def test_it_can_be_read_on_a_phone_and_by_a_screen_reader() -> None:
    page = elements(drawn())
    assert {"lang": "en"} in page.all("html")
    assert any(item.get("name") == "viewport" for item in page.all("meta"))
    (search,) = page.all("input")
    assert search["type"] == "search"
    assert [item["for"] for item in page.all("label")] == [search["id"]]
    assert [item["for"] for item in page.all("output")] == [search["id"]]
    assert "prefers-color-scheme: dark" in html.write(drawn())


def test_a_namespace_is_a_link_to_all_that_it_has() -> None:
    assert [item["href"] for item in elements(drawn()).all("a")] == ["#q=blue", "#q=green"]


def test_no_name_is_markup() -> None:
    page = elements(drawn(vlans=[{"id": 5, "name": NASTY}]))
    assert len(page.all("script")) == 1
    assert NASTY in page.texts


def test_what_is_retired_says_so_and_is_found_by_the_word() -> None:
    page = elements(drawn(ledger=("br-1930", "br-trunk")))
    retired = [item["data-words"] for item in page.all("li") if item.get("class") == "retired"]
    assert retired == ["1930 retired ens224.1930 br-1930", "retired br-trunk"]


def test_a_guest_trunk_is_found_by_each_of_its_vlans() -> None:
    trunk = {"kind": "trunk", "name": "fw", "namespaces": ["blue"]}
    vlans = [{"id": vlan, "name": "v"} for vlan in (10, 11, 12)]
    page = elements(drawn("vlan-aware", vlans=[*vlans, trunk], namespaces=[{"name": "blue"}]))
    words = [item["data-words"] or "" for item in page.all("li") if "data-words" in item]
    assert {"10", "11", "12", "trunk-fw"} <= set(words[-1].split())
    assert "VLANs 10-12" in page.texts


def test_the_command_prints_the_page() -> None:
    done = lab("topology", "--stack", "lab", "--format", "html")
    assert done.exit_code == 0
    assert done.stdout.startswith("<!doctype html>")
