"""Attachments of one network name that do not mean the same network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clients import checks
from lab import localnets
from lab.manifests import network_attachments
from tests.unit import facts

LOCALNET = {"bridging": "ovn-localnet"}
NAD = "NetworkAttachmentDefinition"


def attachment(stack: str = "", **config: Any) -> facts.Object:
    labels = {"cnv-lab/stack": stack} if stack else {}
    there = {"name": "vlan-1928", "topology": "localnet", "physicalNetworkName": "physnet-vmdata", "vlanID": 1928}
    text = json.dumps({**there, "mtu": 1500, **config})
    return {"metadata": {"name": "x", "labels": labels}, "spec": {"config": text}}


def told(there: facts.Object, recorded: Any = (), **network: Any) -> list[str]:
    lab = facts.lab(nodeNetwork={**LOCALNET, **network})
    return list(checks.networks(lab, facts.cluster(attachments={("red", "x"): there}), recorded))


def test_one_that_says_the_same_is_the_same_network() -> None:
    assert told(attachment("cnv-lab.east")) == []
    (ours,) = network_attachments(facts.lab(nodeNetwork=LOCALNET))
    assert localnets.of_attachment(ours) == localnets.of_attachment(attachment())


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"mtu": 9000}, "mtu 1500 and 9000"),
        ({"mtu": None}, "mtu 1500 and none"),
        ({"vlanID": 7}, "vlanID 1928 and 7"),
        ({"physicalNetworkName": "physnet"}, "physicalNetworkName physnet-vmdata and physnet"),
        ({"physicalNetworkName": None}, "physicalNetworkName physnet-vmdata and vlan-1928"),
    ],
)
def test_one_that_says_otherwise_is_refused_with_what_and_whose(config: dict[str, Any], words: str) -> None:
    (line,) = told(attachment("cnv-lab.east", **config))
    assert line == (
        "network vlan-1928 is in namespace red already (NetworkAttachmentDefinition x of stack cnv-lab.east), with "
        f"another configuration than this stack's ({facts.STACK}): {words}. OVN-Kubernetes has one for each name. "
        "Write the same, or take the VLAN from one of the two."
    )
    assert "(NetworkAttachmentDefinition x), with" in told(attachment(**config))[0]


def test_this_stacks_own_may_change() -> None:
    assert told(attachment(facts.STACK), {(NAD, "red", "x")}, mtu=9000) == []
    assert told(attachment(facts.STACK), set(), mtu=9000)


@pytest.mark.parametrize(
    "config", [{"name": "other", "mtu": 9000}, {"topology": "layer2", "mtu": 9000}, {"name": "", "mtu": 9000}]
)
def test_other_networks_are_nobodys_concern(config: dict[str, Any]) -> None:
    assert told(attachment(**config)) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_a_configuration_that_cannot_be_read_is_passed_over(text: str) -> None:
    assert told({"metadata": {"name": "x"}, "spec": {"config": text}}) == []
    assert told({"metadata": {"name": "x"}}) == []


def test_bridges_know_no_networks_by_name() -> None:
    lab = facts.lab(nodeNetwork={"bridging": "vlan-aware"})
    there = facts.cluster(attachments={("red", "x"): attachment(mtu=9000)})
    assert list(checks.networks(lab, there, ())) == []
