"""What the two operators make of their own objects: kinds, conditions, and KVM on the nodes.

Not here: their deployments, webhooks and the hundred other things that they run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sandbox import operators
from sandbox.node_agent import cluster, kubelet
from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.node_agent.machines import VCenter

log = logging.getLogger(__name__)

FINALIZER = "kubevirt.io/hyperconverged"
COMPLETE = "ReconcileCompleted"


class Operands:
    """The operators at work; one that is not installed does nothing."""

    def __init__(self, api: Cluster, vcenter: VCenter) -> None:
        """Takes the two servers."""
        self._api = api
        self._vcenter = vcenter

    def nmstate(self, item: Object, versions: list[Object]) -> None:
        """NMState: the handlers' kinds, and then they are on all nodes."""
        if (item.get("status") or {}).get("conditions") or not runs(versions, "kubernetes-nmstate-operator"):
            return
        self._define("NMState")
        told = [("Available", "True", COMPLETE, "all handlers are ready"), ("Degraded", "False", COMPLETE, "")]
        conditions = [{**_condition(*words), "lastHeartbeatTime": now()} for words in told]
        self._api.set_status(cluster.NMSTATES, item, {"conditions": conditions})
        log.info("NMState %s is available", item["metadata"]["name"])

    def hyperconverged(self, item: Object, versions: list[Object], nodes: Mapping[str, Object]) -> None:
        """HyperConverged: KubeVirt's kinds; available while virt-handler has a node to run on.

        Its deletion ends when KubeVirt is gone, which its operator sees to: without one it never ends.
        """
        metadata = item["metadata"]
        path = cluster.namespaced(cluster.HYPERCONVERGEDS, metadata["namespace"])
        if not runs(versions, "kubevirt-hyperconverged-operator"):
            return
        finalizers = metadata.get("finalizers") or []
        if "deletionTimestamp" in metadata:
            self._api.merge(path, metadata["name"], {"metadata": {"finalizers": _without(finalizers, FINALIZER)}})
            return
        if FINALIZER not in finalizers:
            self._api.merge(path, metadata["name"], {"metadata": {"finalizers": [*finalizers, FINALIZER]}})
            return
        if not (item.get("status") or {}).get("conditions"):
            self._define("HyperConverged")
        wanted = _conditions(is_up=_selector(item) is None or any(_runs_on(item, node) for node in nodes.values()))
        old = (item.get("status") or {}).get("conditions") or []
        if [_bare(told) for told in old] != [_bare(told) for told in wanted]:
            self._api.set_status(path, item, {"conditions": wanted})

    def start_virt_handler(self, hyperconvergeds: list[Object], nodes: dict[str, Object]) -> None:
        """Its device plugin tells of KVM, on each node that it has come to.

        Raises:
            OSError: vCenter can't be asked.
        """
        for name, node in nodes.items():
            allocatable = (node.get("status") or {}).get("allocatable") or {}
            is_new = kubelet.has_registered(node) and kubelet.KVM not in allocatable
            if not is_new or not has_virt_handler(hyperconvergeds, node):
                continue
            hardware = self._vcenter.hardware(node["spec"].get("providerID") or "")
            if hardware is not None:
                nodes[name] = self._api.set_status(cluster.NODES, node, kubelet.with_kvm(node["status"], hardware))
                log.info("node %s: virt-handler has started", name)

    def _define(self, kind: str) -> None:
        for definition in operators.definitions(*operators.OPERANDS[kind]):
            self._api.define(definition)


def runs(versions: Iterable[Object], name: str) -> bool:
    """Whether a version of the operator is installed."""
    return any(
        item["metadata"]["name"].partition(".")[0] == name and (item.get("status") or {}).get("phase") == "Succeeded"
        for item in versions
    )


def has_virt_handler(hyperconvergeds: Iterable[Object], node: Object) -> bool:
    """Whether KubeVirt runs on the node."""
    return any((item.get("status") or {}).get("conditions") and _runs_on(item, node) for item in hyperconvergeds)


def _runs_on(hyperconverged: Object, node: Object) -> bool:
    return (_selector(hyperconverged) or {}).items() <= (node["metadata"].get("labels") or {}).items()


def _selector(hyperconverged: Object) -> dict[str, str] | None:
    workloads = (hyperconverged.get("spec") or {}).get("workloads") or {}
    found: dict[str, str] | None = (workloads.get("nodePlacement") or {}).get("nodeSelector")
    return found


def _conditions(*, is_up: bool) -> list[dict[str, Any]]:
    """As HyperConverged has them (hyperconverged-cluster-operator, docs/conditions.md)."""
    complete = "Reconcile completed successfully"
    if is_up:
        told = {"Available": "True", "Progressing": "False", "Degraded": "False", "Upgradeable": "True"}
        words = {kind: (status, COMPLETE, complete) for kind, status in told.items()}
    else:
        deploying = "KubeVirt is not available: Deploying version 1.6.3 with registry registry.redhat.io"
        words = {
            "Available": ("False", "KubeVirtDeploymentInProgress", deploying),
            "Progressing": ("True", "KubeVirtDeploymentInProgress", deploying),
            "Degraded": ("False", COMPLETE, complete),
            "Upgradeable": ("False", "KubeVirtDeploymentInProgress", deploying),
        }
    return [_condition("ReconcileComplete", "True", COMPLETE, complete), *(_condition(k, *w) for k, w in words.items())]


def _condition(kind: str, status: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now()}


def _bare(condition: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(condition.get(key) for key in ("type", "status", "reason", "message"))


def _without(items: list[str], gone: str) -> list[str]:
    return [item for item in items if item != gone]
