"""The page of a look at the servers: marks are seen, read, searched and told apart from what is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli.topology import html
from tests.browser.test_topology_page import PHONE, SHOWN
from tests.unit import standing
from tests.unit.standing import attachments, lab_of, looked

if TYPE_CHECKING:
    from pathlib import Path

    from lab.topology import Topology
    from tests.browser.chromium import Page

CONFIG = '{"cniVersion": "0.3.1", "type": "bridge", "bridge": "br-trunk", "vlan": 1928}'
# WCAG 2.2, 1.4.3 and 1.4.11, level AA: text, and what must be seen of a control or a mark.
TEXT_LEAST, MARK_LEAST = 4.5, 3.0
CONTRAST = """
const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
const ground = (item) => {
  for (let at = item; at; at = at.parentElement) {
    const [red, green, blue, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return [red, green, blue];
  }
  return [255, 255, 255];
};
const luminance = (colour) => {
  const [red, green, blue] = colour.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ratio = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
"""
TEXTS = """(() => {%s
  const poor = [];
  let seen = 0;
  for (const item of document.body.querySelectorAll("*")) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !item.checkVisibility() || ["SCRIPT", "STYLE"].includes(item.tagName)) continue;
    seen += 1;
    const found = ratio(parse(getComputedStyle(item).color), ground(item));
    if (found < %s) poor.push(`${item.tagName} ${item.className} ${item.textContent.slice(0, 30)}: ${found}`);
  }
  return {seen, poor};
})()"""
BORDERS = """(() => {%s
  return [...document.querySelectorAll(".part:is(.missing, .differs, .extra, .foreign), input")].map(
    (item) => ratio(parse(getComputedStyle(item).borderTopColor), ground(item.parentElement)));
})()"""
MARKS = "[...document.querySelectorAll('#ways .mark')].filter((mark) => mark.checkVisibility())"


def spoilt(vlans: int) -> Topology:
    """Every fourth VLAN has lost its attachment; one more is left over, one somebody else's, a VLAN is retired."""
    listed: list[Any] = [
        {"id": 1924 + number, "name": f"v{number}", "namespaces": ["blue"]} for number in range(1, vlans + 1)
    ]
    lab = lab_of("vlan-aware", vlans=listed, namespaces=[{"name": "blue"}])
    there = {place: item for place, item in attachments(lab).items() if int(place[1].removeprefix("vlan-")) % 4}
    there["blue", "old"] = standing.attachment("old", config=CONFIG)
    there["blue", "mine"] = standing.attachment("mine", stack=None, config=CONFIG)
    hosts = (standing.host("goat-1"), standing.host("goat-2", vlan=10))
    policies = {"ens224-policy": standing.policy(lab, ["br-1900"])}
    return looked(lab, standing.inventory(lab, hosts=hosts), attachments=there, policies=policies)


@pytest.fixture(params=[4, 400], scope="module")
def size(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def file(size: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "lab.html"
    path.write_text(html.write(spoilt(size)), encoding="utf-8")
    return path


def test_it_opens_without_an_error_and_shows_every_mark(page: Page, file: Path, size: int) -> None:
    assert page.value(SHOWN) == size + 3
    assert page.value(f"{MARKS}.length") == size // 4 + 2
    assert page.value("document.getElementById('differences').textContent") == (
        f"Beside what is there: {size // 4} missing, 1 differs, 1 extra, 1 foreign."
    )
    assert (page.troubles, page.requests) == ([], [file.as_uri()])


@pytest.mark.parametrize("state", ["missing", "extra", "foreign"])
def test_a_keyboard_comes_from_the_count_to_the_ways_that_it_counts(page: Page, size: int, state: str) -> None:
    for _ in range(1 + ["missing", "differs", "extra", "foreign"].index(state)):
        page.press("Tab")
    assert page.value("document.activeElement.textContent").endswith(f" {state}")
    page.press("Enter", "\r")
    shown = size // 4 if state == "missing" else 1
    page.until(f"document.getElementById('search').value === '{state}'")
    assert page.value(SHOWN) == shown
    assert page.value(f"{MARKS}.map((mark) => mark.firstChild.textContent)") == [state] * shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_and_every_mark_is_readable(page: Page, scheme: str) -> None:
    """Computed of what the browser really paints, for each element that has text of its own."""
    page.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        found = page.value(TEXTS % (CONTRAST, TEXT_LEAST))
        borders = page.value(BORDERS % CONTRAST)
    finally:
        page.do("Emulation.setEmulatedMedia", features=[])
    assert found["poor"] == []
    assert found["seen"] > 40, "it looked at something"
    assert min(borders) >= MARK_LEAST


def test_on_a_phone_a_mark_reaches_not_beyond_the_edge(page: Page) -> None:
    page.do("Emulation.setDeviceMetricsOverride", **PHONE)
    try:
        assert page.value("document.documentElement.scrollWidth") <= PHONE["width"]
        right = f"Math.max(...{MARKS}.map((mark) => mark.getBoundingClientRect().right))"
        assert page.value(right) <= PHONE["width"]
    finally:
        page.do("Emulation.clearDeviceMetricsOverride")
