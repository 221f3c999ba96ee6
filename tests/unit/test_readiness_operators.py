"""When an operator is installed, and when it has brought up what its own object asks for."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import Failed, Ready, Waiting, available, installed

NAMESPACE = "openshift-nmstate"
CSV = "kubernetes-nmstate-operator.4.20"


def subscription(*conditions: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": "kubernetes-nmstate-operator", "namespace": NAMESPACE}
    return {"metadata": metadata, "status": {"conditions": list(conditions)}}


def told(kind: str, reason: str, message: str = "words", status: str = "True") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def plan(phase: str, *, approved: bool = True) -> dict[str, Any]:
    spec = {"approved": approved, "clusterServiceVersionNames": [CSV]}
    conditions = [told("Installed", "InstallComponentFailed", "no rights", status="False")]
    return {"metadata": {"name": "install-x"}, "spec": spec, "status": {"phase": phase, "conditions": conditions}}


def version(phase: str, reason: str = "", message: str = "") -> dict[str, Any]:
    status = {"phase": phase, "reason": reason, "message": message}
    return {"metadata": {"name": CSV, "namespace": NAMESPACE}, "status": status}


@pytest.mark.parametrize(
    ("verdict", "kind", "words"),
    [
        (installed(None, None, None), Waiting, "the Subscription is not there yet"),
        (installed(subscription(), None, None), Waiting, "has no InstallPlan yet"),
        (
            installed(subscription(told("CatalogSourcesUnhealthy", "UnhealthyCatalogSourceFound")), None, None),
            Waiting,
            "no InstallPlan yet: UnhealthyCatalogSourceFound: words",
        ),
        (
            installed(subscription(told("ResolutionFailed", "ConstraintsNotSatisfiable")), None, None),
            Failed,
            "finds no such operator: words",
        ),
        (
            installed(subscription(told("ResolutionFailed", "ErrorPreventedResolution")), None, None),
            Waiting,
            "ErrorPreventedResolution: words",
        ),
        (
            installed(subscription(told("BundleUnpackFailed", "BundleUnpackFailed")), None, None),
            Failed,
            "BundleUnpackFailed: words",
        ),
        (
            installed(subscription(), plan("RequiresApproval", approved=False), None),
            Waiting,
            f"InstallPlan install-x for {CSV} waits for approval: oc patch installplan -n {NAMESPACE} install-x",
        ),
        (installed(subscription(), plan("Installing"), None), Waiting, "is Installing"),
        (installed(subscription(), plan("Failed"), None), Failed, "failed: InstallComponentFailed: no rights"),
        (
            installed(subscription(), plan("Complete"), version("Installing", message="soon")),
            Waiting,
            "Installing: soon",
        ),
        (
            installed(subscription(), plan("Complete"), version("Failed", "InstallCheckFailed", "timeout")),
            Failed,
            "failed to install (InstallCheckFailed): timeout",
        ),
        (installed(subscription(), plan("Complete"), version("Succeeded")), Ready, "is installed"),
        (
            installed(subscription(), plan("RequiresApproval", approved=False), version("Succeeded")),
            Ready,
            "is installed",
        ),
    ],
)
def test_an_installation_is_judged_by_olms_own_words(verdict: Any, kind: type[Any], words: str) -> None:
    """The last case: an upgrade that waits for approval is nothing that `up` waits for."""
    assert isinstance(verdict, kind), verdict
    assert words in verdict.message


def test_a_build_that_wants_another_operator_group_is_told_with_the_key() -> None:
    verdict = installed(
        subscription(), None, version("Failed", "UnsupportedOperatorGroup", "OwnNamespace not supported")
    )
    assert isinstance(verdict, Failed)
    assert "allNamespaces" in verdict.remedy


def own(kind: str, *conditions: dict[str, str]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "x"}, "status": {"conditions": list(conditions)}}


UP = (
    told("ReconcileComplete", "Done"),
    told("Available", "Done"),
    told("Progressing", "Done", status="False"),
    told("Degraded", "Done", status="False"),
)


def but(**changes: str) -> tuple[dict[str, str], ...]:
    return tuple({**item, "status": changes.get(item["type"], item["status"])} for item in UP)


@pytest.mark.parametrize(
    ("live", "nodes", "kind", "words"),
    [
        (None, None, Waiting, "it is not there yet"),
        (own("HyperConverged"), None, Waiting, "it has no status yet"),
        (own("NMState"), None, Ready, "it is there"),
        (own("HyperConverged", *UP), 2, Ready, "it is available"),
        (own("NMState", told("Available", "Done")), None, Ready, "it is available"),
        (own("HyperConverged", *but(Available="False")), 1, Waiting, "it is not available: Done: words"),
        (own("HyperConverged", *but(Degraded="True")), 1, Waiting, "it is degraded: Done: words"),
        (own("HyperConverged", *but(ReconcileComplete="False")), 1, Waiting, "it is not reconciled: Done: words"),
        (own("HyperConverged", *but(Progressing="True")), 1, Waiting, "it is progressing: Done: words"),
        (own("HyperConverged", *but(Available="False")), 0, Ready, "it waits for hypervisors"),
    ],
)
def test_an_operators_own_object_is_judged_by_its_conditions(
    live: dict[str, Any] | None, nodes: int | None, kind: type[Any], words: str
) -> None:
    """Older NMState operators write none; KubeVirt is never available without a node."""
    verdict = available(live, "it", nodes)
    assert isinstance(verdict, kind), verdict
    assert verdict.message == words
