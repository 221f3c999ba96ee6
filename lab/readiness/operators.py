"""Whether an operator is installed, and has done what its own object asks for.

The words are those of the Operator Lifecycle Manager (operator-framework/api, pkg/operators/v1alpha1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.readiness.verdicts import Failed, Object, Ready, Verdict, Waiting, condition

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_INSTALL_MODE = "UnsupportedOperatorGroup"


def installed(subscription: Object | None, plan: Object | None, version: Object | None) -> Verdict:
    """Whether a Subscription has brought its operator.

    Args:
        subscription: the Subscription.
        plan: the InstallPlan that it names, if any.
        version: the ClusterServiceVersion that it has installed or, before there is one, is installing; if it is there.
    """
    if subscription is None:
        return Waiting("the Subscription is not there yet")
    name, namespace = subscription["metadata"]["name"], subscription["metadata"]["namespace"]
    told = f"Subscription {name} in {namespace}"
    status = subscription.get("status") or {}
    unresolved = condition(status, "ResolutionFailed")
    if unresolved.get("status") == "True":
        return _unresolved(told, unresolved)
    unpacked = condition(status, "BundleUnpackFailed")
    if unpacked.get("status") == "True":
        return Failed(f"{told}: {_words(unpacked)}", "Check that the cluster can pull the operator's bundle image")
    if version is not None:
        return _version(version)
    return _plan(told, namespace, plan, status)


def _unresolved(told: str, unresolved: Mapping[str, str]) -> Verdict:
    """A catalog that is still starting is the other reason, and passes."""
    if unresolved.get("reason") == "ConstraintsNotSatisfiable":
        return Failed(
            f"{told} finds no such operator: {unresolved.get('message')}",
            "Correct source, channel and package under cnv-lab:operators (oc get packagemanifests lists what there is)",
        )
    return Waiting(f"{told}: {_words(unresolved)}")


def _plan(told: str, namespace: str, plan: Object | None, status: Mapping[str, object]) -> Verdict:
    if plan is None:
        unhealthy = condition(status, "CatalogSourcesUnhealthy")
        why = f": {_words(unhealthy)}" if unhealthy.get("status") == "True" else ""
        return Waiting(f"{told} has no InstallPlan yet{why}")
    name, phase = plan["metadata"]["name"], (plan.get("status") or {}).get("phase") or "new"
    versions = ", ".join(plan["spec"].get("clusterServiceVersionNames") or [])
    if not plan["spec"].get("approved"):
        patch = """'{"spec":{"approved":true}}'"""
        return Waiting(
            f"InstallPlan {name} for {versions} waits for approval: oc patch installplan -n {namespace} {name} "
            f"--type=merge -p {patch}"
        )
    if phase == "Failed":
        return Failed(
            f"InstallPlan {name} for {versions} failed: {_words(condition(plan['status'], 'Installed'))}",
            f"Mend the cause and delete it, and OLM makes a new one: oc delete installplan -n {namespace} {name}",
        )
    return Waiting(f"InstallPlan {name} for {versions} is {phase}")


def _version(version: Object) -> Verdict:
    name, told = version["metadata"]["name"], version.get("status") or {}
    phase, namespace = told.get("phase") or "new", version["metadata"]["namespace"]
    if phase == "Failed":
        if told.get("reason") == NO_INSTALL_MODE:
            remedy = "This build wants another OperatorGroup: turn allNamespaces of this operator in cnv-lab:operators"
        else:
            remedy = f"Mend the cause (oc describe csv -n {namespace} {name}; oc get events -n {namespace})"
        return Failed(f"operator {name} failed to install ({told.get('reason')}): {told.get('message')}", remedy)
    if phase == "Succeeded":
        return Ready(f"operator {name} is installed")
    return Waiting(f"operator {name} is {phase}{f': {message}' if (message := told.get('message')) else ''}")


def available(live: Object | None, what: str, nodes: int | None = None) -> Verdict:
    """Whether an operator's own object (NMState, HyperConverged) says that all is up.

    ``nodes`` is the number of nodes that its workloads may run on, where that counts. With none KubeVirt is never
    available: its virt-handler has to run somewhere (kubevirt, pkg/virt-operator/util/readycheck.go).
    """
    if live is None:
        return Waiting(f"{what} is not there yet")
    status = live.get("status") or {}
    if not status.get("conditions"):
        # Older operators say nothing in NMState.
        return Ready(f"{what} is there") if live["kind"] == "NMState" else Waiting(f"{what} has no status yet")
    if nodes == 0:
        return Ready(f"{what} waits for hypervisors")
    for kind, wanted in (("Degraded", "False"), ("Available", "True"), ("ReconcileComplete", "True")):
        found = condition(status, kind)
        if found and found.get("status") != wanted:
            return Waiting(f"{what} is {_adjective(kind)}: {_words(found)}")
    progress = condition(status, "Progressing")
    if progress.get("status") == "True":
        return Waiting(f"{what} is progressing: {_words(progress)}")
    return Ready(f"{what} is available")


def _adjective(kind: str) -> str:
    return {"Degraded": "degraded", "Available": "not available", "ReconcileComplete": "not reconciled"}[kind]


def _words(found: Mapping[str, str]) -> str:
    told = ": ".join(filter(None, (found.get("reason"), found.get("message"))))
    return told or "no reason given"
