"""Nothing in a comment looks like a secret, wherever in the preview it stood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.report.secrets import HIDDEN, Redactor
from tests.unit.report_samples import comment, preview, said, step

if TYPE_CHECKING:
    from pathlib import Path

# Put together here, so that no scanner takes this file for a leak.
PEM = "-----BEGIN {0} KEY-----\nMIIEpAIBAAKC\n-----END {0} KEY-----".format("RSA PRIVATE")
LOOK_SECRET = [
    PEM,
    PEM[:40],
    "eyJ" + "hbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl",
    "sha256~" + "a" * 43,
    "pul-" + "0123456789abcdef" * 2 + "01234567",
    "ghp_" + "a" * 36,
    "https://admin:hunter22@vcenter.lab/sdk",
    "Authorization: Bearer abcdefgh1234",
    'password: "hunter22"',
    "password=hunter22",
    '{"password": "hunter22"}',
    "client-key-data: " + "QUJD" * 20,
    "v1:" + "A" * 16 + ":" + "B" * 24,
]
PLAIN = [
    "hub-7vxwj-rhcos-cnv",
    "credentialsSecret",
    "the password is wrong",
    "password: [secret]",
    "/Garden/vm/hub-7vxwj",
    "https://vcenter.lab/sdk",
    "urn:pulumi:lab::cnv-lab::pulumi:pulumi:Stack::cnv-lab-lab",
    "502b7d5e-0000-4000-8000-000000000031",
]


@pytest.mark.parametrize("text", LOOK_SECRET)
def test_what_looks_like_a_secret_is_hidden_in_values_keys_and_messages(text: str) -> None:
    found = preview(
        step("create", "t", "n", None, {"note": [text], text: 1}), diagnostics=[said("error", f"so: {text}")]
    )
    written = comment(found)
    for part in (text, "hunter22", "MIIEpAIBAAKC"):
        assert part not in written
        assert part not in json.dumps(written)
    assert written.count(HIDDEN) >= 3


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_sounds_like_a_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "key", ["password", "vsphere:password", "bearerToken", "kubeconfig", "clientSecret", "api_key"]
)
def test_a_secrets_name_hides_its_value(key: str) -> None:
    hidden = Redactor().value({key: "correct horse", "nested": {key: ["correct horse", 1234]}})
    assert "horse" not in str(hidden)
    assert "1234" not in str(hidden)


def test_names_of_secrets_are_no_secrets() -> None:
    """A MachineSet names two."""
    value = {"credentialsSecret": {"name": "vsphere-cloud-credentials"}, "userDataSecret": {"name": "worker-user-data"}}
    assert Redactor().value(value) == value


@pytest.mark.parametrize("where", ["preview", "log", "picture"])
def test_this_runs_own_logins_are_hidden_wherever_they_turn_up(where: str, tmp_path: Path) -> None:
    """vCenter's password is a word like any other: no pattern could know it."""
    login = {"VSPHERE_PASSWORD": "Garden party", "PULUMI_CONFIG_PASSPHRASE": "Garden", "VSPHERE_USER": "svc-pulumi@lab"}
    text = "as svc-pulumi@lab with Garden party"
    files = {name: tmp_path / name for name in ("preview", "log", "picture")}
    found = {"steps": [step("create", "t", text, None, {text: text})], "diagnostics": [said("warning", text)]}
    files["preview"].write_text(json.dumps(found) if where == "preview" else "no preview", encoding="utf-8")
    files["log"].write_text(text if where == "log" else "", encoding="utf-8")
    files["picture"].write_text(text if where == "picture" else "", encoding="utf-8")
    if where == "picture":
        files["preview"].write_text("{}", encoding="utf-8")
    words = [
        "report",
        str(files["preview"]),
        "--stack",
        "lab",
        "--log",
        str(files["log"]),
        "--after",
        str(files["picture"]),
    ]
    done = CliRunner().invoke(app, words, env=login, catch_exceptions=False)
    assert f"as {HIDDEN} with {HIDDEN}" in done.output
    assert "Garden" not in done.output
    assert "svc-pulumi" not in done.output


def test_a_short_password_does_not_tear_holes_into_every_word() -> None:
    assert Redactor(["lab", ""]).text("the lab's label") == "the lab's label"
