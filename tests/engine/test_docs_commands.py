"""What pages tell a reader to type: the README's and the sandbox's commands in a shell, pulumi's by its help."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import lifecycle, tools
from sandbox.instance import Instance
from sandbox.project import ROOT
from tests.engine.lab import PATIENCE
from tests.unit import commands, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

README, PAGE = pages.read(ROOT / "README.md"), pages.read(ROOT / "docs/sandbox.md")
# Every test, this one among them.
EVERYTHING = "make test"
USAGE = re.compile(r"^Usage:\n +(pulumi.*?)(?: \[flags\])?$", re.MULTILINE)
ALIASES = re.compile(r"^Aliases:\n +(.*)$", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z-]*")


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A reader's, in the project's folder; ``name`` is the sandbox that is meant."""

    name: str

    def type(self, block: tuple[str, ...]) -> str:
        """Types a block, up to the first command that fails; tells what was shown."""
        lines = "\n".join(line for line in block if not line.startswith(EVERYTHING))
        if not shutil.which("oc"):
            lines = re.sub(r"-- oc .*", "-- true", lines)
        lines = lines.replace("<faults>", str(self.status().get("faults")))
        done = subprocess.run(
            ["sh", "-e", "-c", lines],
            cwd=ROOT,
            # Nobody is there to say yes.
            env={**os.environ, "CNV_LAB_SANDBOX": self.name, "PATH": self._path(), "PULUMI_SKIP_CONFIRMATIONS": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{lines}\n{done.stdout}"
        return done.stdout

    def status(self) -> dict[str, object]:
        """What `status --json` tells; of a sandbox that does not run nothing."""
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "status", "--json", "--name", self.name],
            capture_output=True,
            text=True,
            check=False,
        )
        told: dict[str, object] = json.loads(done.stdout) if done.returncode == 0 else {}
        return told

    def _path(self) -> str:
        return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """Its sandbox is the one that the README's first command starts."""
    name = f"docs-{os.getpid()}"
    yield Shell(name=name)
    lifecycle.remove(Instance.of(name))


def block(page: pages.Page, words: str) -> tuple[str, ...]:
    """The page's block with these words."""
    (found,) = [block for block in page.blocks if any(words in line for line in block)]
    return found


def test_the_readmes_first_command_brings_the_posts_lab_up(shell: Shell) -> None:
    told = shell.type(block(README, "make lab"))
    assert "policy ens224-policy: Available" in told
    assert "provisioning/vlan-1928: bridge br-1928" in told


def test_the_program_goes_on_through_the_faults_of_the_page(shell: Shell) -> None:
    told = shell.type(block(PAGE, "exec --faults"))
    assert '"met": 2' in told
    assert "unchanged" in told


def test_the_readmes_last_commands_look_around_and_take_it_down(shell: Shell) -> None:
    told = shell.type(block(README, "make down"))
    assert "kube-apiserver" in told
    assert "unchanged" in told
    assert shell.status() == {}


@cache
def help_of(*words: str) -> str:
    done = subprocess.run(
        [tools.path("pulumi"), *words, "--help"], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return done.stdout


@pytest.mark.parametrize("page", list(pages.every()), ids=lambda page: page.name)
def test_pulumi_has_each_command_and_option_that_a_page_types(page: pages.Page) -> None:
    for command in commands.of_page(page):
        if command.words[0] != "pulumi":
            continue
        told = help_of(*(word for word in command.words[1:] if NAME.fullmatch(word)))
        usage = USAGE.search(told)
        assert usage, told
        named = [word for word in usage[1].split() if NAME.fullmatch(word)]
        aliases = ALIASES.search(told)
        assert list(command.words[: len(named) - 1]) == named[:-1], command
        assert command.words[len(named) - 1] in (aliases[1].split(", ") if aliases else named[-1:]), command
        takes_more = len(usage[1].split()) > len(named) and "[command]" not in usage[1]
        options = [word for word in command.words if word.startswith("-")]
        plain = [word for word in command.words[len(named) :] if word not in options]
        assert takes_more or options or not plain, command
        assert [option for option in options if not re.search(rf"(?<![\w-]){option}\b", told)] == [], command
