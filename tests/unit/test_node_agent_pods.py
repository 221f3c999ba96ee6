"""What the node agent reads in a pod, and tells of it; tests/node/test_pods.py has pods that really run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.node_agent import containers, multus, pod_status
from sandbox.node_agent.multus import Network, NotPluggedError

ADDRESS = "192.168.4.61"


def pod(networks: str = "", /, container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod that nothing speaks against."""
    annotations = {multus.NETWORKS: networks} if networks else {}
    return {
        "metadata": {"name": "p", "namespace": "blue", "uid": "u-1", "annotations": annotations},
        "spec": {
            "nodeName": "node-1",
            "restartPolicy": "Never",
            "containers": [{"name": "c", "image": "any", "command": ["true"], **(container or {})}],
            **spec,
        },
    }


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", []),
        ("one", [Network(namespace="blue", name="one", interface="net1")]),
        (
            "red/one@wire, two",
            [
                Network(namespace="red", name="one", interface="wire"),
                Network(namespace="blue", name="two", interface="net2"),
            ],
        ),
        (
            '[{"name": "one", "namespace": "red", "interface": "wire", "mac": "02:00:00:00:00:01"}, {"name": "two"}]',
            [
                Network(namespace="red", name="one", interface="wire", mac="02:00:00:00:00:01"),
                Network(namespace="blue", name="two", interface="net2"),
            ],
        ),
    ],
)
def test_an_annotation_names_networks_in_either_form(text: str, networks: list[Network]) -> None:
    assert multus.wanted(pod(text)) == networks


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a/b/c", "failed at '/'"),
        ("a@b@c", "failed at '@'"),
        ("One", "mismatch @ 'One'"),
        ("one@sixteen-letters-", "must be less than 15 chars"),
        ("[{", "JSON format"),
        ('{"name": "one"}', "JSON format"),
        ('[{"name": "one", "mac": "02:00"}]', "invalid MAC address"),
    ],
)
def test_an_annotation_that_cannot_be_read_is_told_in_multus_words(text: str, told: str) -> None:
    with pytest.raises(NotPluggedError, match=r"^Multus: \[blue/p/u-1\]: error loading k8s delegates") as caught:
        multus.wanted(pod(text))
    assert told in str(caught.value)


def attachment(config: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "one"}, "spec": {"config": json.dumps(config)}}


NETWORK = Network(namespace="red", name="one", interface="net1", mac="02:00:00:00:00:01")


def test_a_missing_attachment_is_told_in_multus_words() -> None:
    with pytest.raises(NotPluggedError) as caught:
        multus.plugins(pod(), NETWORK, None)
    assert str(caught.value).endswith(
        "cannot find a network-attachment-definition (one) in namespace (red): "
        'network-attachment-definitions.k8s.cni.cncf.io "one" not found'
    )


@pytest.mark.parametrize("config", ["", "nothing", "[]", '{"name": "one"}', '{"plugins": [{"name": "one"}]}', "1"])
def test_an_attachment_that_names_no_plugin_is_no_traceback(config: str) -> None:
    with pytest.raises(NotPluggedError, match="LoadDelegateNetConf"):
        multus.plugins(pod(), NETWORK, {"spec": {"config": config}})


def test_each_plugin_of_a_list_has_the_lists_name_and_version() -> None:
    config = {"cniVersion": "0.3.1", "name": "n", "plugins": [{"type": "bridge", "bridge": "b"}, {"type": "tuning"}]}
    shared = {"cniVersion": "0.3.1", "name": "n"}
    assert multus.plugins(pod(), NETWORK, attachment(config)) == [
        {"type": "bridge", "bridge": "b", **shared},
        {"type": "tuning", **shared},
    ]


def test_a_mac_address_is_in_cnis_arguments_and_where_a_plugin_takes_one_in_its_configuration() -> None:
    (plain,) = multus.plugins(pod(), NETWORK, attachment({"type": "bridge"}))
    assert "runtimeConfig" not in plain
    (able,) = multus.plugins(pod(), NETWORK, attachment({"type": "bridge", "capabilities": {"mac": True}}))
    assert able["runtimeConfig"] == {"mac": "02:00:00:00:00:01"}
    assert multus.arguments(pod(), "s", NETWORK) == (
        "IgnoreUnknown=true;K8S_POD_NAMESPACE=blue;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=s;K8S_POD_UID=u-1;"
        "MAC=02:00:00:00:00:01"
    )


def test_the_networks_are_told_by_the_interface_in_the_pod() -> None:
    result = {
        "interfaces": [
            {"name": "br", "mac": "02:00:00:00:00:aa"},
            {"name": "net1", "mac": "02:00:00:00:00:01", "sandbox": "/run/netns/u-1"},
            {"name": "veth0", "mac": "02:00:00:00:00:ab"},
        ],
        "ips": [{"address": "192.0.2.1/24"}],
        "dns": {"nameservers": []},
    }
    assert json.loads(multus.status([(NETWORK, result)])) == [
        {"name": "red/one", "interface": "net1", "ips": ["192.0.2.1"], "mac": "02:00:00:00:00:01", "dns": {}}
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$(A)", "1"),
        ("a$(A)b$(B)", "a1b2"),
        ("$$(A)", "$(A)"),
        ("$$", "$"),
        ("$(C) $A ${A} $", "$(C) $A ${A} $"),
        ("$(A", "$(A"),
    ],
)
def test_variables_are_expanded_as_by_a_kubelet(text: str, found: str) -> None:
    assert containers.expanded(text, {"A": "1", "B": "2"}) == found


