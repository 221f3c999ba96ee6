"""The post's three manifests equal ours, but for what docs/differences.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import stack_file
from lab import plan
from lab.manifests import in_apply_order
from lab.manifests.node_network import policy, read_ledger, reverted

ROOT = Path(__file__).parents[2]
POST = Path(__file__).parent / "post"


@pytest.fixture
def lab() -> plan.Lab:
    found = stack_file.read(ROOT / "Pulumi.lab.yaml")
    return plan.complete(found.settings, stack=found.stack, where=found.name)


def ours(lab: plan.Lab, kind: str) -> dict[str, Any]:
    return next(item for item in in_apply_order(lab) if item["kind"] == kind)


def post(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((POST / f"{name}.yaml").read_text(encoding="utf-8"))
    return document


def test_the_machine_set_is_the_posts(lab: plan.Lab) -> None:
    theirs = post("machine_set")
    # D1, D2: what controllers and the API server write.
    del theirs["metadata"]["annotations"], theirs["metadata"]["resourceVersion"]
    del theirs["spec"]["template"]["spec"]["providerSpec"]["value"]["metadata"]
    # D3, D4: our two labels.
    theirs["metadata"]["labels"]["cnv-lab/stack"] = "cnv-lab.lab"
    theirs["spec"]["template"]["spec"]["metadata"]["labels"]["node-role.kubernetes.io/virtualization"] = ""
    assert ours(lab, "MachineSet") == theirs


def test_the_policy_is_the_posts(lab: plan.Lab) -> None:
    theirs = post("policy")
    theirs["apiVersion"] = "nmstate.io/v1"  # D5
    theirs["metadata"]["labels"] = {"cnv-lab/stack": "cnv-lab.lab"}  # D3
    theirs["metadata"]["annotations"] = {"cnv-lab/vlans": "1925,1926,1927,1928"}  # D6
    assert ours(lab, "NodeNetworkConfigurationPolicy") == theirs


def test_the_network_attachment_is_the_posts(lab: plan.Lab) -> None:
    theirs, mine = post("network_attachment"), ours(lab, "NetworkAttachmentDefinition")
    theirs["metadata"]["labels"] = {"cnv-lab/stack": "cnv-lab.lab"}  # D3
    theirs["metadata"]["annotations"]["description"] = "provisioning V1928"  # D7
    config = json.loads(theirs["spec"].pop("config"))
    bridge, _tuning = config.pop("plugins")  # D8
    del bridge["vlan"]  # D9
    wanted = {**config, **bridge, "macspoofchk": False, "preserveDefaultVlan": False}  # D10
    assert json.loads(mine["spec"].pop("config")) == wanted
    assert mine == theirs


def test_every_difference_has_its_row_on_the_page() -> None:
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    here = Path(__file__).read_text(encoding="utf-8")
    for number in range(1, 11):
        assert f"| D{number} |" in page
        assert f"D{number}" in here
    assert "| D11 |" not in page.partition("## In the steps")[0]


def test_a_vlan_that_left_the_config_is_absent_and_remembered(lab: plan.Lab) -> None:
    """Dropping it from the list alone would leave its bridge on the nodes."""
    document = policy(lab, ledger={"br-1925", "br-1999"})
    retired = document["spec"]["desiredState"]["interfaces"][-2:]
    assert retired == [
        {"name": "br-1999", "type": "linux-bridge", "state": "absent"},
        {"name": "ens224.1999", "type": "vlan", "state": "absent"},
    ]
    assert read_ledger(document) == {"br-1925", "br-1926", "br-1927", "br-1928", "br-1999"}


def test_taking_back_leaves_the_nic_up_and_bare() -> None:
    nic, *gone = reverted("ens224", {"br-1928"})["interfaces"]
    assert (nic["state"], nic["ipv4"], nic["ipv6"]) == ("up", {"enabled": False}, {"enabled": False})
    assert {item["state"] for item in gone} == {"absent"}


def test_a_ledger_that_somebody_spoilt_keeps_what_can_be_read() -> None:
    assert read_ledger({"metadata": {"annotations": {"cnv-lab/vlans": "1, x,,7"}}}) == {"br-1", "br-7"}
    assert read_ledger(None) == frozenset()
