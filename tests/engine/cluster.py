"""Reads the sandbox's API server by the Kubernetes client's dynamic interface, which nothing else here uses."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MACHINE_API = "openshift-machine-api"
# Seconds.
PATIENCE, INTERVAL = 120, 0.1
# What an object has besides what somebody put there.
BOOKKEEPING = {"resourceVersion", "uid", "managedFields"}
# A server's sign of life, not an object of anybody's.
SIGNS_OF_LIFE = {"CertificateSigningRequest", "Event", "Lease"}


class Cluster:
    """Objects as plain dicts."""

    def __init__(self, kubeconfig: Path) -> None:
        """Takes the administrator's kubeconfig."""
        self._client = DynamicClient(new_client_from_config(str(kubeconfig)))

    def _of(self, api_version: str, kind: str) -> Any:
        return self._client.resources.get(api_version=api_version, kind=kind)

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """One object, or None."""
        try:
            found: dict[str, Any] = self._of(api_version, kind).get(name=name, namespace=namespace).to_dict()
        except NotFoundError:
            return None
        return found

    def items(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str = ""
    ) -> list[dict[str, Any]]:
        """All objects of a kind with these labels."""
        found = self._of(api_version, kind).get(namespace=namespace, label_selector=labels)
        return [item.to_dict() for item in found.items]

    def create(self, item: dict[str, Any]) -> None:
        """Makes an object, as somebody by hand would."""
        namespace = item["metadata"].get("namespace")
        self._of(item["apiVersion"], item["kind"]).create(body=item, namespace=namespace)

    def patch(self, api_version: str, kind: str, name: str, body: dict[str, Any], namespace: str | None = None) -> None:
        """Changes an object, as somebody by hand would."""
        self._of(api_version, kind).patch(
            body=body, name=name, namespace=namespace, content_type="application/merge-patch+json"
        )

    def patch_status(self, api_version: str, kind: str, name: str, body: dict[str, Any]) -> None:
        """Changes a cluster-wide object's status, as its controller would."""
        self._of(api_version, kind).status.patch(body=body, name=name, content_type="application/merge-patch+json")

    def delete(
        self, api_version: str, kind: str, name: str, namespace: str | None = None, *, at_once: bool = False
    ) -> None:
        """Deletes an object, as somebody by hand would; ``at_once``: by force, as `oc delete --force` does a pod."""
        body = {"gracePeriodSeconds": 0} if at_once else None
        self._of(api_version, kind).delete(name=name, namespace=namespace, body=body)

    def approve(self, request: str) -> None:
        """Approves a certificate request, as `oc adm certificate approve` does."""
        told = {"type": "Approved", "status": "True", "reason": "KubectlApprove"}
        kind = self._of("certificates.k8s.io/v1", "CertificateSigningRequest")
        kind.approval.patch(
            body={"status": {"conditions": [told]}}, name=request, content_type="application/merge-patch+json"
        )

    # The lab's own kinds, by the names that `oc` knows them by.

    def machine_set(self, name: str) -> dict[str, Any] | None:
        """A MachineSet."""
        return self.get("machine.openshift.io/v1beta1", "MachineSet", name, MACHINE_API)

    def machines(self, machine_set: str) -> list[dict[str, Any]]:
        """The Machines of a MachineSet."""
        label = f"machine.openshift.io/cluster-api-machineset={machine_set}"
        return self.items("machine.openshift.io/v1beta1", "Machine", MACHINE_API, label)

    def node(self, name: str) -> dict[str, Any] | None:
        """A Node."""
        return self.get("v1", "Node", name)

    def policy(self, name: str) -> dict[str, Any] | None:
        """A NodeNetworkConfigurationPolicy."""
        return self.get("nmstate.io/v1", "NodeNetworkConfigurationPolicy", name)

    def enactments(self, policy: str) -> list[dict[str, Any]]:
        """A policy's enactments."""
        label = f"nmstate.io/policy={policy}"
        return self.items("nmstate.io/v1beta1", "NodeNetworkConfigurationEnactment", labels=label)

    def interfaces(self, node: str) -> dict[str, dict[str, Any]]:
        """A node's network interfaces by name, as its NodeNetworkState reports them."""
        state = self.get("nmstate.io/v1beta1", "NodeNetworkState", node)
        assert state is not None, f"no network state of {node}"
        return {item["name"]: item for item in state["status"]["currentState"]["interfaces"]}

    def attachment(self, namespace: str, name: str) -> dict[str, Any] | None:
        """A NetworkAttachmentDefinition."""
        return self.get("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", name, namespace)

    def everything(self) -> dict[str, dict[str, Any]]:
        """Every object that the API server has, by kind, namespace and name."""
        return {key: _bare(item) for key, item in self._walk()}

    def versions(self) -> dict[str, str]:
        """Every object's resourceVersion: another one tells of any write, also of one that changed nothing else."""
        return {key: str(item["metadata"].get("resourceVersion")) for key, item in self._walk()}

    def _walk(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for found in self._client.resources.search():
            listed = found.kind.endswith("List") or "list" not in found.verbs or "/" in found.name
            if listed or found.kind in SIGNS_OF_LIFE or not found.preferred:
                continue
            # As it came: the client's own objects of all that there is would take most of the time.
            for item in json.loads(found.get(serialize=False).data)["items"]:
                metadata = item["metadata"]
                yield f"{found.group}/{found.kind} {metadata.get('namespace') or ''}/{metadata['name']}", item


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    item["metadata"] = {key: value for key, value in item["metadata"].items() if key not in BOOKKEEPING}
    return item


def until(holds: Callable[[], Any], what: str) -> Any:
    """Looks again until it holds; for what controllers do after a command has ended."""
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(INTERVAL)
    return found
