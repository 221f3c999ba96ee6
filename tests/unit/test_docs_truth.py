"""What pages say of the code itself: files, rooms, releases, decisions, the version."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from itertools import pairwise, permutations
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from cli.main import app
from components.outputs import outputs
from lab import names, releases
from lab.manifests.bridging import DESIGNS
from tests.unit import commands, facts, pages
from tests.unit.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.unit.pages import Page

PAGES = list(pages.every())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# A file or folder of the project, written as code.
PATH = re.compile(r"(?:lab|clients|components|cli|sandbox|bench|tests|docs|examples|\.github)/[\w./-]*")
SCREEN = 60
OUTPUT = ("pulumi", "stack", "output")
DECISION = ["Context", "Decision", "Consequences", "Turned down"]


def rows(page: Page, header: str) -> list[list[str]]:
    """The cells of the table under this header."""
    _, _, below = page.prose.partition(f"{header}\n")
    table = below.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Page) -> None:
    named = [span for span in page.spans if PATH.fullmatch(span)]
    assert [span for span in named if not (ROOT / span).exists()] == []


def exported() -> set[str]:
    """The outputs of a lab with all that can be in one."""
    told = SimpleNamespace(path="", nodes=[], stale=[])
    made: Any = SimpleNamespace(template=SimpleNamespace(template=told), hypervisors=SimpleNamespace(rollout=told))
    vm = {"vlan": 1928, "namespace": "blue"}
    return set(outputs(facts.lab(exampleVm=vm), made, []))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_output_that_a_page_asks_for_is_there(page: Page) -> None:
    asked = [command.words[3:4] for command in commands.of_page(page) if command.words[:3] == OUTPUT]
    assert {name for found in asked for name in found if name.isalpha()} <= exported()


def test_every_output_is_told() -> None:
    told = rows(pages.read(ROOT / "docs/own-lab.md"), "| `pulumi stack output …` | |")
    assert {name for first, *_ in told for name in re.findall(r"`(\w+)`", first)} == exported()


def test_the_changelog_names_every_command() -> None:
    spans = pages.read(ROOT / "CHANGELOG.md").spans
    assert set(get_command(app).commands) <= set(spans)  # type: ignore[attr-defined]


def _may_not() -> Iterator[tuple[str, str]]:
    """Who must not import whom, by import-linter's contracts."""
    for contract in PROJECT["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "forbidden":
            yield from ((one, other) for one in contract["source_modules"] for other in contract["forbidden_modules"])
        else:
            layers = [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]
            for above, below in ((a, b) for at, a in enumerate(layers) for b in layers[at + 1 :]):
                yield from ((low, high) for low in below for high in above)
            for layer in layers:
                yield from permutations(layer, 2)


def test_the_rooms_may_import_what_the_architecture_says() -> None:
    rooms = PROJECT["tool"]["importlinter"]["root_packages"]
    forbidden = set(_may_not())
    told = rows(pages.read(ROOT / "docs/architecture.md"), "| room | what is in it | may import |")
    assert {room: set(re.findall(r"`(\w+)/`", may)) for room, _, may in told} == {
        f"`{room}/`": {other for other in rooms if other != room and (room, other) not in forbidden} for room in rooms
    }


def changing() -> Iterable[str]:
    """The headings of what some release does otherwise than the one before."""
    for field in fields(releases.Release):
        values = [getattr(releases.of(release), field.name) for release in releases.SUPPORTED]
        if field.name != "name" and any(old != new for old, new in pairwise(values)):
            yield releases.HEADINGS[field.name]


def test_the_page_of_upgrades_has_what_changes_between_releases_and_what_to_do_about_each() -> None:
    page = pages.read(ROOT / "docs/upgrade-openshift.md")
    assert "\n".join(releases.upgrades()) in page.prose
    told = rows(page, "| what changes | what `up` does about it | what you may do |")
    assert [row[0] for row in told] == list(changing())


@pytest.mark.parametrize("page", ["docs/own-lab.md", "docs/decisions/releases.md", "CHANGELOG.md"])
def test_the_releases_that_a_page_names_are_those_that_are_supported(page: str) -> None:
    posts, oldest, *_, newest = releases.SUPPORTED
    assert re.search(rf"{posts}\W(?:.* )?(?:and|or) {oldest} to {newest}\b", (ROOT / page).read_text(encoding="utf-8"))


def test_each_bridge_design_has_its_section() -> None:
    page = pages.read(ROOT / "docs/which-switch-which-bridge.md")
    assert {name for name in DESIGNS if page.section(f"`{name}`")} == set(DESIGNS)


@pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_is_a_page_and_says_why_what_follows_and_what_was_turned_down(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == DECISION
    assert len(text.splitlines()) <= SCREEN


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= SCREEN


def test_the_changelog_begins_with_the_version_that_the_program_calls_itself() -> None:
    newest = re.search(r"^## \[(.+?)\] - (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    assert re.fullmatch(r"Unreleased|\d{4}-\d\d-\d\d", newest[2])
    assert newest[1] == PROJECT["project"]["version"] == names.USER_AGENT.partition("/")[2]


def test_the_licence_is_the_one_that_the_project_names() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0" in text
    assert "Apache-2.0" in (ROOT / "README.md").read_text(encoding="utf-8")
