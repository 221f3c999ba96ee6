"""Events of pods, as kubelets and the scheduler write them; each is told once, and not counted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sandbox.api_server import ApiError
from sandbox.node_agent import cluster
from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.node_agent.cluster import Cluster

KUBELET, SCHEDULER = "kubelet", "default-scheduler"
EXISTS = 409
# Of an event's message (kubernetes, pkg/apis/core/validation/events.go: NoteLengthLimit).
LENGTH = 1024


class Events:
    """Remembers what it has told."""

    def __init__(self, api: Cluster) -> None:
        """Takes the cluster."""
        self._api = api
        self._told: set[str] = set()

    def warn(self, pod: Mapping[str, Any], reason: str, message: str, by: str = KUBELET) -> None:
        """Tells that something is amiss with a pod."""
        metadata, moment = pod["metadata"], now()
        about = hashlib.sha256(f"{metadata['uid']} {reason} {message}".encode()).hexdigest()[:16]
        if about in self._told:
            return
        item = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{metadata['name']}.{about}", "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                **{key: metadata[key] for key in ("namespace", "name", "uid")},
            },
            "type": "Warning",
            "reason": reason,
            "message": message[:LENGTH],
            "source": {"component": by, **({"host": host} if (host := pod["spec"].get("nodeName")) else {})},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        try:
            self._api.make(cluster.events_of(metadata["namespace"]), item)
        except ApiError as error:
            # A namespace that goes takes no events.
            if error.status not in {EXISTS, cluster.FORBIDDEN}:
                raise
        self._told.add(about)
