"""The files that stack files extend, as they are found, read and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clients import shared_files
from clients.errors import LabError
from lab.mistakes import SettingsError
from tests.unit.test_cli import lab

if TYPE_CHECKING:
    from pathlib import Path

OWN = "config:\n  cnv-lab:extends: labs/house.yaml\n  cnv-lab:hypervisors: {cpus: 8}\n"
HOUSE = "config:\n  cnv-lab:cluster: {infraId: hub}\n  cnv-lab:hypervisors: {cpus: 6}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lab that extends labs/house.yaml."""
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/house.yaml").write_text(HOUSE)
    (tmp_path / "Pulumi.t.yaml").write_text(OWN)
    return tmp_path


def told(folder: Path) -> str:
    """What check refuses the lab with: one line."""
    done = lab("check", "--stack", "t", cwd=folder)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


def test_the_path_begins_at_the_stack_files_folder_wherever_one_stands(folder: Path) -> None:
    for words, cwd in ((["--stack", "t"], folder), (["--file", str(folder / "Pulumi.t.yaml")], folder.parent)):
        done = lab("check", *words, cwd=cwd)
        assert (done.exit_code, done.stdout) == (
            0,
            "Pulumi.t.yaml with labs/house.yaml: cluster hub, VLANs none, 0 network attachments in 0 namespaces\n",
        )


def test_a_shared_files_path_begins_at_its_own_folder(folder: Path) -> None:
    (folder / "labs/house.yaml").write_text("config: {cnv-lab:extends: ../far/far.yaml}")
    (folder / "far").mkdir()
    (folder / "far/far.yaml").write_text("config: {cnv-lab:extends: near.yaml}")
    (folder / "far/near.yaml").write_text(HOUSE)
    raw = {"extends": "labs/house.yaml"}
    found = shared_files.parse(raw, where="Pulumi.t.yaml", folder=folder)
    assert found.extends == ("labs/house.yaml", "far/far.yaml", "far/near.yaml")
    assert found.hypervisors.cpus == 6


def test_a_file_that_is_not_there_is_told_with_who_names_it_and_where_it_was_looked_for(folder: Path) -> None:
    (folder / "labs/house.yaml").unlink()
    assert told(folder) == (
        'Pulumi.t.yaml: cnv-lab:extends "labs/house.yaml": there is no such file in labs. Correct the path, which '
        "begins at the folder of Pulumi.t.yaml."
    )
    (folder / "labs").rmdir()
    assert "there is no labs." in told(folder)


def test_files_that_extend_each_other_are_told_as_the_circle_that_they_are(folder: Path) -> None:
    (folder / "labs/house.yaml").write_text("config: {cnv-lab:extends: other.yaml}")
    (folder / "labs/other.yaml").write_text("config: {cnv-lab:extends: ./../labs/house.yaml}")
    assert told(folder) == (
        'labs/other.yaml: cnv-lab:extends "./../labs/house.yaml": these files extend each other in a circle: '
        "Pulumi.t.yaml → labs/house.yaml → labs/other.yaml → labs/house.yaml. Take the key out of one of them."
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("/labs/house.yaml", "means something on one machine only"),
        ("~/house.yaml", "means something on one machine only"),
        ("labs/Pulumi.house.yaml", "a file of Pulumi's"),
        ("Pulumi.t.yaml", "a file of Pulumi's"),
        ("", "a path belongs here"),
        ("[a, b]", "a path belongs here"),
        ("3", "a path belongs here"),
        ("null", "a path belongs here"),
        ("{secure: v1:abc}", "is no secret"),
        (".", "there is no such file"),
    ],
)
def test_what_is_no_path_to_share_is_refused(folder: Path, written: str, reason: str) -> None:
    (folder / "Pulumi.t.yaml").write_text(f"config:\n  cnv-lab:extends: {written}\n  cnv-lab:cluster: {{infraId: a}}\n")
    line = told(folder)
    assert line.startswith("Pulumi.t.yaml: cnv-lab:extends")
    assert reason in line
    assert "v1:abc" not in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("config: {", "house.yaml is not YAML"),
        ("- 1", "labs/house.yaml, which Pulumi.t.yaml extends, has no keys under config:"),
        ("", "labs/house.yaml, which Pulumi.t.yaml extends, has no keys under config:"),
        ("cnv-lab:trunk: {}", "labs/house.yaml, which Pulumi.t.yaml extends, has no keys under config:"),
        ("config: []", "labs/house.yaml, which Pulumi.t.yaml extends, has no keys under config:"),
        (f"{HOUSE}encryptionsalt: v1:abc", "labs/house.yaml: encryptionsalt: of a shared file only what stands under"),
        (
            f"{HOUSE}  vsphere:user: joe",
            "labs/house.yaml: vsphere:user: Pulumi reads this key from the stack file alone",
        ),
        (f"{HOUSE}  cnv-lab:trunk: {{secure: v1:abc}}", "labs/house.yaml: cnv-lab:trunk: it is encrypted"),
        (
            f"{HOUSE}  cnv-lab:vlans: [{{id: 1, name: {{secure: v1:abc}}}}]",
            "labs/house.yaml: cnv-lab:vlans[0].name: it is encrypted",
        ),
        (
            "config:\n  cnv-lab:cluster: {infraId: hub, context: admin}",
            "labs/house.yaml: cnv-lab:cluster.context: it is part of a login",
        ),
        (f"{HOUSE}  cnv-lab:trunk: {{portgroup: a}}", 'labs/house.yaml: cnv-lab:trunk.portgroup "a": no such key'),
    ],
)
def test_what_a_shared_file_cannot_be_is_told_of_it_and_never_with_a_secret(
    folder: Path, text: str, words: str
) -> None:
    (folder / "labs/house.yaml").write_text(text)
    line = told(folder)
    assert words in line
    assert "v1:abc" not in line
    assert "joe" not in line


def test_a_file_that_nobody_may_read_is_an_error_and_no_traceback(folder: Path) -> None:
    (folder / "labs/house.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(LabError, match="cannot be read"):
        shared_files.parse({"extends": "labs/house.yaml"}, where="Pulumi.t.yaml", folder=folder)


def test_without_the_key_no_file_is_looked_for(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"infraId: is missing"):
        shared_files.parse({}, where="Pulumi.t.yaml", folder=folder / "nowhere")


def test_topology_and_render_show_what_both_files_mean_together(folder: Path) -> None:
    whole = "examples/stacks/Pulumi.west.yaml"
    drawn = lab("topology", "--file", whole).stdout
    assert "Trunk-west" in drawn
    assert "1925  trans-proxy" in drawn
    assert "1930  west" in drawn
    rendered = lab("render", "--file", whole).stdout
    assert "numCPUs: 8" in rendered
    assert "memoryMiB: 16384" in rendered
