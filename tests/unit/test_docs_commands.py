"""What pages tell a reader to type is what the programs take; what needs no server is really run."""

from __future__ import annotations

import importlib.util
import re
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app as lab
from sandbox.__main__ import app as sandbox
from tests.unit import commands, facts, pages
from tests.unit.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.commands import Command

PAGES = [page for page in pages.every() if list(commands.of_page(page))]
PROGRAMS = {"lab": lab, "sandbox": sandbox}
OFFLINE = {"check", "list", "render", "topology", "schema", "report"}
# With this even an offline command asks servers.
LIVE = "--live"
VARIABLE = re.compile(r"\$\((?:if )?\$?\(?(\w+)")
PREVIEWS = ROOT / "tests/unit/previews"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_program_and_the_sandbox_take_what_a_page_types(page: pages.Page) -> None:
    refused = [
        commands.refused(program, command, words)
        for command in commands.of_page(page)
        for module, program in PROGRAMS.items()
        if (words := command.of(module)) is not None
    ]
    assert [why for why in refused if why] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_and_python_find_what_a_page_types(page: pages.Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(VARIABLE.findall(makefile))
    for command in commands.of_page(page):
        if command.words[0] == "make":
            rest = [word for word in command.words[1:] if word not in {"-C", "$PWD"}]
            assert {word.partition("=")[0] for word in rest} <= targets | variables, command.words
        elif command.words[0] in commands.PYTHON:
            assert command.words[1] == "-m", command.words
            assert importlib.util.find_spec(command.words[2]), command.words
            if command.words[2] == "pytest":
                named = [word.partition("::")[0] for word in command.words[3:] if word.startswith("tests/")]
                assert all((ROOT / path).exists() for path in named), command.words


def _offline(page: pages.Page) -> Iterator[Command]:
    """The commands of its blocks that need no server, and the copies that make files for them."""
    for command in commands.of_page(page):
        words = command.of("lab") or ()
        if command.whole and (command.words[0] == "cp" or (words and words[0] in OFFLINE and LIVE not in words)):
            yield command


def _files(folder: Path, words: tuple[str, ...]) -> None:
    """What the reader has by then: stack files, the worker MachineSet, a preview, what was said meanwhile, pictures."""
    given = dict(pairwise(words))
    wanted = {f"Pulumi.{given.get('--stack', 'lab')}.yaml": ROOT / "Pulumi.lab.yaml"}
    for option in ("--file", "--since"):
        wanted |= {given[option]: ROOT / "Pulumi.lab.yaml"} if option in given else {}
    for option in ("--before", "--after"):
        wanted |= {given[option]: PREVIEWS / "before.mmd"} if option in given else {}
    if words[0] == "report":
        wanted[words[1]] = PREVIEWS / "change.json"
    for name, source in wanted.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            shutil.copy(source, path)
    if base := given.get("--base"):
        (folder / base).write_text(yaml.safe_dump(facts.worker()), encoding="utf-8")
    if log := given.get("--log"):
        (folder / log).write_text("", encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_types_without_any_server_works(
    page: pages.Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page, in one folder: what a line makes, the next one finds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command in _offline(page):
        if command.words[0] == "cp":
            shutil.copy(command.words[1], command.words[2])
            continue
        words = command.of("lab") or ()
        _files(tmp_path, words)
        done = CliRunner().invoke(lab, words, catch_exceptions=False)
        assert done.exit_code == 0, (command.words, done.output)
        assert done.stdout.strip(), command.words


def test_the_pages_show_every_command_and_run_each_that_needs_no_server() -> None:
    told = [command for page in PAGES for command in commands.of_page(page)]
    shown = {words[0] for command in told if (words := command.of("lab"))}
    assert shown >= set(get_command(lab).commands)  # type: ignore[attr-defined]
    run = {words[0] for page in PAGES for command in _offline(page) if (words := command.of("lab"))}
    assert run == OFFLINE


SAMPLE = """# Sample

Type `python -m lab render` or `venv/bin/python -m lab nope`; `--stack` is said elsewhere.

    python -m lab check --stak mylab          # misspelt
    export A=1 && python -m lab recover > file.txt 2> errors.txt
    A=1 python -m sandbox exec -- make nothing; make check
    make recover STACK=mylab

```sh
venv/bin/python -m sandbox up --release 4.99
python -m sandbox play vm <name> --evictable | grep x
```
"""


def test_what_a_command_is_and_which_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sample.md"
    path.write_text(SAMPLE, encoding="utf-8")
    read = pages.read(path)
    page = pages.Page(path=ROOT / "docs/sample.md", prose=read.prose, blocks=read.blocks)
    found = list(commands.of_page(page))
    assert [" ".join(command.words) for command in found] == [
        "python -m lab check --stak mylab",
        "python -m lab recover",
        "python -m sandbox exec -- make nothing",
        "make nothing",
        "make check",
        "make recover STACK=mylab",
        "venv/bin/python -m sandbox up --release 4.99",
        "python -m sandbox play vm name --evictable",
        "python -m lab render",
        "venv/bin/python -m lab nope",
    ]
    told = [
        commands.refused(program, command, words)
        for command in found
        for module, program in PROGRAMS.items()
        if (words := command.of(module)) is not None
    ]
    assert [line.partition(": ")[0] for line in told if line] == [
        "check --stak mylab",
        "recover",
        "up --release 4.99",
        "nope",
    ]
