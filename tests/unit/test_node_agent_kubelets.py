"""What the node agent's kubelets do besides registering: they ask for certificates, and end pods that are to go."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.node_agent import cluster
from tests.unit.node_agent_box import HYPERVISOR, UUID, Box

if TYPE_CHECKING:
    from pathlib import Path

BOOTSTRAPPER = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
PODS = cluster.pods_of("default")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    found = Box(approver_off=tmp_path / "approver-off")
    found.inventory.vms[UUID] = HYPERVISOR
    found.machine("m")
    return found


def requests(box: Box) -> dict[str, Any]:
    """The certificate requests by what they are for."""
    return {item["spec"]["signerName"].rpartition("/")[2]: item for item in box.api.all(cluster.REQUESTS).values()}


def subject(request: dict[str, Any], *what: str) -> str:
    pem = base64.b64decode(request["spec"]["request"])
    command = ["openssl", "req", "-noout", *(what or ("-subject",))]
    return subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode()


def test_a_machine_becomes_a_node_with_its_client_certificate_and_not_before(box: Box) -> None:
    box.approver_off.touch()
    box.boot(3)
    (request,) = requests(box).values()
    assert request["spec"]["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet", "asked for once"
    assert "O = system:nodes, CN = system:node:m" in subject(request)
    assert box.api.users == [{"Impersonate-User": BOOTSTRAPPER}]
    assert not box.api.all(cluster.NODES)
    box.approver_off.unlink()
    box.boot()
    assert box.node("m")


def test_a_node_asks_for_its_serving_certificate_by_its_names(box: Box) -> None:
    box.boot(3)
    request = requests(box)["kubelet-serving"]
    assert "CN = system:node:m" in subject(request)
    names = subject(request, "-text")
    assert "DNS:m, IP Address:192.168.4.61" in names
    assert box.api.users[-1] == {"Impersonate-User": "system:node:m", "Impersonate-Group": "system:nodes"}
    (approved,) = request["status"]["conditions"]
    assert (approved["type"], approved["reason"]) == ("Approved", "NodeCSRApprove")
    assert len(box.api.all(cluster.REQUESTS)) == 2, "asked for once"


def test_a_node_works_without_its_serving_certificate_until_somebody_approves_it(box: Box) -> None:
    box.agent.round()
    box.approver_off.touch()
    box.boot(2)
    assert box.node("m")
    assert "status" not in requests(box)["kubelet-serving"]
    box.approver_off.unlink()
    box.agent.round()
    assert requests(box)["kubelet-serving"]["status"]["conditions"]


@pytest.mark.parametrize("kind", ["Approved", "Denied"])
def test_what_somebody_answered_by_hand_is_left_so(box: Box, kind: str) -> None:
    box.approver_off.touch()
    box.agent.round()
    (name,) = box.api.all(cluster.REQUESTS)
    key = f"{cluster.REQUESTS}/{name}"
    box.api.stored[key]["status"] = {"conditions": [{"type": kind}]}
    box.approver_off.unlink()
    box.agent.round()
    assert box.api.stored[key]["status"] == {"conditions": [{"type": kind}]}


def test_a_request_that_was_deleted_is_made_anew(box: Box) -> None:
    box.approver_off.touch()
    box.agent.round()
    box.api.stored = {key: item for key, item in box.api.stored.items() if not key.startswith(cluster.REQUESTS)}
    box.agent.round()
    assert requests(box)


def pod(box: Box, *, leaving: bool, node: str = "m") -> None:
    metadata = {"name": "p", "namespace": "default", **({"deletionTimestamp": "now"} if leaving else {})}
    item = {"metadata": metadata, "spec": {"nodeName": node}}
    # The server lists it in all namespaces, and deletes it in its own.
    box.api.put_in(PODS, item)
    box.api.put_in(cluster.PODS, item)


@pytest.mark.parametrize(("leaving", "ends"), [(True, True), (False, False)])
def test_a_pod_ends_when_it_is_to_go_and_not_before(box: Box, leaving: bool, ends: bool) -> None:  # noqa: FBT001
    box.boot()
    pod(box, leaving=leaving)
    box.agent.round()
    assert (f"{PODS}/p" not in box.api.stored) == ends


def test_a_node_that_is_not_ready_ends_no_pod(box: Box) -> None:
    box.boot()
    for item in box.api.stored[f"{cluster.NODES}/m"]["status"]["conditions"]:
        if item["type"] == "Ready":
            item["status"] = "False"
    pod(box, leaving=True)
    box.agent.round()
    assert f"{PODS}/p" in box.api.stored
