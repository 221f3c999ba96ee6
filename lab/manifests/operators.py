"""NMState and OpenShift Virtualization: what makes the Operator Lifecycle Manager install them, and their own objects.

The objects are those of Red Hat's documentation (openshift-docs, modules k8s-nmstate-deploying-nmstate-CLI and
virt-subscribing-cli). HyperConverged stays v1beta1: every supported release serves it, and v1 has these fields
elsewhere (hyperconverged-cluster-operator PR 4166).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names, releases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plan import Lab
    from lab.sections import Package

NMSTATE, VIRTUALIZATION = "nmstate", "virtualization"


def operators(lab: Lab) -> Mapping[str, list[dict[str, Any]]]:
    """Each operator's objects in the order in which they are made; the last is its own, which it brings the kind of."""
    if lab.operators.mode != "manage":
        return {}
    nmstate = {NMSTATE: _nmstate(lab)} if releases.of(lab.release).nmstate_operator else {}
    return {**nmstate, VIRTUALIZATION: _virtualization(lab)}


def _nmstate(lab: Lab) -> list[dict[str, Any]]:
    namespace = names.NMSTATE_NAMESPACE
    return [
        *_subscribed(lab, lab.operators.nmstate, namespace, "openshift-nmstate", "kubernetes-nmstate-operator"),
        {"apiVersion": "nmstate.io/v1", "kind": "NMState", "metadata": _metadata(lab, names.NMSTATE), "spec": {}},
    ]


def _virtualization(lab: Lab) -> list[dict[str, Any]]:
    namespace = names.VIRTUALIZATION_NAMESPACE
    package, strategy = lab.operators.virtualization, {"evictionStrategy": lab.operators.eviction_strategy}
    return [
        *_subscribed(lab, package, namespace, "kubevirt-hyperconverged-group", "hco-operatorhub"),
        {
            "apiVersion": releases.of(lab.release).hco_api,
            "kind": "HyperConverged",
            "metadata": {**_metadata(lab, names.HYPERCONVERGED), "namespace": namespace},
            "spec": {
                **(strategy if releases.of(lab.release).eviction_strategy else {}),
                # Without it VMs are sent to workers that cannot run them: every worker passes for schedulable.
                "workloads": {"nodePlacement": {"nodeSelector": lab.workload_selector}},
            },
        },
    ]


def placement(hyperconverged: Mapping[str, Any]) -> dict[str, str]:
    """The labels of the nodes that VMs are sent to; none where every worker will do."""
    workloads = (hyperconverged.get("spec") or {}).get("workloads") or {}
    selector: dict[str, str] = (workloads.get("nodePlacement") or {}).get("nodeSelector") or {}
    return selector


def _subscribed(lab: Lab, package: Package, namespace: str, group: str, subscription: str) -> list[dict[str, Any]]:
    labels = {"openshift.io/cluster-monitoring": "true", names.STACK_LABEL: lab.stack}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}},
        {
            "apiVersion": "operators.coreos.com/v1",
            "kind": "OperatorGroup",
            "metadata": {**_metadata(lab, group), "namespace": namespace},
            "spec": {} if package.all_namespaces else {"targetNamespaces": [namespace]},
        },
        {
            "apiVersion": "operators.coreos.com/v1alpha1",
            "kind": "Subscription",
            "metadata": {**_metadata(lab, subscription), "namespace": namespace},
            "spec": {
                "channel": package.channel,
                "installPlanApproval": lab.operators.approval,
                "name": package.package,
                "source": package.source,
                "sourceNamespace": package.source_namespace,
            },
        },
    ]


def _metadata(lab: Lab, name: str) -> dict[str, Any]:
    return {"name": name, "labels": {names.STACK_LABEL: lab.stack}}
