"""The kubelets' requests for certificates that nobody has approved.

OpenShift's machine-approver approves them within seconds (cluster-machine-approver, pkg/controller/csr_check.go); one
that it refuses, or that it does not come to see, waits for a person.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.readiness.verdicts import Object

# A machine's first: without it there is no node. It is asked for by the bootstrapper, which has no node's name.
CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
# For `oc logs`, `oc exec` and metrics of the node.
SERVING = "kubernetes.io/kubelet-serving"
NODE_USER = "system:node:"
APPROVE = "oc adm certificate approve"


def client_request(machine: str, requests: Sequence[Object]) -> str:
    """The name of the request for a certificate with which the Machine would become a node, or nothing."""
    found = [
        request
        for request in requests
        if request["spec"].get("signerName") == CLIENT and _is_pending(request) and _asks_for(request, machine)
    ]
    return _newest(found)


def serving_request(node: str, requests: Sequence[Object]) -> str:
    """The name of the request for the node's serving certificate, or nothing where its last one was answered.

    Kubelets ask again when they get no answer, and what was never answered stays for a day.
    """
    ours = [
        request
        for request in requests
        if request["spec"].get("signerName") == SERVING and request["spec"].get("username") == NODE_USER + node
    ]
    name = _newest(ours)
    return name if any(item["metadata"]["name"] == name and _is_pending(item) for item in ours) else ""


def _newest(requests: Sequence[Object]) -> str:
    ordered = sorted(
        (str(item["metadata"].get("creationTimestamp", "")), str(item["metadata"]["name"])) for item in requests
    )
    return ordered[-1][1] if ordered else ""


def _is_pending(request: Object) -> bool:
    status = request.get("status") or {}
    return not status.get("conditions") and not status.get("certificate")


def _asks_for(request: Object, machine: str) -> bool:
    """Whether the subject's common name is that of the Machine's node: the Machine's, maybe with a domain."""
    return any(name == machine or name.startswith(f"{machine}.") for name in _node_names(request))


def _node_names(request: Object) -> list[str]:
    """Node names in the PEM request. In DER a string's bytes stand as they are, its length in the byte before them."""
    try:
        pem = base64.b64decode(request["spec"].get("request", ""))
        der = base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"---")))
    except binascii.Error:
        return []
    places = [found.start() for found in re.finditer(NODE_USER.encode(), der) if found.start()]
    values = [der[place : place + der[place - 1]].decode(errors="replace") for place in places]
    return [value.removeprefix(NODE_USER) for value in values]
