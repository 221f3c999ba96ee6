"""Previews as ``pulumi preview --json`` printed them (tests/unit/previews/), and single steps in the same shape.

The files are the engine's own, of the sandbox: tests/engine/test_report.py writes them, without what nothing here
reads. The shape is that of pulumi v3.259.0 (pkg/display/json.go, pkg/backend/display/json.go, sdk/go/common/apitype/
core.go).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli.report.comment import Report, write
from lab.report.preview import Preview, read
from lab.report.secrets import Redactor

FOLDER = Path(__file__).parent / "previews"
STACK_URN = "urn:pulumi:lab::cnv-lab::pulumi:pulumi:Stack::cnv-lab-lab"
MACHINE_SET = "kubernetes:machine.openshift.io/v1beta1:MachineSet"
POLICY = "kubernetes:nmstate.io/v1:NodeNetworkConfigurationPolicy"
ATTACHMENT = "kubernetes:k8s.cni.cncf.io/v1:NetworkAttachmentDefinition"
PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"


def sample(name: str) -> Preview:
    """A file of previews/."""
    return read((FOLDER / f"{name}.json").read_text(encoding="utf-8"), Redactor())


def state(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"custom": True, "inputs": inputs, **more}


def step(op: str, type_: str, name: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    """One step; ``old`` and ``new`` are inputs."""
    found: dict[str, Any] = {"op": op, "urn": f"urn:pulumi:lab::cnv-lab::cnvlab:some:Parent${type_}::{name}"}
    found |= {} if old is None else {"oldState": state(old)}
    found |= {} if new is None else {"newState": state(new)}
    return {**found, "detailedDiff": None, **more}


def preview(*steps: dict[str, Any], diagnostics: Any = (), redactor: Redactor | None = None) -> Preview:
    """A preview of these steps."""
    counts: dict[str, int] = {}
    for item in steps:
        counts[item["op"]] = counts.get(item["op"], 0) + 1
    digest = {"steps": list(steps), "diagnostics": list(diagnostics), "changeSummary": counts}
    return read(json.dumps(digest), redactor or Redactor())


def said(severity: str, message: str, urn: str = STACK_URN) -> dict[str, str]:
    """A diagnostic as the engine prints it: prefix before, a line's end behind."""
    prefix = "" if severity.startswith("info") else f"{severity}: "
    return {"urn": urn, "message": f"{prefix}{message}\n", "severity": severity}


def comment(found: Preview | None, **more: Any) -> str:
    return write(Report(stack="lab", preview=found, **more))


def rows(text: str) -> list[str]:
    """The change table's, without their bars: chapter, what happens, to what."""
    return [line.strip("| ") for line in text.splitlines() if line.startswith("| ")][1:]
