"""Whether Machines have become hypervisors, and whether they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import names
from lab.readiness.verdicts import Failed, Object, Ready, Verdict, Waiting, condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    trouble = condition(status, "InstanceExists")
    if not phase and trouble.get("status") == "Unknown":
        return Waiting(f"Machine {name} has not started: {trouble.get('message', '')}")
    reference = (status.get("nodeRef") or {}).get("name")
    if reference is None or reference not in nodes:
        return Waiting(f"Machine {name} is {phase or 'new'} and has no node yet")
    return _node(nodes[reference])


def _node(node: Object) -> Verdict:
    name, status = node["metadata"]["name"], node.get("status") or {}
    if condition(status, "Ready").get("status") != "True":
        return Waiting(
            f"node {name} is not Ready: {condition(status, 'Ready').get('message') or 'no word from it yet'}"
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
        found = condition(status, kind)
        if found.get("status") in {"False", "Unknown"} and found.get("message"):
            return f"Machine {name} ({found['message']})"
    return f"Machine {name}"
