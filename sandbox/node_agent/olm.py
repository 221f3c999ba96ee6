"""Stands for the Operator Lifecycle Manager: Subscription → InstallPlan → ClusterServiceVersion.

Its phases, reasons and messages are those of operator-framework (operator-lifecycle-manager, pkg/controller/operators).
Not here: catalogs that are pods, dependencies between operators, upgrades, what a bundle brings besides its kinds.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

from sandbox import operators
from sandbox.node_agent import cluster
from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.operators import Bundle, Switches

log = logging.getLogger(__name__)

API = "operators.coreos.com/v1alpha1"
# What follows on each phase of a version that is installed, a round each.
NEXT = {"": "Pending", "Pending": "InstallReady", "InstallReady": "Installing", "Installing": "Succeeded"}
REASONS = {
    "Pending": ("RequirementsUnknown", "requirements not yet checked"),
    "InstallReady": ("AllRequirementsMet", "all requirements found, attempting install"),
    "Installing": ("InstallSucceeded", "waiting for install components to report healthy"),
    "Succeeded": ("InstallSucceeded", "install strategy completed with no errors"),
}


class Lifecycle:
    """The manager of all namespaces."""

    def __init__(self, api: Cluster, switches: Switches) -> None:
        """Takes the cluster, and what is done to installations."""
        self._api = api
        self._switches = switches

    def take_step(self, subscription: Object, plans: list[Object], versions: list[Object]) -> None:
        """A Subscription's next step; plans and versions are those of all namespaces."""
        spec, status = subscription["spec"], subscription.get("status") or {}
        bundle = operators.CATALOG.get((spec["source"], spec["name"]))
        if bundle is None or spec.get("channel", operators.CHANNEL) != operators.CHANNEL:
            self._refuse(subscription, status, known=bundle is not None)
            return
        reference = (status.get("installPlanRef") or {}).get("name")
        if status.get("installedCSV") and not _find(versions, subscription, status["installedCSV"]):
            return  # somebody deleted it; OLM does not make it again for this Subscription
        plan = _find(plans, subscription, reference)
        if plan is None:
            if not status.get("installedCSV"):
                self._plan(subscription, bundle)
        elif plan["spec"]["approved"] and (plan.get("status") or {}).get("phase") != "Complete":
            self._carry_out(subscription, plan, bundle)

    def _refuse(self, subscription: Object, status: Object, *, known: bool) -> None:
        name, spec = subscription["metadata"]["name"], subscription["spec"]
        found = f"channel {spec.get('channel')} of package" if known else "package"
        message = (
            f"constraints not satisfiable: no operators found in {found} {spec['name']} in the catalog referenced by "
            f"subscription {name}, subscription {name} exists"
        )
        condition = _condition("ResolutionFailed", "True", "ConstraintsNotSatisfiable", message)
        if [item["type"] for item in status.get("conditions") or []] != ["ResolutionFailed"]:
            self._tell(subscription, {"conditions": [condition]})

    def _plan(self, subscription: Object, bundle: Bundle) -> None:
        metadata, spec = subscription["metadata"], subscription["spec"]
        by_hand = spec.get("installPlanApproval") == "Manual" or self._switches.unapproved(spec["name"]).exists()
        approval = "Manual" if by_hand else "Automatic"
        plan = self._api.make(
            cluster.namespaced(cluster.PLANS, metadata["namespace"]),
            {
                "apiVersion": API,
                "kind": "InstallPlan",
                "metadata": {"name": f"install-{secrets.token_hex(3)[:5]}", "namespace": metadata["namespace"]},
                "spec": {
                    "approval": approval,
                    "approved": not by_hand,
                    "clusterServiceVersionNames": [bundle.version],
                    "generation": 1,
                },
            },
        )
        phase = "RequiresApproval" if by_hand else "Installing"
        self._set(cluster.PLANS, plan, {"phase": phase, "catalogSources": [spec["source"]]})
        named = {"kind": "InstallPlan", "name": plan["metadata"]["name"], "namespace": metadata["namespace"]}
        pending = _condition("InstallPlanPending", "True", phase)
        self._tell(
            subscription,
            {
                "currentCSV": bundle.version,
                "installPlanRef": {"apiVersion": API, **named},
                "state": "UpgradePending",
                "conditions": [_condition("CatalogSourcesUnhealthy", "False", "AllCatalogSourcesHealthy"), pending],
            },
        )

    def _carry_out(self, subscription: Object, plan: Object, bundle: Bundle) -> None:
        namespace, spec = subscription["metadata"]["namespace"], subscription["spec"]
        for kind in operators.definitions(*bundle.definitions):
            self._api.define(kind)
        version = {
            "apiVersion": API,
            "kind": "ClusterServiceVersion",
            "metadata": {"name": bundle.version, "namespace": namespace},
            "spec": {"displayName": bundle.display_name, "install": {"strategy": "deployment"}},
        }
        self._api.make(cluster.namespaced(cluster.VERSIONS, namespace), version)
        self._set(cluster.PLANS, plan, {"phase": "Complete", "catalogSources": [spec["source"]]})
        healthy = _condition("CatalogSourcesUnhealthy", "False", "AllCatalogSourcesHealthy")
        told = {key: subscription["status"][key] for key in ("currentCSV", "installPlanRef")}
        installed = {"installedCSV": bundle.version, "state": "AtLatestKnown", "conditions": [healthy]}
        self._tell(subscription, {**told, **installed})
        log.info("operator %s: its InstallPlan is carried out", bundle.version)

    def install(self, version: Object, groups: list[Object]) -> None:
        """A ClusterServiceVersion's next phase."""
        name, namespace = version["metadata"]["name"], version["metadata"]["namespace"]
        package, bundle = next(
            ((package, bundle) for (_, package), bundle in operators.CATALOG.items() if bundle.version == name),
            ("", None),
        )
        phase = (version.get("status") or {}).get("phase", "")
        if bundle is None or phase == "Succeeded":
            return
        is_broken = self._switches.broken(package).exists()
        if phase == "Failed":
            if not is_broken and version["status"]["reason"] == "InstallCheckFailed":
                self._phase(version, "Pending", *REASONS["Pending"])
            return
        ours = [item for item in groups if item["metadata"]["namespace"] == namespace]
        if not ours:
            self._phase(version, "Failed", "NoOperatorGroup", "csv in namespace with no operatorgroups")
        elif bool((ours[0].get("spec") or {}).get("targetNamespaces")) == bundle.all_namespaces:
            mode = "OwnNamespace" if bundle.all_namespaces else "AllNamespaces"
            message = f"{mode} InstallModeType not supported, cannot configure to watch own namespace"
            self._phase(version, "Failed", "UnsupportedOperatorGroup", message)
        elif is_broken and phase == "Installing":
            message = (
                f"install timeout: deployment {bundle.deployment} not ready before timeout: deployment "
                f'"{bundle.deployment}" exceeded its progress deadline'
            )
            self._phase(version, "Failed", "InstallCheckFailed", message)
        else:
            self._phase(version, NEXT[phase], *REASONS[NEXT[phase]])

    def _phase(self, version: Object, phase: str, reason: str, message: str) -> None:
        moment = now()
        status = {"phase": phase, "reason": reason, "message": message, "lastTransitionTime": moment}
        self._set(cluster.VERSIONS, version, {**status, "lastUpdateTime": moment})
        log.info("operator %s is %s", version["metadata"]["name"], phase)

    def _tell(self, subscription: Object, status: Object) -> None:
        self._set(cluster.SUBSCRIPTIONS, subscription, {**status, "lastUpdated": now()})

    def _set(self, path: str, item: Object, status: Object) -> None:
        self._api.set_status(cluster.namespaced(path, item["metadata"]["namespace"]), item, status)


def _find(items: list[Object], beside: Object, name: str | None) -> Object | None:
    wanted = (beside["metadata"]["namespace"], name)
    return next((item for item in items if (item["metadata"]["namespace"], item["metadata"]["name"]) == wanted), None)


def _condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    told = {"type": kind, "status": status, "reason": reason, "lastTransitionTime": now()}
    return {**told, **({"message": message} if message else {})}
