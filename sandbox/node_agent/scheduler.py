"""The scheduler's part, where nodes have a kernel: a pod without a node gets one, or is told why not.

Played are a pod's nodeSelector, cordons, nodes that are not Ready, and the bridges that its attachments need, as the
network-resources-injector makes them requests of the pod. Not here: affinity (such a pod is left alone), taints,
preemption, and all that is counted. Of the nodes that have a kernel the one with the fewest pods is taken.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from lab.names import BRIDGE_RESOURCE_PREFIX
from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError
from sandbox.kernel.node import wanted_by
from sandbox.node_agent import cluster, conditions, events, kubelet, multus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.node_agent.events import Events
    from sandbox.node_agent.simulated import Networks

log = logging.getLogger(__name__)

# Seconds between two attempts to find a pod a node: nodes are asked for their bridges.
AGAIN = 2
# Why a node is not taken, as the scheduler's plugins say it (kubernetes, pkg/scheduler/framework/plugins).
OTHER, CORDONED = "node(s) didn't match Pod's node affinity/selector", "node(s) were unschedulable"
NOT_READY = "node(s) had untolerated taint {node.kubernetes.io/not-ready: }"


class Scheduler:
    """Binds pods."""

    def __init__(self, api: Cluster, networks: Networks, told: Events) -> None:
        """Takes the cluster, the nodes' networks, and who writes events."""
        self._api = api
        self._networks = networks
        self._events = told
        self._next: dict[str, float] = {}

    def take_step(self, pod: Object, nodes: Mapping[str, Object], pods: Sequence[Object]) -> bool:
        """Binds a pod that has no node, or says why not; gives whether it is bound just now.

        Raises:
            ApiError: it changed meanwhile.
            Refusal: a node has ended, or could not tell of its bridges.
        """
        spec, metadata, moment = pod["spec"], pod["metadata"], time.monotonic()
        if not self._networks.nodes or spec.get("nodeName") or spec.get("affinity") or "deletionTimestamp" in metadata:
            return False
        if self._next.get(metadata["uid"], 0) > moment:
            return False
        self._next[metadata["uid"]] = moment + AGAIN
        wanted = self._wanted(pod)
        why = {
            name: against(pod, node, self._bridges(name) if wanted else set(), wanted) for name, node in nodes.items()
        }
        path = cluster.pods_of(metadata["namespace"])
        if free := [name for name, reasons in why.items() if not reasons]:
            node = least_used([name for name in free if name in self._networks.nodes] or free, pods)
            item = {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {key: metadata[key] for key in ("name", "namespace")},
                "target": {"apiVersion": "v1", "kind": "Node", "name": node},
            }
            self._api.make(f"{path}/{metadata['name']}/binding", item)
            spec["nodeName"] = node
            log.info("pod %s/%s is bound to node %s", metadata["namespace"], metadata["name"], node)
            return True
        told = unschedulable(why.values())
        new = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": told}]
        old = pod.get("status") or {}
        if not conditions.same(old.get("conditions"), new):
            self._events.warn(pod, "FailedScheduling", told, by=events.SCHEDULER)
            new[0]["lastTransitionTime"] = conditions.now()
            self._api.set_status(path, pod, {**old, "phase": "Pending", "conditions": new})
        return False

    def _bridges(self, node: str) -> set[str]:
        found = self._networks.nodes.get(node)
        try:
            return found.resources() if found else set()
        except CommandError as error:
            raise Refusal(str(error)) from None

    def _wanted(self, pod: Object) -> set[str]:
        """The bridges that a pod needs; what of its annotation can't be read or found, the kubelet tells of."""
        found = asked_for(pod)
        try:
            networks = multus.wanted(pod)
        except multus.NotPluggedError:
            return found
        for network in networks:
            if attachment := self._api.get(cluster.attachments_of(network.namespace), network.name):
                found |= wanted_by(attachment)
        return found


def asked_for(pod: Mapping[str, Any]) -> set[str]:
    """The bridges that a pod's own requests name."""
    resources = [container.get("resources") or {} for container in pod["spec"]["containers"]]
    names = {name for item in resources for kind in ("limits", "requests") for name in item.get(kind) or {}}
    return {name for name in names if name.startswith(BRIDGE_RESOURCE_PREFIX)}


def against(pod: Mapping[str, Any], node: Mapping[str, Any], bridges: set[str], wanted: set[str]) -> list[str]:
    """What speaks against a node for this pod; a node that is not its kind is asked nothing more."""
    labels, selector = node["metadata"].get("labels") or {}, pod["spec"].get("nodeSelector") or {}
    if node["spec"].get("unschedulable"):
        return [CORDONED]
    if not kubelet.is_ready(node):
        return [NOT_READY]
    if any(labels.get(key) != value for key, value in selector.items()):
        return [OTHER]
    return [f"Insufficient {name}" for name in sorted(wanted - bridges)]


def least_used(nodes: Iterable[str], pods: Iterable[Mapping[str, Any]]) -> str:
    """The node with the fewest pods."""
    used = Counter(pod["spec"].get("nodeName") for pod in pods)
    return min(sorted(nodes), key=lambda name: used[name])


def unschedulable(why: Iterable[Sequence[str]]) -> str:
    """As the scheduler tells it: each reason with the number of nodes that it is true of."""
    reasons = list(why)
    total, counted = len(reasons), Counter(reason for item in reasons for reason in item)
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in counted.items()))
    return f"0/{total} nodes are available: {listed}." if listed else f"0/{total} nodes are available."
