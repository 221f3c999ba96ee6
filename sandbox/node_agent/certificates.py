"""The kubelets' requests for certificates, and the machine-approver that answers them.

A kubelet asks for its client certificate as the bootstrapper, for its serving certificate as its node; the cluster's
signer issues what was approved. Not here: what the machine-approver checks before it approves, and the keys, which are
thrown away: nobody logs in with these certificates.
"""

from __future__ import annotations

import base64
import logging
import secrets
import subprocess
from typing import TYPE_CHECKING

from sandbox.errors import Refusal
from sandbox.node_agent import cluster
from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.node_agent.cluster import Cluster, Object

log = logging.getLogger(__name__)

CLIENT, SERVING = "kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/kubelet-serving"
USAGES = {CLIENT: "client auth", SERVING: "server auth"}
BOOTSTRAPPER = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"
NODES = "system:nodes"
# As cluster-machine-approver writes it (pkg/controller/controller.go).
APPROVED = {
    "type": "Approved",
    "status": "True",
    "reason": "NodeCSRApprove",
    "message": "This CSR was approved by the Node CSR Approver (cluster-machine-approver)",
}


class Certificates:
    """Remembers which requests are open: a kubelet has its own on its disk."""

    def __init__(self, api: Cluster, approver_off: Path) -> None:
        """Takes the cluster, and the file whose presence means that nobody approves."""
        self._api = api
        self._approver_off = approver_off
        # The request's name by signer and node.
        self._open: dict[tuple[str, str], str] = {}

    def has_client(self, node: str) -> bool:
        """Whether the machine's kubelet has its client certificate; it asks for it at the first call."""
        name = self._open.get((CLIENT, node))
        request = self._api.get(cluster.REQUESTS, name) if name else None
        if request is None:
            self._ask(CLIENT, node)
            return False
        if not (request.get("status") or {}).get("certificate"):
            return False
        del self._open[CLIENT, node]
        return True

    def ask_to_serve(self, node: str, address: str) -> None:
        """The kubelet of a registered node asks for its serving certificate, and works without it meanwhile."""
        self._ask(SERVING, node, f"subjectAltName=DNS:{node},IP:{address}")

    def approve(self) -> None:
        """The machine-approver's round."""
        if self._approver_off.exists():
            return
        for (signer, node), name in list(self._open.items()):
            request = self._api.get(cluster.REQUESTS, name)
            if request is None:
                del self._open[signer, node]
                continue
            if not (request.get("status") or {}).get("conditions"):
                told = {**APPROVED, "lastUpdateTime": now(), "lastTransitionTime": now()}
                self._api.approve(cluster.REQUESTS, {**request, "status": {"conditions": [told]}})
            if signer == SERVING:
                del self._open[signer, node]

    def _ask(self, signer: str, node: str, names: str = "") -> None:
        user = f"system:node:{node}"
        item: Object = {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": f"csr-{secrets.token_hex(3)}"},
            "spec": {
                "signerName": signer,
                "usages": ["digital signature", USAGES[signer]],
                "request": base64.b64encode(_request(f"/O={NODES}/CN={user}", names)).decode(),
            },
        }
        # Who asks is not the request's to say: the API server writes it down.
        as_user = (BOOTSTRAPPER, None) if signer == CLIENT else (user, NODES)
        self._api.make(cluster.REQUESTS, item, as_user=as_user)
        self._open[signer, node] = item["metadata"]["name"]
        log.info("node %s asks %s for a certificate: %s", node, signer.rpartition("/")[2], item["metadata"]["name"])


def _request(subject: str, names: str) -> bytes:
    """A PEM request signed by a key of its own.

    Raises:
        Refusal: openssl fails.
    """
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    more = ["-addext", names] if names else []
    done = subprocess.run([*command, "-keyout", "/dev/null", "-subj", subject, *more], capture_output=True, check=False)
    if done.returncode:
        raise Refusal(f"openssl req failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
