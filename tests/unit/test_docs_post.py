"""docs/post.md tells the whole of Pulumi.lab.yaml, nothing that is not in it, and the objects that it makes."""

from __future__ import annotations

import re

import yaml

from cli import stack_file
from lab import plan
from lab.manifests import in_apply_order
from tests.unit import pages
from tests.unit.pages import ROOT

PAGE = pages.read(ROOT / "docs/post.md")
FILE = ROOT / "Pulumi.lab.yaml"
HEADER = "| in the post | in the stack file |"
ROW = re.compile(r"^\| (.+?) \| (.+?) \|$")


def told() -> list[str]:
    """The lines of the stack file on the right of the page's tables."""
    found = []
    is_table = False
    for line in PAGE.prose.splitlines():
        is_table = line == HEADER or (is_table and line.startswith("|"))
        row = ROW.match(line)
        if is_table and line != HEADER and row:
            found += re.findall(r"`([^`]+)`", row[2])
    return found


def written() -> list[str]:
    """Those of the file, without what is for editors and for people."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in FILE.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and line != "config:"]


def test_each_line_on_the_right_is_one_of_the_posts_lab() -> None:
    assert [line for line in told() if line not in written()] == []


def test_together_they_are_the_whole_file() -> None:
    assert sorted(told()) == sorted(written())


def test_each_line_stands_under_its_section() -> None:
    """A key that moved to another section would else still look right."""
    sections = yaml.safe_load(FILE.read_text(encoding="utf-8"))["config"]
    here = ""
    for line in told():
        here = line if line.endswith(":") else here
        value = yaml.safe_load(line)
        if isinstance(value, dict) and not line.endswith(":"):
            assert value.items() <= sections[here.removesuffix(":")].items(), line
        elif isinstance(value, list):
            assert any(value[0] in listed for listed in sections.values() if isinstance(listed, list)), line


def test_each_object_that_it_makes_is_named_and_no_other() -> None:
    found = stack_file.read(FILE)
    lab = plan.complete(found.settings, stack=found.stack, where=found.name)
    made = {f"{item['kind']}/{item['metadata']['name']}" for item in in_apply_order(lab)}
    named = {span for span in PAGE.spans if re.fullmatch(r"[A-Z]\w+/[\w-]+", span)}
    assert named == made
