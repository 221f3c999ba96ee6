"""Verdicts: whether hypervisors and their network are what was asked for, read from the live objects.

Pure functions from facts to a verdict, so that a test can list every case. Facts are Kubernetes objects as the API
gives them. ``Failed`` means that waiting longer cannot help; what may still come right by itself is ``Waiting``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Object = dict[str, Any]


@dataclass(frozen=True)
class Ready:
    """It is what was asked for."""

    message: str


@dataclass(frozen=True)
class Waiting:
    """Not yet, and nothing says that it will not be."""

    message: str


@dataclass(frozen=True)
class Failed:
    """It will not become ready by waiting; ``remedy`` says what to do."""

    message: str
    remedy: str


Verdict = Ready | Waiting | Failed

# What the Machine API's own words mean for this program's user (machine-api-operator, vsphere/reconciler.go).
REMEDIES = {
    "template not found": "Check that the template is still in vCenter",
    "unable to get network": "Check that the port group is on every host of the cluster",
    "can't resize template disk down": "Raise cnv-lab:hypervisors.diskGiB to the template's disk or more",
    "folder not found": "Check cnv-lab:vcenter.folder",
    "datastore not found": "Check cnv-lab:vcenter.datastore",
    "can't find created instance": "Its VM was removed from vCenter",
}
# A failed Machine is never looked at again.
TRY_ANEW = (
    "then delete the Machine, for which its MachineSet makes a new one: oc delete machine -n openshift-machine-api"
)


def hypervisors(machines: Sequence[Object], nodes: Mapping[str, Object], want: int) -> Verdict:
    """Whether ``want`` Machines run as Ready nodes with KVM.

    Args:
        machines: the MachineSet's Machines.
        nodes: the cluster's nodes by name.
        want: the MachineSet's live replicas (an autoscaler may own the number).
    """
    ready: list[str] = []
    waiting: list[str] = []
    for machine in machines:
        verdict = _leaving(machine) or _machine(machine, nodes)
        if isinstance(verdict, Failed):
            return verdict
        (ready if isinstance(verdict, Ready) else waiting).append(verdict.message)
    if waiting:
        return Waiting("; ".join(waiting))
    if len(ready) != want:
        return Waiting(f"{len(ready)} of {want} Machines are there")
    return Ready(f"{want} of {want} hypervisors are Ready" if want else "no hypervisors are asked for")


def _leaving(machine: Object) -> Waiting | None:
    if "deletionTimestamp" in machine["metadata"]:
        return Waiting(f"Machine {machine['metadata']['name']} is being deleted")
    return None


def _machine(machine: Object, nodes: Mapping[str, Object]) -> Verdict:
    name, status = machine["metadata"]["name"], machine.get("status") or {}
    phase = status.get("phase") or ""
    if phase == "Failed":
        # Terminal: the controller never looks at it again.
        message = status.get("errorMessage") or "no reason given"
        cause = next((text for words, text in REMEDIES.items() if words in message), "Mend the cause")
        told = f"Machine {name} failed ({status.get('errorReason') or 'no reason'}): {message}"
        return Failed(told, f"{cause}, {TRY_ANEW} {name}")
    trouble = _condition(status, "InstanceExists")
    if not phase and trouble.get("status") == "Unknown":
        return Waiting(f"Machine {name} has not started: {trouble.get('message', '')}")
    reference = (status.get("nodeRef") or {}).get("name")
    if reference is None or reference not in nodes:
        return Waiting(f"Machine {name} is {phase or 'new'} and has no node yet")
    return _node(nodes[reference])


def _node(node: Object) -> Verdict:
    name, status = node["metadata"]["name"], node.get("status") or {}
    if _condition(status, "Ready").get("status") != "True":
        return Waiting(
            f"node {name} is not Ready: {_condition(status, 'Ready').get('message') or 'no word from it yet'}"
        )
    kvm = (status.get("allocatable") or {}).get(names.KVM_RESOURCE)
    if kvm is None:
        return Waiting(
            f"node {name} does not tell of {names.KVM_RESOURCE} yet: KubeVirt's virt-handler has not started there"
        )
    if kvm == "0":
        return Failed(
            f"node {name} is Ready and has no /dev/kvm ({names.KVM_RESOURCE} is 0): no VM can start there",
            "Check that the -cnv template still has nested virtualization (boot-image management may have taken it) "
            f"and that the ESXi host supports it, {TRY_ANEW} {name}",
        )
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


def machines_gone(machines: Sequence[Object]) -> Verdict:
    """Whether a MachineSet that was scaled to 0 has none left."""
    if not machines:
        return Ready("all Machines are gone")
    return Waiting("waiting for " + ", ".join(sorted(_departure(machine) for machine in machines)) + " to go")


def _departure(machine: Object) -> str:
    name, status = machine["metadata"]["name"], machine.get("status") or {}
    for kind in ("Drained", "InstanceExists"):
        condition = _condition(status, kind)
        if condition.get("status") in {"False", "Unknown"} and condition.get("message"):
            return f"Machine {name} ({condition['message']})"
    return f"Machine {name}"


def node_network(policy: Object | None, enactments: Sequence[Object], want: int) -> Verdict:
    """Whether the policy, as it now stands, is in force on ``want`` nodes.

    ``Available`` alone would lie: it is True with reason NoMatchingNode up to 4.20, and NotReady nodes are left out of
    it (kubernetes-nmstate, pkg/policyconditions/conditions.go). So the enactments of this generation are counted.
    From 4.21 on a node that failed tries again: until then it is Failing and Progressing at once (SetRetry in
    pkg/enactmentstatus/conditions/conditions.go), and the policy is Degraded.
    """
    if policy is None:
        return Waiting("the policy is not there yet")
    name, generation = policy["metadata"]["name"], policy["metadata"].get("generation")
    current = [item for item in enactments if (item.get("status") or {}).get("policyGeneration") == generation]
    in_work = [item for item in current if _condition(item["status"], "Progressing").get("status") == "True"]
    failing = [*_failing(item for item in current if item not in in_work)]
    if failing:
        return Failed(
            f"policy {name} failed on {'; '.join(failing)}",
            "nmstate has put those nodes back to what they had; mend the cause in the stack file and run up again",
        )
    status = policy.get("status") or {}
    available, degraded = _condition(status, "Available"), _condition(status, "Degraded")
    if degraded.get("status") == "True" and current and not in_work:
        return Failed(f"policy {name}: {degraded.get('message')}", "See the policy's enactments: oc get nnce")
    reasons = {available.get("reason"), _condition(status, "Ignored").get("reason")}
    if want == 0 and "NoMatchingNode" in reasons:
        return Ready(f"policy {name} waits for hypervisors")
    done = sum(_condition(item["status"], "Available").get("status") == "True" for item in current)
    if done >= want and available.get("status") == "True" and available.get("reason") == "SuccessfullyConfigured":
        return Ready(f"policy {name} is in force on {done} {'node' if done == 1 else 'nodes'}")
    again = [*_failing(in_work)]
    tried = f"; tried again after a failure on {'; '.join(again)}" if again else ""
    return Waiting(f"policy {name} is in force on {done} of {want} nodes{tried}")


def _failing(enactments: Iterable[Object]) -> Iterator[str]:
    for enactment in enactments:
        condition = _condition(enactment["status"], "Failing")
        if condition.get("status") == "True":
            labels = enactment["metadata"].get("labels") or {}
            node = labels.get("nmstate.io/node") or enactment["metadata"]["name"]
            yield f"node {node}: {_last_line(condition.get('message'))}"


def _last_line(message: str | None) -> str:
    """The line of nmstate's report that says why: the last one, below its log and above the quote that closes it."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip() not in {"", "'"}]
    return lines[-1] if lines else "no reason given"


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    conditions = status.get("conditions") or []
    return next((condition for condition in conditions if condition.get("type") == kind), {})
