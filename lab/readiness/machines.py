"""Whether Machines have become hypervisors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lab import names
from lab.readiness import certificates, controller, kvm
from lab.readiness.verdicts import Failed, Object, Ready, Verdict, Waiting, condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.readiness.facts import Facts

# As long as this the Machine API may fail to ask vCenter, which may be restarting; after that it is a mistake.
BLINK = timedelta(seconds=60)
NO_KVM = "0"


def hypervisors(facts: Facts, want: int) -> Verdict:
    """Whether ``want`` Machines run as Ready nodes with KVM; ``want`` are the MachineSet's live replicas."""
    ready: list[str] = []
    waiting: list[str] = []
    for machine in sorted(facts.machines, key=lambda item: str(item["metadata"]["name"])):
        verdict = _leaving(machine) or _machine(machine, facts)
        if isinstance(verdict, Failed):
            return verdict
        (ready if isinstance(verdict, Ready) else waiting).append(verdict.message)
    if waiting:
        return Waiting("; ".join(waiting))
    if len(ready) != want:
        return Waiting(f"{len(ready)} of {want} Machines are there")
    return Ready(f"{want} of {want} hypervisors are Ready" if want else "no hypervisors are asked for")


def machines_without_kvm(facts: Facts) -> list[Object]:
    """The Machines that run as Ready nodes and have none: vCenter knows why."""
    found = []
    for machine in facts.machines:
        node = facts.nodes.get(_node_name(machine) or "")
        if node is not None and not _leaving(machine) and _is_ready(node) and _kvm(node) == NO_KVM:
            found.append(machine)
    return found


def unserved_nodes(facts: Facts) -> list[str]:
    """A line for each node whose request for a serving certificate nobody has approved.

    They are no reason to wait: VMs run there all the same.
    """
    nodes = sorted(filter(None, map(_node_name, facts.machines)))
    requests = {node: certificates.serving_request(node, facts.requests) for node in nodes}
    return [
        f"node {node} has asked for its serving certificate, and nobody has approved it ({certificates.APPROVE} "
        f"{request}): until then `oc logs` and `oc exec` fail there"
        for node, request in requests.items()
        if request
    ]


def _leaving(machine: Object) -> Waiting | None:
    if "deletionTimestamp" in machine["metadata"]:
        return Waiting(f"Machine {machine['metadata']['name']} is being deleted")
    return None


def _machine(machine: Object, facts: Facts) -> Verdict:
    name, status = machine["metadata"]["name"], machine.get("status") or {}
    phase = status.get("phase") or ""
    if phase == "Failed":
        # Terminal: the controller never looks at it again.
        message = status.get("errorMessage") or "no reason given"
        told = f"Machine {name} failed ({status.get('errorReason') or 'no reason'}): {message}"
        return Failed(told, f"{controller.cause(message)}, {controller.TRY_ANEW} {name}")
    trouble = condition(status, "InstanceExists")
    if not phase and trouble.get("status") == "Unknown":
        return _not_started(machine, controller.plain(machine, trouble.get("message")), _since(trouble, facts.now))
    reference = _node_name(machine)
    if reference is None or reference not in facts.nodes:
        told = f"Machine {name} is {phase or 'new'} and has no node yet"
        return Waiting(": ".join(filter(None, (told, _why_no_node(machine, phase, facts)))))
    return _node(facts.nodes[reference], name, facts)


def _not_started(machine: Object, message: str, lasting: timedelta) -> Verdict:
    """The Machine API retries this for ever, gives no phase, and cannot delete such a Machine either."""
    name = machine["metadata"]["name"]
    told = f"Machine {name} has not started: {message}"
    remedy = (
        f"{controller.no_vcenter(machine, message)}. Do it before a destroy: until then this Machine cannot be deleted "
        "either, unless by hand, as no VM was made for it (oc delete machine --wait=false -n "
        f"{names.MACHINE_API_NAMESPACE} {name}, {controller.without_finalizer(name)})"
    )
    return Failed(told, remedy) if lasting > BLINK else Waiting(f"{told}. {remedy}")


def _since(told: Mapping[str, Any], now: datetime) -> timedelta:
    moment = told.get("lastTransitionTime")
    return now - datetime.fromisoformat(moment).astimezone(UTC) if moment else timedelta()


def _why_no_node(machine: Object, phase: str, facts: Facts) -> str:
    if phase == "Provisioning":
        return controller.last_words(machine, facts.events)
    request = certificates.client_request(machine["metadata"]["name"], facts.requests)
    if request:
        return f"nobody has approved its kubelet's request for a certificate ({certificates.APPROVE} {request})"
    return ""


def _node_name(machine: Object) -> str | None:
    name: str | None = ((machine.get("status") or {}).get("nodeRef") or {}).get("name")
    return name


def _is_ready(node: Object) -> bool:
    return condition(node.get("status") or {}, "Ready").get("status") == "True"


def _kvm(node: Object) -> str | None:
    found: str | None = ((node.get("status") or {}).get("allocatable") or {}).get(names.KVM_RESOURCE)
    return found


def _node(node: Object, machine: str, facts: Facts) -> Verdict:
    name = node["metadata"]["name"]
    if not _is_ready(node):
        told = condition(node.get("status") or {}, "Ready")
        words = ": ".join(filter(None, (told.get("reason"), told.get("message"))))
        return Waiting(f"node {name} is not Ready: {words or 'no word from it yet'}")
    if _kvm(node) is None:
        return Waiting(
            f"node {name} does not tell of {names.KVM_RESOURCE} yet: KubeVirt's virt-handler has not started there"
        )
    if _kvm(node) == NO_KVM:
        return kvm.without_kvm(name, machine, facts.origins.get(machine))
    return Ready(f"node {name} is Ready")


def stale_machines(machine_set: Object, machines: Sequence[Object]) -> list[str]:
    """Machines made before the MachineSet's template last changed: only new ones get what it says now.

    The Machine API's webhook fills defaults into a Machine (``metadata: {}``), so only the keys that the MachineSet
    names are compared.
    """
    wanted = machine_set["spec"]["template"]["spec"]["providerSpec"]["value"]
    return sorted(
        machine["metadata"]["name"]
        for machine in machines
        if any(machine["spec"]["providerSpec"]["value"].get(key) != value for key, value in wanted.items() if value)
    )
