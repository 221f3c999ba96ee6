"""Where `--live` has its logins from, and what it says where there are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli import logins, stack_file
from tests.unit.test_cli import ROOT, lab

if TYPE_CHECKING:
    from pathlib import Path

    from clients.credentials import Logins

ENCRYPTED = "  vsphere:password: {secure: v1:abc}\n"


def read(folder: Path, more: str) -> Logins:
    """Those of the post's stack file, with more in it."""
    path = folder / "Pulumi.mylab.yaml"
    path.write_text(f"{(ROOT / 'Pulumi.lab.yaml').read_text(encoding='utf-8').rstrip()}\n{more}", encoding="utf-8")
    return logins.of(path, stack_file.read(path))


def test_what_stands_in_the_file_in_clear_counts_without_pulumi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("VSPHERE_SERVER", "of the environment")
    found = read(tmp_path, "  vsphere:user: me\n")
    assert (found.get("vsphere:user"), found.get("no:such")) == ("me", None)
    assert found.environ["VSPHERE_SERVER"] == "of the environment"


def test_pulumi_is_asked_for_what_is_encrypted_in_this_stacks_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.dumps({"vsphere:password": {"value": "a secret", "secret": True}})
    program = tmp_path / "pulumi"
    program.write_text(
        f'#!/bin/sh\necho "$PWD" "$@" > "{tmp_path}/asked"\ncat <<"END"\n{said}\nEND\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert read(tmp_path, ENCRYPTED).get("vsphere:password") == "a secret"
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    assert asked.startswith(f"{tmp_path} config ")
    assert "--show-secrets --stack mylab" in asked


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--stack", "lab"), "the cluster's kubeconfig (nowhere) cannot be used"),
        (("--file", "Pulumi.lab.yaml"), "the cluster's kubeconfig (nowhere) cannot be used"),
    ],
)
def test_where_nobody_can_be_asked_it_says_why_without_a_traceback(
    words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("KUBECONFIG", "nowhere")
    done = lab("topology", *words, "--live", cwd=ROOT)
    assert done.exit_code == 1
    assert told in " ".join(done.output.replace("│", " ").split())
    assert done.stdout == ""
