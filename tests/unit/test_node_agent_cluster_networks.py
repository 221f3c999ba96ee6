"""What the sandbox's OVN-Kubernetes makes of a ClusterUserDefinedNetwork."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.manifests import cluster_networks
from sandbox.node_agent.cluster_networks import attachment, is_controlled_by, matches
from tests.unit import facts

LAB = facts.lab(nodeNetwork={"bridging": "ovn-localnet", "attachments": "cudn"})
(NETWORK,) = ({**item, "metadata": {**item["metadata"], "uid": "u-1"}} for item in cluster_networks(LAB))


@pytest.mark.parametrize(
    ("selector", "means"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["0", "1"]}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "In", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
    ],
)
def test_namespaces_are_selected_by_their_labels(selector: dict[str, Any], *, means: bool) -> None:
    assert matches(selector, {"a": "1"}) == means


def test_ours_selects_a_namespace_by_its_name() -> None:
    selector = NETWORK["spec"]["namespaceSelector"]
    assert matches(selector, {"kubernetes.io/metadata.name": "blue"})
    assert not matches(selector, {"kubernetes.io/metadata.name": "red"})


def test_an_attachment_has_its_networks_labels_wire_and_vlan() -> None:
    made = attachment(NETWORK, "blue")
    assert made["metadata"]["labels"] == {"k8s.ovn.org/user-defined-network": "", "cnv-lab/stack": "cnv-lab.t"}
    assert is_controlled_by(made, NETWORK)
    assert not is_controlled_by(made, {"metadata": {"uid": "u-2"}})
    config = json.loads(made["spec"]["config"])
    assert (config["name"], config["netAttachDefName"]) == ("cluster_udn_vlan-1928", "blue/vlan-1928")
    assert (config["physicalNetworkName"], config["vlanID"], config["mtu"]) == ("physnet-vmdata", 1928, 1500)
