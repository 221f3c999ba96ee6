"""A proof's pods: what they ask for, how they fare, and what they tell."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lab.proof import pods, probe
from lab.proof.fate import Fate, Runs, Stuck, Told, Waits, fate
from lab.proof.pods import SIDES, Run
from lab.proof.reports import Heard, Link, MachineReport, NodeReport, NoReportError, Port, Sighting, read, together
from tests.unit.proofs import DESIGNS, NODES, VLAN, way

MARK = "0badcafe"
RUN = Run(stack="cnv-lab.t", token=MARK, image="tools@sha256:1", nodes=NODES)
# Bytes: of one argument of a program (MAX_ARG_STRLEN), and of a pod as etcd takes it.
ARGUMENT_MAX, POD_MAX = 131072, 1 << 20


def parameters(pod: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pod["spec"]["containers"][0]["command"][-1])
    return found


def test_a_machine_plugs_in_by_the_attachment_with_the_address_that_the_other_one_sends_to() -> None:
    one, other = (pods.machine(RUN, way(), side) for side in SIDES)
    (asked,) = json.loads(one["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"])
    assert asked["mac"] == parameters(other)["to"] != parameters(one)["to"]
    assert (asked["namespace"], asked["name"], asked["interface"]) == ("blue", "vlan-1928", "net1")
    assert [item["spec"]["nodeName"] for item in (one, other)] == [*NODES]
    assert one["metadata"]["namespace"] == "blue"


def test_an_attachment_that_all_share_is_used_from_the_namespace_that_may() -> None:
    pod = pods.machine(RUN, way(sharedAttachments=True), 0)
    (asked,) = json.loads(pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"])
    assert (pod["metadata"]["namespace"], asked["namespace"]) == ("blue", "default")


@pytest.mark.parametrize("bridging", DESIGNS)
def test_only_a_nodes_own_pod_is_in_the_nodes_network_and_none_is_privileged(bridging: str) -> None:
    node = pods.node(RUN, [way(bridging)], 0, namespace="blue", sends=True)
    machine = pods.machine(RUN, way(bridging), 0)
    assert (node["spec"].get("hostNetwork"), machine["spec"].get("hostNetwork")) == (True, None)
    for pod in (node, machine):
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
        assert "privileged" not in container["securityContext"]
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["activeDeadlineSeconds"] > pods.QUIET_SECONDS + pods.WATCH_SECONDS
        assert pod["metadata"]["labels"] == {"cnv-lab/stack": "cnv-lab.t", "cnv-lab/prove": MARK}
        assert max(map(len, container["command"])) < ARGUMENT_MAX
        assert len(json.dumps(pod)) < POD_MAX


def test_a_nodes_pod_looks_at_the_designs_interfaces() -> None:
    told = {
        bridging: parameters(pods.node(RUN, [way(bridging)], 1, namespace="x", sends=False)) for bridging in DESIGNS
    }
    assert told["per-vlan"]["links"] == ["br-1928", "ens224", "ens224.1928"]
    assert told["per-vlan"]["vlans"] == {"1928": "ens224.1928"}
    assert told["vlan-aware"]["links"] == ["br-trunk", "ens224"]
    assert told["ovn-localnet"]["links"] == ["br-vmdata", "ens224"]
    assert (told["vlan-aware"]["vlans"], told["vlan-aware"]["side"]) == ({"1928": ""}, 1)


def test_an_attachment_request_is_strict() -> None:
    with pytest.raises(ValidationError):
        pods.Selection(name="a", namespace="b", mac="00:50:56:00:00:01")
    with pytest.raises(ValidationError):
        pods.Selection(name="a", namespace="b", mac="02:00:00:00:00:01", interface="sixteen-letters1")


def test_the_script_is_python_of_rhel_8_and_needs_nothing_but_it() -> None:
    tree = ast.parse(Path(probe.__file__).read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = {alias.name for item in ast.walk(tree) if isinstance(item, ast.Import) for alias in item.names}
    assert imported == {"ctypes", "json", "os", "select", "socket", "struct", "sys", "time"}
    assert {item.module for item in ast.walk(tree) if isinstance(item, ast.ImportFrom)} == {"typing"}


def test_a_frame_is_read_as_it_was_written_with_its_tag_beside_it_or_in_it() -> None:
    token, address = bytes.fromhex(MARK), bytes(6)
    frame = probe.Frame("b", 1, VLAN, (VLAN,))
    data = probe.written(token, frame, address, probe.BROADCAST)
    beside = [(probe.SOL_PACKET, probe.AUXILIARY, b"\x10\0\0\0" + bytes(12) + VLAN.to_bytes(2, "little") + b"\0\x81")]
    untagged = probe.written(token, probe.Frame("b", 1, VLAN, ()), address, probe.BROADCAST)
    for found in (probe.read(token, data, []), probe.read(token, untagged, beside)):
        assert found
        assert (found.told(), found.vlan, found.tag()) == ("b1", VLAN, "1928")
    double = probe.read(token, data, beside)
    assert double
    assert double.tag() == "1928+1928"
    assert len(untagged) == 60
    assert probe.read(bytes(4), data, []) is None
    assert probe.read(token, b"\xff" * 60, []) is None


NODE_TOLD = (
    '{"began":1.0,"ended":9.5,"trouble":"","links":{"ens224":"up -","br-1928":"missing -"},'
    '"ports":{"1928":"veth1 br-1928"},"seen":{"1928":["b0 port < -","b0 nic > 1928"]}}'
)


def test_what_a_node_tells_is_read() -> None:
    report = read(NodeReport, NODE_TOLD)
    assert report.links == {"ens224": Link("up", ""), "br-1928": Link("missing", "")}
    assert report.ports == {VLAN: Port("veth1", "br-1928")}
    assert report.seen == {VLAN: {Sighting("b0", "port", "<", ""), Sighting("b0", "nic", ">", "1928")}}


def test_what_a_machine_tells_is_read() -> None:
    report = read(MachineReport, '{"began":5,"ended":9,"address":"02:1","trouble":"","heard":["b1 1928 -"]}')
    assert report.heard == {Heard("b1", "1928", "")}
    assert together(report, read(NodeReport, NODE_TOLD)) == 4


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('{"error": "the image has no Python 3"}', "the image has no Python 3"),
        ("Traceback\n  of something", "Traceback of something"),
        ("", "nothing"),
        (NODE_TOLD.replace("b0 port < -", "b0 port"), "began"),
        (NODE_TOLD.replace('"trouble":"",', '"trouble":"","more":1,'), "began"),
    ],
)
def test_what_is_no_report_is_told_in_its_own_words(message: str, words: str) -> None:
    with pytest.raises(NoReportError, match=words):
        read(NodeReport, message)


def pod(phase: str = "Pending", **state: Any) -> dict[str, Any]:
    return {"status": {"phase": phase, "containerStatuses": [{"state": state}] if state else []}}


def event(reason: str, message: str, at: str = "1", kind: str = "Warning") -> dict[str, Any]:
    return {"reason": reason, "message": message, "lastTimestamp": at, "type": kind}


@pytest.mark.parametrize(
    ("there", "events", "expected"),
    [
        (None, [], Stuck("somebody deleted it")),
        ({}, [], Waits("no kubelet has begun it")),
        (pod(waiting={"reason": "ContainerCreating"}), [], Waits("ContainerCreating")),
        (pod("Running", running={}), [], Runs()),
        (pod("Succeeded", terminated={"exitCode": 0, "message": "{}"}), [], Told("{}")),
        (
            pod("Failed", terminated={"exitCode": 137, "reason": "OOMKilled"}),
            [],
            Stuck("it ended without a word (OOMKilled: exit code 137)"),
        ),
        (
            {"status": {"phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have enough"}},
            [],
            Stuck("the kubelet ended it: OutOfcpu: Node didn't have enough"),
        ),
        (
            pod(waiting={"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'}),
            [],
            Stuck('ImagePullBackOff: Back-off pulling image "x"'),
        ),
        (
            pod(waiting={"reason": "ContainerCreating"}),
            [
                event("FailedCreatePodSandBox", "newer:\n no bridge", "2"),
                event("FailedCreatePodSandBox", "older", "1"),
                event("Pulled", "fine", "3", "Normal"),
            ],
            Stuck("newer: no bridge", is_network=True),
        ),
        (pod("Running", running={}), [event("FailedCreatePodSandBox", "at first")], Runs()),
        (pod(), [event("FailedMount", "no volume")], Waits("FailedMount: no volume")),
    ],
)
def test_how_a_pod_fares(there: dict[str, Any] | None, events: list[dict[str, Any]], expected: Fate) -> None:
    assert fate(there, events) == expected
