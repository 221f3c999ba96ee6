"""Whether the Machines of a MachineSet that was scaled to 0 are gone, and what keeps those that are not.

A drain that is refused is told nowhere in a Machine: the controller sets its condition Drained to False and returns
before it writes it (machine-api-operator, pkg/controller/machine/drain_controller.go), and tries again in silence at
growing intervals. So the pods on its node are looked at, and what refuses their eviction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.readiness import controller
from lab.readiness.verdicts import Object, Ready, Verdict, Waiting, condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.readiness.facts import Facts

# Any value: with it the controller deletes the Machine without a drain.
NO_DRAIN = "machine.openshift.io/exclude-node-draining"
# KubeVirt's, on the pod in which a VM runs.
LAUNCHER_LABEL, LAUNCHER, DOMAIN_ANNOTATION = "kubevirt.io", "virt-launcher", "kubevirt.io/domain"
# What a Machine itself says of its deletion: a lifecycle hook's owner, then vCenter's trouble.
CONDITIONS = ("Drained", "Drainable", "Terminable", "InstanceExists")


def machines_gone(facts: Facts) -> Verdict:
    """Whether a MachineSet that was scaled to 0 has none left."""
    if not facts.machines:
        return Ready("all Machines are gone")
    ordered = sorted(facts.machines, key=lambda item: str(item["metadata"]["name"]))
    return Waiting("; ".join(_departure(machine, facts) for machine in ordered))


def _departure(machine: Object, facts: Facts) -> str:
    name, status = machine["metadata"]["name"], machine.get("status") or {}
    waiting = f"waiting for Machine {name} to go"
    if condition(status, "Drained").get("status") != "True":
        held = [*_held(machine, facts)]
        if held:
            return f"{waiting}: {', '.join(held)}{_ways_out(name, held)}"
    message = controller.warning(machine, facts.events, "FailedDelete")
    if not message:
        told = (condition(status, kind) for kind in CONDITIONS)
        message = next((controller.plain(machine, item["message"]) for item in told if _is_trouble(item)), "")
    if controller.NO_SCOPE not in message:
        return f"{waiting}: {message}" if message else waiting
    return (
        f"Machine {name} cannot be deleted: {message}. {controller.no_vcenter(machine, message)}; the Machine API "
        "tries again by itself, at growing intervals. If its VM is gone, or you remove it by hand, let the Machine go: "
        f"{controller.without_finalizer(name)}"
    )


def _is_trouble(told: Mapping[str, Any]) -> bool:
    return told.get("status") in {"False", "Unknown"} and bool(told.get("message"))


def _held(machine: Object, facts: Facts) -> Iterator[str]:
    """What on the Machine's node cannot be evicted, a few words each."""
    node = ((machine.get("status") or {}).get("nodeRef") or {}).get("name")
    for pod in sorted(facts.pods, key=lambda item: (item["metadata"]["namespace"], item["metadata"]["name"])):
        if node and pod["spec"].get("nodeName") == node and "deletionTimestamp" not in pod["metadata"]:
            budget = _refusing_budget(pod, facts)
            if budget:
                yield _vm(pod, facts) or f"pod {_path(pod)} is kept by PodDisruptionBudget {budget}"


def _refusing_budget(pod: Object, facts: Facts) -> str:
    """The budget for which the API server refuses the pod's eviction, or nothing.

    KubeVirt makes one for each VM that an eviction must not end, also for those that cannot be migrated, which its
    webhook refuses even before that (pkg/virt-controller/watch/drain/disruptionbudget, pod-eviction-admitter.go).
    """
    for budget in facts.budgets:
        selector = budget["spec"].get("selector") or {}
        labels = (pod["metadata"].get("labels") or {}).items()
        if (
            budget["metadata"]["namespace"] == pod["metadata"]["namespace"]
            and not selector.get("matchExpressions")
            and (selector.get("matchLabels") or {}).items() <= labels
            and not (budget.get("status") or {}).get("disruptionsAllowed")
        ):
            return str(budget["metadata"]["name"])
    return ""


def _vm(pod: Object, facts: Facts) -> str:
    """What keeps the VM in this pod; nothing where there is no VM in it."""
    metadata = pod["metadata"]
    name = (metadata.get("annotations") or {}).get(DOMAIN_ANNOTATION)
    if (metadata.get("labels") or {}).get(LAUNCHER_LABEL) != LAUNCHER or not name:
        return ""
    found = (item for item in facts.instances if _path(item) == f"{metadata['namespace']}/{name}")
    status = next(found, {}).get("status") or {}
    vm = f"VM {metadata['namespace']}/{name}"
    migratable = condition(status, "LiveMigratable")
    if migratable.get("status") == "False":
        return f"{vm} cannot be migrated ({migratable.get('message') or migratable.get('reason') or 'no reason given'})"
    migration = status.get("migrationState") or {}
    if migration.get("startTimestamp") and not migration.get("endTimestamp"):
        return f"{vm} is being migrated"
    if not any(_takes_vms(node, facts) for node in facts.nodes.values()):
        return f"{vm} has no other hypervisor to be migrated to"
    return f"{vm} is to be migrated"


def _takes_vms(node: Object, facts: Facts) -> bool:
    """Whether the node has KVM, is open, and stays."""
    status = node.get("status") or {}
    kvm = (status.get("allocatable") or {}).get(names.KVM_RESOURCE) or "0"
    leaving = {((item.get("status") or {}).get("nodeRef") or {}).get("name") for item in facts.machines}
    is_ready = condition(status, "Ready").get("status") == "True"
    is_open = is_ready and not (node.get("spec") or {}).get("unschedulable")
    return is_open and kvm != "0" and node["metadata"]["name"] not in leaving


def _ways_out(machine: str, held: list[str]) -> str:
    vms = [words.split()[1] for words in held if words.startswith("VM ") and not words.endswith("is being migrated")]
    if not vms:
        return ""
    namespace, _, name = vms[0].partition("/")
    return (
        f". Stop it (virtctl stop -n {namespace} {name}) or migrate it; or let the Machine go without a drain, which "
        f"ends what runs there (oc annotate machine -n {names.MACHINE_API_NAMESPACE} {machine} {NO_DRAIN}=)"
    )


def _path(item: Object) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
