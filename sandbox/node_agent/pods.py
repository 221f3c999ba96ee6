"""What kubelets do with pods here: those that are to go, end. None is ever started."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sandbox.node_agent import cluster, kubelet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.node_agent.cluster import Cluster, Object

log = logging.getLogger(__name__)


def end_deleted(api: Cluster, pods: list[Object], nodes: Mapping[str, Object]) -> None:
    """Ends the pods that were deleted or evicted; a node that is not Ready has no kubelet to do it.

    Raises:
        ApiError: one changed meanwhile.
    """
    for pod in pods:
        metadata, node = pod["metadata"], nodes.get(pod["spec"].get("nodeName", ""))
        if "deletionTimestamp" in metadata and (node is None or kubelet.is_ready(node)):
            api.delete(cluster.pods_of(metadata["namespace"]), metadata["name"], at_once=True)
            log.info("pod %s/%s has ended", metadata["namespace"], metadata["name"])
