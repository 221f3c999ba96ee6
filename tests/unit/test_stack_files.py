"""The stack files of examples/stacks: each is a lab, says for whom, and together they show each way to build one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cli import stack_file
from cli.main import app
from lab.manifests.bridging import DESIGNS

FOLDER = Path(__file__).parents[2] / "examples" / "stacks"
FILES = sorted(FOLDER.glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_check_and_render_accept_it_without_a_warning(path: Path) -> None:
    for command in ("check", "render"):
        done = CliRunner().invoke(app, [command, "--file", str(path)], catch_exceptions=False)
        assert (done.exit_code, done.stderr) == (0, "")
    kinds = [item["kind"] for item in yaml.safe_load_all(done.stdout)]
    assert "NodeNetworkConfigurationPolicy" in kinds


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_says_at_its_head_for_whom_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# For ")


def test_they_show_each_bridge_design_switch_and_way_with_operators() -> None:
    labs = [stack_file.read(path).settings for path in FILES]
    assert {lab.node_network.bridging for lab in labs} == set(DESIGNS)
    assert {lab.trunk.switch.kind for lab in labs} == {"standard", "distributed"}
    assert {lab.trunk.ownership for lab in labs} == {"manage", "existing"}
    assert {lab.operators.mode for lab in labs} == {"manage", "expect", "ignore"}
    assert any(lab.guest_trunks for lab in labs)
    assert {lab.node_network.attachments for lab in labs} == {"nad", "cudn"}
    assert any(lab.hypervisors.existing for lab in labs)
    assert any(lab.node_network.shared_attachments for lab in labs)


def test_the_folders_page_has_a_row_for_each() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        assert f"]({path.name}) |" in page
