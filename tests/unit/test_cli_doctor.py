"""``python -m lab doctor`` as a person types it: at a wide and a narrow terminal, in a pipe, and as JSON."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from cli.doctor import show
from cli.main import app
from clients.errors import LabError
from clients.recovery.pulumi import Stack
from lab.doctor.report import CHECKS, Notes, Outcome, Report
from tests.unit.test_cli import ROOT, lab

if TYPE_CHECKING:
    from pathlib import Path

FILE = "config:\n  cnv-lab:cluster: {infraId: hub}\n  cnv-lab:vcenter: {server: vc.lab}\n"
LINE = "the installer's template rhcos is not in /Garden/vm/hub. Write its whole inventory path."


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No login of whoever runs the tests, and no Pulumi."""
    for variable in ("KUBECONFIG", "VSPHERE_SERVER", "VSPHERE_USER", "VSPHERE_PASSWORD", "CNV_LAB_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setattr(Stack, "export", lambda _: _fail("`pulumi stack export` failed: no stack named 'x' found"))


def _fail(told: str) -> Any:
    raise LabError(told)


def doctor(tmp_path: Path, text: str = FILE, *words: str) -> Result:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    return CliRunner().invoke(app, ["doctor", "--file", str(path), *words], catch_exceptions=False)


def test_without_any_login_it_says_which_variables_to_set(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.exit_code == 1
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2
    assert "KUBECONFIG" in failed[0]
    assert "VSPHERE_USER" in failed[1]
    assert "VSPHERE_PASSWORD" in failed[1]


def test_mistakes_of_the_stack_file_are_told_each_and_the_rest_goes_on(tmp_path: Path) -> None:
    done = doctor(tmp_path, FILE + "  cnv-lab:vlans: [{id: 0, name: a}, {id: 1}]\n")
    mistakes = [line for line in done.stdout.splitlines() if line.startswith("FAIL  stack: stack file: Pulumi.x.yaml")]
    assert len(mistakes) == 2
    assert "FAIL  cluster: kubeconfig" in done.stdout


def test_what_is_no_stack_file_ends_it_in_one_line(tmp_path: Path) -> None:
    for done in (doctor(tmp_path, "- 1"), lab("doctor"), lab("doctor", "--stack", "nope")):
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


def test_the_json_is_nothing_but_json_and_has_every_check(tmp_path: Path) -> None:
    done = doctor(tmp_path, FILE, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["outcome"]) == (1, "FAIL")
    assert [check["check"] for check in told["checks"]] == list(CHECKS)


def test_an_encrypted_login_that_pulumi_does_not_decrypt_fails_with_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "config", lambda _: _fail("`pulumi config` failed: passphrase must be set"))
    done = doctor(tmp_path, FILE + "  vsphere:password: {secure: v1:abc}\n")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FAIL  vCenter")]
    assert "vsphere:password is encrypted in Pulumi.x.yaml" in line
    assert "PULUMI_CONFIG_PASSPHRASE" in line


def test_an_encrypted_kubeconfig_is_decrypted_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "config", lambda _: {"kubernetes:kubeconfig": "s3cret"})
    done = doctor(tmp_path, FILE + "  kubernetes:kubeconfig: {secure: v1:abc}\n")
    assert "the secret kubernetes:kubeconfig" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_a_state_that_cannot_be_read_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "export", lambda _: _fail("`pulumi stack export` failed: not\nlogged in"))
    done = doctor(tmp_path)
    (line,) = [line for line in done.stdout.splitlines() if "Pulumi's state" in line]
    assert line.startswith("WARN")
    assert "not logged in" in line


def report() -> Report:
    notes = Notes()
    notes.note("cluster.login", fine=["accepted"])
    notes.note("cluster.nic", warnings=["odd. Look at it."])
    notes.note("vcenter.template", refusals=[LINE])
    notes.skip(list(CHECKS), "needs vCenter's login")
    return Report(stack="cnv-lab.t", file="Pulumi.t.yaml", findings=notes.findings())


def drawn(width: int, **options: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, _environ={}, **{"force_terminal": True, **options})
    show.show(report(), console)
    return out.getvalue()


def test_a_pipe_gets_whole_lines_in_preflights_words_without_colour() -> None:
    told = drawn(40, force_terminal=False)
    assert "\x1b" not in told
    assert f"FAIL  vCenter: template: {LINE}" in told.splitlines()


@pytest.mark.parametrize("width", [40, 71, 72, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn(width))
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= width
    flat = " ".join(plain.split())
    for words in ("not in /Garden/vm/hub", "Look at it.", "accepted"):
        assert words in flat if width >= 100 else words.split()[-1] in flat
    assert all(outcome.value in flat for outcome in Outcome)


def test_where_it_is_narrow_what_a_check_tells_stands_below_it() -> None:
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", drawn(60)).splitlines()]
    at = lines.index("WARN  trunk NIC")
    assert lines[at + 1 : at + 3] == ["      odd", "      → Look at it."]


def test_checks_that_were_not_made_for_one_reason_share_a_row() -> None:
    told = drawn(200)
    assert told.count("needs vCenter's login") < len(CHECKS) / 3


def test_the_last_line_counts_what_came_out() -> None:
    assert f"cnv-lab.t: 1 failed, 1 warned, 1 fine, {len(CHECKS) - 3} not made" in drawn(200)


def test_help_reads_at_80_columns() -> None:
    told = lab("doctor", "--help").stdout
    assert "VSPHERE_PASSWORD" in told
    assert "--json" in told


def test_every_check_is_on_its_page() -> None:
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and "." in line[:30]] == list(
        CHECKS
    )