def test_a_process_is_the_command_with_its_arguments_and_the_pods_environment() -> None:
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)2"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        {"name": "EMPTY"},
    ]
    container = {"command": ["sh", "-c"], "args": ["echo $(B)"], "env": env, "workingDir": "/srv"}
    found = containers.process(pod(container=container), ADDRESS)
    assert found["command"] == ["sh", "-c", "echo 12"]
    wanted = {"A": "1", "B": "12", "NODE": "node-1", "HOST": ADDRESS, "EMPTY": "", "HOSTNAME": "p"}
    assert wanted.items() <= found["environment"].items()
    assert (found["folder"], found["last_words"], found["name"]) == ("/srv", "/dev/termination-log", "p")
    assert containers.process(pod(hostNetwork=True), ADDRESS)["name"] == "node-1"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"restartPolicy": "Always"}, "restartPolicy Always"),
        ({"initContainers": [{"name": "i"}]}, "init containers"),
        ({"containers": [{"name": "a", "command": ["true"]}, {"name": "b"}]}, "one container"),
        ({"volumes": [{"name": "data"}]}, "no volumes: data"),
        ({"container": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}}, "variable A"),
        ({"container": {"envFrom": [{}]}}, "ConfigMap"),
    ],
)
def test_what_is_not_played_is_said(changed: dict[str, Any], told: str) -> None:
    assert told in containers.unsupported(pod(**changed))


def test_nothing_is_said_against_a_pod_with_a_token() -> None:
    assert not containers.unsupported(pod(volumes=[{"name": "kube-api-access-x7k2p"}]))


@pytest.mark.parametrize(
    ("policy", "words", "code", "message"),
    [
        ("File", "why", 1, "why"),
        ("File", "", 1, ""),
        ("FallbackToLogsOnError", "why", 1, "why"),
        ("FallbackToLogsOnError", "", 1, "output"),
        ("FallbackToLogsOnError", "", 0, ""),
    ],
)
def test_a_message_is_the_last_words_or_what_was_put_out(policy: str, words: str, code: int, message: str) -> None:
    told = {"code": code, "words": words, "output": "output"}
    assert containers.last_words(pod(container={"terminationMessagePolicy": policy}), told) == message


def conditions(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {item["type"]: (item["status"], item["reason"]) for item in status["conditions"]}


def test_a_status_by_its_phases() -> None:
    item = pod()
    status = pod_status.waiting(item, ADDRESS, pod_status.CREATING, "")
    assert (status["phase"], status["hostIP"]) == ("Pending", ADDRESS)
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert conditions(status)["Ready"] == ("False", "ContainersNotReady")
    assert conditions(status)["PodScheduled"] == ("True", "")
    status = pod_status.running({**item, "status": {**status, "startTime": "earlier"}}, ADDRESS, "t0")
    assert (status["phase"], status["startTime"]) == ("Running", "earlier")
    assert status["containerStatuses"][0]["state"] == {"running": {"startedAt": "t0"}}
    assert conditions(status)["Ready"] == conditions(status)["ContainersReady"] == ("True", "")
    assert "podIP" not in status, "there is no eth0"
    assert pod_status.running(pod(hostNetwork=True), ADDRESS, "t0")["podIP"] == ADDRESS


@pytest.mark.parametrize(
    ("end", "phase", "state", "ready"),
    [
        (
            pod_status.by_itself(0, "good", "t0", "t1"),
            "Succeeded",
            {"exitCode": 0, "reason": "Completed", "message": "good", "startedAt": "t0", "finishedAt": "t1"},
            "PodCompleted",
        ),
        (
            pod_status.by_itself(3, "", "t0", "t1"),
            "Failed",
            {"exitCode": 3, "reason": "Error", "startedAt": "t0", "finishedAt": "t1"},
            "PodFailed",
        ),
        (
            pod_status.lost(),
            "Failed",
            {
                "exitCode": 137,
                "reason": "ContainerStatusUnknown",
                "message": "The container could not be located when the pod was terminated",
            },
            "PodFailed",
        ),
    ],
)
def test_a_status_by_its_end(end: pod_status.End, phase: str, state: dict[str, Any], ready: str) -> None:
    status = pod_status.ended(pod(), ADDRESS, end)
    assert (status["phase"], status["containerStatuses"][0]["state"]) == (phase, {"terminated": state})
    assert conditions(status)["Ready"] == ("False", ready)
    assert "reason" not in status


def test_a_pod_that_was_late_has_failed_whatever_its_exit_code() -> None:
    status = pod_status.ended(pod(), ADDRESS, pod_status.late(pod_status.by_itself(0, "", "t0", "t1")))
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert conditions(status)["Ready"] == ("False", "PodFailed")
