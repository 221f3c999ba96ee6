"""Whether a MachineHealthCheck has the hypervisors under its eyes: it deletes machines, VMs and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import manifests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab


def health(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """A warning for each that selects our Machines (machine-api-operator, pkg/controller/machinehealthcheck)."""
    if lab.existing is not None:
        return
    labels = manifests.machine_set(lab)["spec"]["template"]["metadata"]["labels"]
    for check in facts.health_checks:
        if _selects(check["spec"].get("selector") or {}, labels):
            yield (
                f"MachineHealthCheck {check['metadata']['name']} selects the hypervisors: it deletes a Machine "
                f"{_when(check['spec'])}. With it goes the VM, with all that runs there. Take them out of its "
                "selector, or give them the time that they need (its nodeStartupTimeout)."
            )


def _when(spec: Mapping[str, Any]) -> str:
    told = [
        f"whose node is {item['type']}={item['status']} for {item['timeout']}"
        for item in spec.get("unhealthyConditions") or []
    ]
    if (startup := spec.get("nodeStartupTimeout", "10m")) not in {"0", "0s"}:
        told.append(f"that has no node after {startup}")
    return " or ".join(told)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """As label selectors do; an empty one selects all."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    return wanted.items() <= labels.items() and all(_holds(item, labels) for item in expressions)


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
