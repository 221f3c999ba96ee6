"""The pictures of the sample comment are of the labs that its preview leads from and to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import stack_file
from cli.main import app
from lab import plan
from lab.manifests import in_apply_order
from tests.unit.report_samples import FOLDER

# Which of its two states a step of a preview has the lab of a stack file in.
STATES = {"before": "oldState", "after": "newState"}
# What the policy has put on the nodes by then.
LEDGER = ["br-1925", "br-1926", "br-1927", "br-1928"]
KINDS = {"MachineSet", "NodeNetworkConfigurationPolicy", "NetworkAttachmentDefinition"}


def made(name: str) -> dict[tuple[str, str, str], Any]:
    """What the stack file means: specs by kind, namespace and name."""
    read = stack_file.read(FOLDER / f"{name}.yaml")
    return _specs(in_apply_order(plan.complete(read.settings, stack="cnv-lab.lab", where=read.name), LEDGER))


def _specs(objects: list[dict[str, Any]]) -> dict[tuple[str, str, str], Any]:
    return {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item["spec"]
        for item in objects
        if item.get("kind") in KINDS
    }


@pytest.mark.parametrize("name", STATES)
def test_a_picture_is_what_topology_draws_of_the_stack_file(name: str) -> None:
    """With what the change takes away struck out; tests/engine/test_report.py writes both."""
    since = ["--since", str(FOLDER / "before.yaml")] if name == "after" else []
    words = ["topology", "--file", str(FOLDER / f"{name}.yaml"), "--format", "mermaid", *since]
    done = CliRunner().invoke(app, words)
    assert done.stdout == (FOLDER / f"{name}.mmd").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "state"), STATES.items())
def test_the_stack_file_means_what_the_preview_has(name: str, state: str) -> None:
    there, meant = _specs(_inputs(state)), made(name)
    assert {kind for kind, *_ in there} == KINDS
    assert there == {key: meant.get(key) for key in there}


def test_what_comes_and_goes_between_them_is_what_the_preview_makes_and_deletes() -> None:
    before, after = made("before").keys(), made("after").keys()
    assert after - before == _specs(_inputs("newState", "create")).keys()
    assert before - after == _specs(_inputs("oldState", "delete")).keys()


def _inputs(state: str, *ops: str) -> list[dict[str, Any]]:
    """What the preview's steps have in this state: those with these operations, or all."""
    steps = json.loads((FOLDER / "change.json").read_text(encoding="utf-8"))["steps"]
    return [step[state].get("inputs", {}) for step in steps if state in step and (not ops or step["op"] in ops)]
