"""What ``check`` and ``render`` say: one line for each thing, whatever file they are given, and never a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.unit import facts
from tests.unit.test_cli import lab

if TYPE_CHECKING:
    from pathlib import Path

BARE = "config:\n  cnv-lab:cluster: {infraId: hub}\n"


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """The small lab's."""
    path = tmp_path / "Pulumi.small.yaml"
    path.write_text(yaml.safe_dump({"config": {f"cnv-lab:{key}": value for key, value in facts.SECTIONS.items()}}))
    return path


def told(path: Path, *words: str) -> list[str]:
    """The lines of a refusal, which has exit code 1 and prints nothing else."""
    done = lab(*words, str(path))
    assert (done.exit_code, done.stdout) == (1, "")
    return done.stderr.splitlines()


def test_check_sums_up_what_the_file_means(stack_file: Path, tmp_path: Path) -> None:
    done = lab("check", "--file", str(stack_file))
    assert done.exit_code == 0
    assert done.stdout == "Pulumi.small.yaml: cluster hub, VLANs 1928, 1 network attachments in 1 namespaces\n"
    assert done.stderr == ""
    bare = tmp_path / "Pulumi.bare.yaml"
    bare.write_text(BARE)
    assert "VLANs none, 0 network attachments" in lab("check", "--file", str(bare)).stdout


def test_check_takes_a_file_that_leaves_things_to_the_worker_and_render_does_not(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.bare.yaml"
    path.write_text(BARE)
    assert lab("check", "--file", str(path)).exit_code == 0
    lines = told(path, "render", "--file")
    assert len(lines) == 11
    assert all(line.startswith("Pulumi.bare.yaml: cnv-lab:") for line in lines)


@pytest.mark.parametrize("command", ["check", "render"])
@pytest.mark.parametrize("words", [[], ["--stack", "lab", "--file", "Pulumi.lab.yaml"]])
def test_the_lab_is_said_in_one_way_and_not_in_two(command: str, words: list[str]) -> None:
    done = lab(command, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "say which lab: --stack S or --file F, one of the two.\n"


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        ("Pulumi.my-lab.yaml", "cnv-lab.my-lab"),
        ("Pulumi.my.yml", "cnv-lab.my"),
        ("other.yaml", "cnv-lab.other"),
    ],
)
def test_the_stacks_name_is_the_files(stack_file: Path, name: str, stack: str) -> None:
    path = stack_file.rename(stack_file.with_name(name))
    first = next(yaml.safe_load_all(lab("render", "--file", str(path)).stdout))
    assert first["metadata"]["labels"]["cnv-lab/stack"] == stack


