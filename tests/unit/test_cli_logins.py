"""Where `--live` has its logins from, and what it says where there are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli import logins
from tests.unit.test_cli import ROOT, lab

if TYPE_CHECKING:
    from pathlib import Path

FILE = """config:
  vsphere:user: me
  vsphere:password: {secure: v1:abc}
  cnv-lab:cluster: {infraId: a, context: mine}
"""


def test_of_a_file_counts_what_stands_in_it_in_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSPHERE_SERVER", "of the environment")
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(FILE, encoding="utf-8")
    found = logins.of(None, path)
    assert (found.get("vsphere:user"), found.get("vsphere:password"), found.get("no:such")) == ("me", None, None)
    assert json.loads(found.get("cnv-lab:cluster") or "")["context"] == "mine"
    assert found.environ["VSPHERE_SERVER"] == "of the environment"


def test_of_a_stack_pulumi_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its secrets, and for this very stack."""
    said = json.dumps({"vsphere:password": {"value": "a secret", "secret": True}, "cnv-lab:vlans": {"objectValue": []}})
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\ncat <<"END"\n{said}\nEND\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert logins.of("mylab", None).get("vsphere:password") == "a secret"
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    assert "--show-secrets --stack mylab" in asked


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--stack", "lab"), "there is no command pulumi. Install it, or put it on PATH."),
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
