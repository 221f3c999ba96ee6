"""CONTRIBUTING.md adds a bridge design in one file: done to a copy of the program, word by word."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.unit.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = "lab/manifests/bridging/__init__.py"
OTHER = "vlan-aware"
# What a policy makes of bridges that another design has left, and of its own when another one follows.
MOVES = """
import json, sys
from cli import stack_file
from lab import plan
from lab.manifests import policy
from pathlib import Path
found = {}
for name, ledger in (("new", ["br-trunk", "br-1925"]), ("old", ["br-wide"])):
    read = stack_file.read(Path(f"Pulumi.{name}.yaml"))
    lab = plan.complete(read.settings, stack=read.stack, where=read.name)
    interfaces = policy(lab, ledger)["spec"]["desiredState"]["interfaces"]
    found[name] = {item["name"]: item["state"] for item in interfaces}
json.dump(found, sys.stdout)
"""


def block(language: str) -> str:
    """The page's one block in this language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the page's module in it, and two labs: of the new design, and of another one."""
    folder = tmp_path_factory.mktemp("program")
    for room in ("lab", "clients", "cli"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs", folder / "docs")
    (module,) = re.findall(r"This is the module, `(\w+\.py)`, whole:", TEXT)
    (folder / TABLE).with_name(module).write_text(block("python"), encoding="utf-8")
    table = (folder / TABLE).read_text(encoding="utf-8")
    changes = block("diff").splitlines()
    (old,) = [line[1:] for line in changes if line.startswith("-")]
    new, row = [line[1:] for line in changes if line.startswith("+")]
    assert old in table
    head, brace, rest = table.replace(old, new).partition("DESIGNS: Mapping[str, Design] = {\n")
    (folder / TABLE).write_text(f"{head}{brace}{row}\n{rest}", encoding="utf-8")
    lab = (ROOT / "Pulumi.lab.yaml").read_text(encoding="utf-8")
    for name, design in (("new", "wide"), ("old", OTHER)):
        (folder / f"Pulumi.{name}.yaml").write_text(lab.replace("per-vlan", design), encoding="utf-8")
    return folder


def run(program: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_check_topology_and_the_schema_know_it(program: Path) -> None:
    assert "VLANs 1925, 1926, 1927, 1928" in run(program, "-m", "lab", "check", "--stack", "new")
    drawn = run(program, "-m", "lab", "topology", "--stack", "new", "--format", "mermaid")
    assert "bridge<br>br-wide<br>every VLAN" in drawn
    assert "VLAN<br>1928" in drawn
    schema = json.loads(run(program, "-m", "lab", "schema"))
    (bridging,) = re.findall(r'"enum": (\[[^]]*"wide"[^]]*\])', json.dumps(schema))
    assert OTHER in json.loads(bridging)


def test_its_bridge_and_its_attachments_are_rendered(program: Path) -> None:
    objects = list(yaml.safe_load_all(run(program, "-m", "lab", "render", "--stack", "new")))
    policy, attachment = (
        next(item for item in objects if item["kind"] == kind)
        for kind in ("NodeNetworkConfigurationPolicy", "NetworkAttachmentDefinition")
    )
    assert policy["metadata"]["annotations"]["cnv-lab/vlans"] == "br-wide"
    assert [item["name"] for item in policy["spec"]["desiredState"]["interfaces"]] == ["ens224", "br-wide"]
    config = json.loads(attachment["spec"]["config"])
    assert (config["bridge"], config["vlan"]) == ("br-wide", 1928)


def test_a_lab_moves_to_it_and_from_it_again(program: Path) -> None:
    moved = json.loads(run(program, "-c", MOVES))
    assert moved["new"] == {
        "ens224": "up", "br-wide": "up", "br-1925": "absent", "ens224.1925": "absent", "br-trunk": "absent",
    }  # fmt: skip
    assert moved["old"] == {"ens224": "up", "br-trunk": "up", "br-wide": "absent"}