def test_a_stack_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    words = ("check", "--stack", "nope")
    assert lab(*words, cwd=tmp_path).stderr.endswith("Stacks with a file: none.\n")
    for name in ("b", "a"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    (tmp_path / "Pulumi.yaml").touch()
    done = lab(*words, cwd=tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "there is no Pulumi.nope.yaml here. Stacks with a file: a, b.\n"


def test_warnings_leave_the_exit_code_and_the_yaml_alone(stack_file: Path) -> None:
    stack_file.write_text(stack_file.read_text().replace("diskGiB: 120", "diskGiB: 90"))
    done = lab("render", "--file", str(stack_file))
    assert done.exit_code == 0
    assert len(list(yaml.safe_load_all(done.stdout))) == 4
    (line,) = done.stderr.splitlines()
    assert line.startswith("Pulumi.small.yaml: warning: cnv-lab:hypervisors.diskGiB 90: ")


def test_a_mistake_is_one_line_however_long_and_whatever_stands_in_it(tmp_path: Path) -> None:
    """No line is broken at the terminal's width, and ``:x:`` is no emoji, nor [b] a colour."""
    path = tmp_path / "Pulumi.x.yaml"
    value = ":x: [b]" + "long " * 60
    path.write_text(f'{BARE}  cnv-lab:nodeNetwork: {{nic: "{value}", name: "a\\nb", bogus: 1}}\n')
    lines = told(path, "check", "--file")
    assert [line.split()[1] for line in lines] == [f"cnv-lab:nodeNetwork.{key}" for key in ("name", "nic", "bogus")]
    assert '":x: [b]long long' in lines[1]


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no cnv-lab:"),
    "comment only": (b"# nothing\n", "no cnv-lab:"),
    "a number": (b"3", "no cnv-lab:"),
    "config is a list": (b"config: [1]", "no cnv-lab:"),
    "another project's": (b"config:\n  other:cluster: {}\n", "no cnv-lab:"),
    "not YAML": (b"config: {\n  a: [", "is not YAML"),
    "two documents": (b"a: 1\n---\nb: 2\n", "is not YAML"),
    "an unknown tag": (b"config: !!python/object:os.system {}", "is not YAML"),
    "a 13th month": (b"config: {cnv-lab:cluster: 2024-13-01}", "is not YAML"),
    "nested too deep": (b"[" * 500, "is not YAML"),
    "a zero byte": (b"\x00", "is not YAML"),
    "an image": (b"\x89PNG\r\n\x1a\n\xff\xfe", "cannot be read"),
    "UTF-16": ("config: {}".encode("utf-16"), "cannot be read"),
}


@pytest.mark.parametrize("command", ["check", "render"])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_file_that_is_no_stack_file_is_one_line(tmp_path: Path, command: str, broken: str) -> None:
    content, words = BROKEN[broken]
    path = tmp_path / "Pulumi.x.yaml"
    path.write_bytes(content)
    (line,) = told(path, command, "--file")
    assert "Pulumi.x.yaml" in line
    assert words in line


@pytest.mark.parametrize("broken", ["empty", "a number", "not YAML", "a 13th month", "nested too deep", "an image"])
def test_a_base_that_is_no_yaml_object_is_one_line(stack_file: Path, broken: str) -> None:
    base = stack_file.with_name("worker.yaml")
    base.write_bytes(BROKEN[broken][0])
    (line,) = told(base, "render", "--file", str(stack_file), "--base")
    assert "worker.yaml" in line


@pytest.mark.parametrize("option", [["--file"], ["--stack", "lab", "--base"]])
def test_a_file_that_is_not_there_or_is_a_folder_is_one_line(tmp_path: Path, option: list[str]) -> None:
    for path in (tmp_path / "nobody.yaml", tmp_path):
        *_, line = told(path, "render", *option)
        assert str(path) in line
        assert "cannot be read" in line


def machine_set(value: Any) -> dict[str, Any]:
    return {"kind": "MachineSet", "spec": {"template": {"spec": {"providerSpec": {"value": value}}}}}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([1], "is no MachineSet (list)"),
        ("text", "is no MachineSet (str)"),
        ({"kind": "Machine"}, "is no MachineSet (Machine)"),
        ({}, "is no MachineSet (None)"),
        ({"kind": "MachineSet"}, "not one for vSphere"),
        ({"kind": "MachineSet", "spec": {"template": None}}, "not one for vSphere"),
        (machine_set(None), "not one for vSphere"),
        (machine_set({"kind": "AWSMachineProviderConfig"}), "not one for vSphere"),
    ],
)
def test_a_base_that_is_another_object_is_told_which(stack_file: Path, document: object, words: str) -> None:
    base = stack_file.with_name("worker.yaml")
    base.write_text(yaml.safe_dump(document))
    (line,) = told(base, "render", "--file", str(stack_file), "--base")
    assert line.startswith("worker.yaml ")
    assert words in line


def test_what_the_file_says_wins_over_the_base(stack_file: Path) -> None:
    base = stack_file.with_name("worker.yaml")
    base.write_text(yaml.safe_dump(facts.worker(tagIDs=["urn:x"])))
    done = lab("render", "--file", str(stack_file), "--base", str(base))
    assert (done.exit_code, done.stderr) == (0, "")
    value = next(yaml.safe_load_all(done.stdout))["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert (value["numCPUs"], value["workspace"]["server"], value["tagIDs"]) == (6, "vcenter.lab", ["urn:x"])


def test_a_base_in_json_is_as_good(stack_file: Path) -> None:
    base = stack_file.with_name("worker.json")
    base.write_text(json.dumps(facts.worker()))
    bare = stack_file.with_name("Pulumi.bare.yaml")
    bare.write_text(BARE)
    done = lab("render", "--file", str(bare), "--base", str(base))
    assert done.exit_code == 0
    assert "name: hub-cnv" in done.stdout


def test_a_key_that_stands_twice_is_told_as_pulumi_would_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.twice.yaml"
    path.write_text("config:\n  cnv-lab:cluster: {infraId: one, infraId: two}\n", encoding="utf-8")
    (line,) = told(path, "check", "--file")
    assert "the key infraId stands twice" in line
    assert "line 2" in line


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("workspace", 3, "providerSpec.value.workspace"),
        ("workspace", {"folder": ["x"]}, "workspace.folder"),
        ("template", 7, "providerSpec.value.template"),
        ("numCPUs", "4", "providerSpec.value.numCPUs"),
        ("network", {"devices": [{"networkName": 4}]}, "network.devices.0.networkName"),
        ("network", {"devices": "lab"}, "network.devices"),
    ],
)
def test_a_base_with_a_value_of_a_wrong_type_is_told_where(
    stack_file: Path, tmp_path: Path, key: str, value: object, where: str
) -> None:
    path = tmp_path / "worker.yaml"
    document = machine_set({"kind": "VSphereMachineProviderSpec", key: value})
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    (line,) = told(stack_file, "render", "--base", str(path), "--file")
    assert where in line
    assert "worker.yaml" in line
