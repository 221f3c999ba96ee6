"""The page as a real browser shows it: searched by keyboard, on a phone, in the dark, without the network."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from cli.topology import html
from tests.unit.test_topology import drawn, many

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.chromium import Page

SHOWN = "[...document.querySelectorAll('#ways > li')].filter((way) => way.checkVisibility()).length"
# In pixels: an older phone held upright.
PHONE = {"width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture(scope="module")
def file(size: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "lab.html"
    path.write_text(html.write(many(namespaces=4, vlans=size)), encoding="utf-8")
    return path


def test_it_opens_without_an_error_and_asks_for_nothing_but_itself(page: Page, file: Path, size: int) -> None:
    page.value("1")
    assert (page.troubles, page.requests) == ([], [file.as_uri()])
    assert page.value(SHOWN) == size
    assert page.value("document.getElementById('found').value") == f"{size} of {size} shown"


def test_a_keyboard_finds_a_vlan_and_puts_the_search_into_the_address(page: Page, size: int) -> None:
    page.press("/", "/")
    page.type("ns1 vlan-2")
    there = sum(vlan % 4 == 2 and str(vlan).startswith("2") for vlan in range(1, size + 1))
    assert page.value(SHOWN) == there
    assert page.value("document.getElementById('found').value") == f"{there} of {size} shown"
    assert page.value("location.hash") == "#q=ns1%20vlan-2"
    page.press("Escape")
    assert (page.value("document.getElementById('search').value"), page.value(SHOWN)) == ("", size)
    assert page.troubles == []


def test_tab_and_enter_show_all_that_a_namespace_has(page: Page, size: int) -> None:
    page.press("Tab")
    assert page.value("document.activeElement.id") == "search"
    page.press("Tab")
    assert page.value("document.activeElement.textContent") == "ns0"
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter", "\r")
    page.until("document.getElementById('search').value === 'ns0'")
    assert page.value(SHOWN) == size // 4


def test_a_search_in_the_address_is_made_and_a_broken_one_is_none(browser: Page, file: Path, size: int) -> None:
    browser.open(file, "#q=ns3")
    assert browser.value(SHOWN) == size // 4
    told = "new Promise((done) => addEventListener('hashchange', () => done(true)))"
    assert browser.value(f"location.hash = '#q=%E0%A4%A'; {told}")
    assert browser.value(SHOWN) == size


def test_on_a_phone_nothing_reaches_beyond_the_edge(page: Page) -> None:
    page.do("Emulation.setDeviceMetricsOverride", **PHONE)
    try:
        assert page.value("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.value("parseFloat(getComputedStyle(document.getElementById('search')).fontSize)") >= 16
    finally:
        page.do("Emulation.clearDeviceMetricsOverride")


def luminance(page: Page, scheme: str) -> tuple[float, float]:
    """How light ground and text are, from 0 to 1 (WCAG's relative luminance)."""
    page.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    found = []
    for which in ("backgroundColor", "color"):
        colour = page.value(f"getComputedStyle(document.body).{which}")
        parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        found.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return found[0], found[1]


def test_it_is_dark_in_the_dark_and_light_in_the_light_and_always_readable(page: Page) -> None:
    """WCAG's contrast for small text at its stricter level is 7."""
    light_ground, light_text = luminance(page, "light")
    dark_ground, dark_text = luminance(page, "dark")
    assert light_ground > 0.9
    assert dark_ground < 0.1
    assert (light_ground + 0.05) / (light_text + 0.05) >= 7
    assert (dark_text + 0.05) / (dark_ground + 0.05) >= 7


def test_a_picture_of_it_shows_something(page: Page) -> None:
    picture = base64.b64decode(page.do("Page.captureScreenshot", format="png")["data"])
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 10_000


def test_what_is_retired_is_struck_out(browser: Page, tmp_path: Path) -> None:
    path = tmp_path / "retired.html"
    path.write_text(html.write(drawn(ledger=("br-1930",))), encoding="utf-8")
    browser.open(path, "#q=retired")
    assert browser.value(SHOWN) == 1
    struck = "[...document.querySelectorAll('b')].filter((b) => b.checkVisibility() && "
    struck += "getComputedStyle(b).textDecorationLine === 'line-through').map((b) => b.textContent)"
    assert browser.value(struck) == ["VLAN 1930", "ens224.1930", "br-1930"]
