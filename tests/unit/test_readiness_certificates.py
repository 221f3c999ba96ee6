"""Requests of kubelets for certificates: which are ours, which wait, and what is said of them."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from lab.readiness import Ready, Waiting, hypervisors, unserved_nodes
from tests.unit.machines import facts, machine, node, nodes, running

if TYPE_CHECKING:
    from pathlib import Path

CLIENT, SERVING = "kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/kubelet-serving"
BOOTSTRAPPER = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
NO_NODE = "Machine m-1 is Provisioned and has no node yet"
PENDING = f"{NO_NODE}: nobody has approved its kubelet's request for a certificate (oc adm certificate approve csr-1)"
APPROVED = {"conditions": [{"type": "Approved", "status": "True"}]}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kubelet") / "kubelet.key"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path], check=True)
    return path


def pem(key: Path, node_name: str) -> str:
    """A real request, as kubelets make them."""
    subject = f"/O=system:nodes/CN=system:node:{node_name}"
    command = ["openssl", "req", "-new", "-key", str(key), "-subj", subject]
    return base64.b64encode(subprocess.run(command, check=True, capture_output=True).stdout).decode()


def request(name: str = "csr-1", signer: str = CLIENT, status: Any = None, at: str = "11:00", **spec: str) -> Any:
    metadata = {"name": name, "creationTimestamp": f"2026-01-01T{at}:00Z"}
    return {"metadata": metadata, "spec": {"signerName": signer, **spec}, "status": status}


def of_the_machine(*requests: Any) -> Any:
    return hypervisors(facts([machine(phase="Provisioned")], requests=requests), 1)


@pytest.mark.parametrize("name", ["m-1", "m-1.lab.bewley.net"])
def test_a_request_for_the_machines_node_is_named_with_the_command_that_approves_it(key: Path, name: str) -> None:
    assert of_the_machine(request(username=BOOTSTRAPPER, request=pem(key, name))) == Waiting(PENDING)


@pytest.mark.parametrize("name", ["m-10", "m-2", "xm-1"])
def test_a_request_for_another_node_is_not_named(key: Path, name: str) -> None:
    """Approving somebody else's lets a stranger into the cluster."""
    assert of_the_machine(request(username=BOOTSTRAPPER, request=pem(key, name))) == Waiting(NO_NODE)


@pytest.mark.parametrize("content", ["", "%%%", base64.b64encode(b"no PEM").decode(), base64.b64encode(b"A").decode()])
def test_a_request_that_cannot_be_read_is_nobodys(content: str) -> None:
    assert of_the_machine(request(username=BOOTSTRAPPER, request=content)) == Waiting(NO_NODE)


@pytest.mark.parametrize(
    "status",
    [APPROVED, {"conditions": [{"type": "Denied", "status": "True"}]}, {"certificate": "LS0t"}],
)
def test_a_request_that_was_answered_is_not_named(key: Path, status: Any) -> None:
    assert of_the_machine(request(request=pem(key, "m-1"), status=status)) == Waiting(NO_NODE)


def test_a_request_of_another_signer_is_not_named(key: Path) -> None:
    assert of_the_machine(request(signer="example.com/other", request=pem(key, "m-1"))) == Waiting(NO_NODE)


def test_of_several_requests_the_newest_is_named(key: Path) -> None:
    """A kubelet asks again when nobody answers."""
    both = [request(request=pem(key, "m-1")), request("csr-0", at="10:00", request=pem(key, "m-1"))]
    assert of_the_machine(*both) == of_the_machine(*reversed(both)) == Waiting(PENDING)


def unserved(*requests: Any) -> list[str]:
    found = facts([running(), machine("m-2")], nodes(node()), requests=requests)
    assert isinstance(hypervisors(facts([running()], nodes(node()), requests=requests), 1), Ready), (
        "VMs run all the same"
    )
    return unserved_nodes(found)


def serving(name: str = "csr-1", **more: Any) -> Any:
    return request(name, SERVING, username="system:node:m-1", **more)


def test_a_node_without_a_serving_certificate_is_no_reason_to_wait_and_is_told() -> None:
    (line,) = unserved(serving(), request("csr-9", SERVING, username="system:node:m-10"))
    assert line.startswith("node m-1 has asked for its serving certificate, and nobody has approved it (oc adm ")
    assert "oc adm certificate approve csr-1" in line


def test_what_a_node_asked_for_before_its_last_request_was_answered_is_history() -> None:
    """It stays for a day, the answered one for an hour (Kubernetes' csrcleaner)."""
    assert unserved(serving(at="10:00"), serving("csr-2", status=APPROVED)) == []
    (line,) = unserved(serving("csr-2", at="10:00", status=APPROVED), serving())
    assert "csr-1" in line
    assert unserved() == []
