"""``python -m lab`` as a person types it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.main import app

ROOT = Path(__file__).parents[2]


def lab(*words: str, cwd: Path = ROOT) -> Result:
    """The program in this process; an error that it does not tell itself is raised here."""
    with contextlib.chdir(cwd):
        return CliRunner().invoke(app, words, catch_exceptions=False)


def at_the_door(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return python("-m", "lab", *words, cwd=cwd)


def python(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )


def test_the_list_of_commands_says_of_each_in_a_whole_line_what_it_does() -> None:
    told = at_the_door("--help").stdout.partition("Commands:")[2]
    assert len(told.splitlines()) > 8
    assert "..." not in told


def test_a_command_that_asks_no_server_loads_no_client_of_one() -> None:
    """It would take twice as long."""
    drawn = "cli.main.app(['topology', '--stack', 'lab', '--format', 'mermaid'], standalone_mode=False)"
    loaded = "sorted({'kubernetes', 'pyVmomi'} & sys.modules.keys())"
    told = python("-c", f"import cli.main, sys; {drawn}; print({loaded})").stdout.splitlines()
    assert (told[0], told[-1]) == ("flowchart LR", "[]")


def test_check_accepts_the_posts_lab_and_warns_of_its_disk() -> None:
    done = at_the_door("check", "--stack", "lab")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert "diskGiB 90" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_render_gives_every_object_in_apply_order() -> None:
    done = lab("render", "--stack", "lab")
    kinds = [document["kind"] for document in yaml.safe_load_all(done.stdout)]
    assert kinds == ["MachineSet", "NodeNetworkConfigurationPolicy", "Namespace", "NetworkAttachmentDefinition"]
    assert "config: |-" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_mistake_is_a_line_and_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("config:\n  cnv-lab:cluster: {infraId: a}\n  cnv-lab:vlans: [{id: 0, name: a}, {id: 1}]\n")
    done = at_the_door("check", "--file", str(path))
    assert done.returncode == 1
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["cnv-lab:vlans[0].id", "cnv-lab:vlans[1].name:"]


@pytest.mark.parametrize(
    ("text", "word"), [("config: {", "is not YAML"), ("config: {}", "no cnv-lab:"), ("- 1", "no cnv-lab:"), ("", "no")]
)
def test_a_file_that_is_no_stack_file_is_told_in_one_line(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    done = lab("check", "--file", str(path))
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert word in done.stderr


def test_an_unknown_stack_names_those_that_there_are() -> None:
    done = lab("check", "--stack", "nope")
    assert done.exit_code == 1
    assert "Stacks with a file: lab" in done.stderr


def test_what_is_left_out_comes_from_the_worker_machine_set(tmp_path: Path) -> None:
    """And is named, all of it, when there is none."""
    path, base = tmp_path / "Pulumi.x.yaml", tmp_path / "worker.yaml"
    path.write_text("config:\n  cnv-lab:cluster: {infraId: hub}\n  cnv-lab:hypervisors: {cpus: 8}\n")
    alone = lab("render", "--file", str(path))
    assert alone.exit_code == 1
    for key in ("vcenter.server", "vcenter.folder", "template.source", "hypervisors.memoryMiB", "hypervisors.diskGiB"):
        assert f"cnv-lab:{key}: is missing" in alone.stderr
    base.write_text((ROOT / "tests/unit/post/machine_set.yaml").read_text())
    done = lab("render", "--file", str(path), "--base", str(base))
    value = next(yaml.safe_load_all(done.stdout))["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert (value["numCPUs"], value["memoryMiB"], value["template"]) == (8, 16384, "hub-7vxwj-rhcos-cnv-cnv")


def test_a_base_that_is_no_machine_set_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "worker.yaml"
    base.write_text("kind: List\nitems: []\n")
    done = lab("render", "--stack", "lab", "--base", str(base))
    assert (done.exit_code, "no MachineSet (List)" in done.stderr) == (1, True)
