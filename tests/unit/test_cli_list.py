"""``python -m lab list``: the labs of a folder, for people and for programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rich.console import Console

from cli import labs, terminal
from tests.unit import facts
from tests.unit.test_cli import at_the_door, lab
from tests.unit.test_collisions import OWN

if TYPE_CHECKING:
    from pathlib import Path

HOUSE = "labs/house.yaml"


def write(path: Path, sections: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"config": {f"cnv-lab:{key}": value for key, value in sections.items()}}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two labs that share a file, and one on nodes that exist."""
    write(tmp_path / HOUSE, {**facts.SECTIONS, "namespaces": [], "vlans": [{"id": 1928, "name": "pxe"}]})
    east = {"namespaces": [{"name": "blue"}], "vlans": [{"id": 7, "name": "seven"}, {"id": 8, "name": "eight"}]}
    write(tmp_path / "Pulumi.east.yaml", {"extends": HOUSE, **east})
    write(tmp_path / "Pulumi.west.yaml", {"extends": HOUSE, **OWN})
    nodes = {"hypervisors": {"existing": {"nodeSelector": {"rack": "1"}}}, "nodeNetwork": {"name": "bare"}}
    write(tmp_path / "Pulumi.bare.yaml", {"cluster": {"infraId": "spoke"}, **nodes})
    (tmp_path / "Pulumi.yaml").write_text("name: cnv-lab\n")
    return tmp_path


def test_each_lab_is_a_line_in_the_order_of_their_names(folder: Path) -> None:
    done = at_the_door("list", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["stack", "vCenter", "cluster", "trunk", "NIC", "bridges", "VLANs", "namespaces", "extends"],
        [*("bare", "not", "the", "lab's", "spoke", "not", "the", "lab's"), "ens224", "ovn-localnet", "-", "-", "-"],
        [
            *("east", "vcenter.lab", "/", "Goat", "hub", "Trunk", "ens224", "per-vlan"),
            *("3:", "7-8,", "1928", "blue", HOUSE),
        ],
        [
            *("west", "vcenter.lab", "/", "Goat", "hub", "Trunk-b", "ens224", "per-vlan"),
            *("1:", "1928", "red", HOUSE),
        ],
    ]
    assert "\x1b" not in done.stdout


def drawn(folder: Path, width: int) -> str:
    """What a terminal of this width shows, without its colours."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None, highlight=False)
    terminal.show(lambda console: labs.draw(labs.look(folder), console), console)
    return out.getvalue()


def test_a_terminal_that_is_too_narrow_for_the_table_gets_a_block_for_each_lab(folder: Path) -> None:
    wide, narrow = drawn(folder, 140), drawn(folder, 40)
    assert "extends" in wide.splitlines()[0]
    assert all(len(line) <= 40 for line in narrow.splitlines())
    assert [line.rstrip() for line in narrow.splitlines() if not line.startswith(" ")] == ["bare", "east", "west"]
    assert [line.split() for line in narrow.splitlines() if "VLANs" in line][1] == ["VLANs", "3:", "7-8,", "1928"]


def test_programs_get_all_of_it(folder: Path) -> None:
    done = lab("list", "--json", cwd=folder)
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["collisions"], found["mistakes"]) == ([], [])
    bare, east, _ = found["labs"]
    assert east == {
        "stack": "east",
        "file": "Pulumi.east.yaml",
        "vcenter": "vcenter.lab",
        "vsphereCluster": "Goat",
        "infraId": "hub",
        "portGroup": "Trunk",
        "portGroupIsExisting": False,
        "nic": "ens224",
        "bridging": "per-vlan",
        "vlans": [7, 8, 1928],
        "namespaces": ["blue"],
        "extends": [HOUSE],
    }
    assert (bare["vcenter"], bare["vsphereCluster"], bare["portGroup"]) == (None, None, None)


def test_what_the_worker_decides_is_said_so_and_null_for_programs(tmp_path: Path) -> None:
    write(tmp_path / "Pulumi.x.yaml", {"cluster": {"infraId": "hub"}, "trunk": {"ownership": "existing"}})
    done = lab("list", cwd=tmp_path)
    assert "as the worker / as the worker  hub      Trunk (existing)" in done.stdout
    (facts_of,) = json.loads(lab("list", "--json", cwd=tmp_path).stdout)["labs"]
    assert (facts_of["vcenter"], facts_of["vsphereCluster"]) == (None, None)


def test_collisions_are_told_below_and_end_in_exit_code_1(folder: Path) -> None:
    write(folder / "Pulumi.west.yaml", {"extends": HOUSE, **OWN, "hypervisors": {}})
    done = lab("list", cwd=folder)
    assert done.exit_code == 1
    assert "west" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("MachineSet hub-cnv in cluster hub: wanted by Pulumi.east.yaml and Pulumi.west.yaml. Write")
    done = lab("list", "--json", cwd=folder)
    assert done.exit_code == 1
    (collision,) = json.loads(done.stdout)["collisions"]
    assert collision["labs"] == ["Pulumi.east.yaml", "Pulumi.west.yaml"]
    assert collision["told"] == line


def test_a_file_with_mistakes_hides_none_of_the_others(folder: Path) -> None:
    write(folder / HOUSE, {**facts.SECTIONS, "trunk": {"portgroup": "a"}})
    (folder / "Pulumi.other.yaml").write_text("config: {other:key: 1}")
    write(folder / "Pulumi.late.yaml", {"cluster": {"infraId": "spoke", "openshift": "4.22"}})
    done = lab("list", cwd=folder)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1].startswith("bare")
    begins = [
        f'{HOUSE}: cnv-lab:trunk.portgroup "a": ',
        "Pulumi.other.yaml has no cnv-lab:… keys",
        "Pulumi.late.yaml: cnv-lab:template.bootImages: ",
    ]
    lines = done.stderr.splitlines()
    assert [line[: len(begin)] for line, begin in zip(lines, begins, strict=True)] == begins, "each once"
    assert json.loads(lab("list", "--json", cwd=folder).stdout)["mistakes"] == done.stderr.splitlines()


def test_a_folder_without_labs_says_so(tmp_path: Path) -> None:
    done = lab("list", cwd=tmp_path)
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "no labs here: each has a stack file, Pulumi.<stack>.yaml\n",
        "",
    )
    assert json.loads(lab("list", "--json", cwd=tmp_path).stdout)["labs"] == []
