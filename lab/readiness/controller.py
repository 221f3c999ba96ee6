"""The Machine API's own words (machine-api-operator, pkg/controller/{machine,vsphere}), and what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.readiness.verdicts import Object, condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What the words of a failure mean for this program's user (vsphere/reconciler.go).
REMEDIES = {
    "template not found": "Check that the template is still in vCenter",
    "unable to get network": "Check that the port group is on every host of the cluster",
    "can't resize template disk down": "Raise cnv-lab:hypervisors.diskGiB to the template's disk or more",
    "folder not found": "Check cnv-lab:vcenter.folder",
    "datastore not found": "Check cnv-lab:vcenter.datastore",
    "can't find created instance": "Its VM was removed from vCenter",
}
# A failed Machine is never looked at again.
ANEW = "delete the Machine, for which its MachineSet makes a new one: oc delete machine -n openshift-machine-api"
TRY_ANEW = f"then {ANEW}"
# How a look for the Machine's VM begins; where this fails, vCenter was not asked at all (vsphere/actuator.go).
NO_SCOPE = "failed to create scope for machine"


def cause(message: str) -> str:
    """What to do about a failure with these words."""
    return next((text for words, text in REMEDIES.items() if words in message), "Mend the cause")


def no_vcenter(machine: Object, message: str) -> str:
    """What to do where the controller cannot ask vCenter for the Machine's VM."""
    spec = ((machine.get("spec") or {}).get("providerSpec") or {}).get("value") or {}
    server = (spec.get("workspace") or {}).get("server", "")
    secret = f"{names.MACHINE_API_NAMESPACE}/{(spec.get('credentialsSecret') or {}).get('name', '')}"
    if "error getting credentials" in message:
        return (
            f"Give Secret {secret} the login for {server}, by the keys {server}.username and {server}.password, or "
            "correct cnv-lab:vcenter.server"
        )
    if "unable to find datacenter" in message:
        return "Correct cnv-lab:vcenter.datacenter and run up; this Machine keeps what it was made with, and has to go"
    return f"Check that the cluster reaches vCenter {server}, and the login for it in Secret {secret}"


def without_finalizer(name: str) -> str:
    """The command that lets a Machine go though nobody looked for its VM."""
    patch = """'{"metadata":{"finalizers":null}}'"""
    return f"oc patch machine -n {names.MACHINE_API_NAMESPACE} {name} --type=merge -p {patch}"


def last_words(machine: Object, events: Sequence[Object]) -> str:
    """What the controller last said of a Machine whose VM it has not made, or nothing.

    A missing Secret of user data, for one, is retried for ever and told in an Event and in the provider's status only.
    """
    status = machine.get("status") or {}
    exists = condition(status, "InstanceExists")
    if exists.get("status") == "Unknown" and exists.get("message"):
        return plain(machine, exists["message"])
    creation: Mapping[str, Any] = condition(status.get("providerStatus") or {}, "MachineCreation")
    return warning(machine, events) or (str(creation.get("message", "")) if creation.get("status") == "False" else "")


def warning(machine: Object, events: Sequence[Object], reason: str | None = None) -> str:
    """The newest warning about the Machine (of this reason), or nothing."""
    name, uid = machine["metadata"]["name"], machine["metadata"].get("uid")
    ours = [
        event
        for event in events
        if event["involvedObject"].get("name") == name
        and event["involvedObject"].get("uid") in {uid, None}
        and reason in {event.get("reason"), None}
    ]
    newest = max(ours, key=_moment, default=None)
    return "" if newest is None else plain(machine, newest.get("message"))


def plain(machine: Object, message: str | None) -> str:
    """The controller's words without the Machine's name at each level of its calls."""
    told = (message or "").replace(f"{machine['metadata']['name']}: ", "").strip()
    for level in ("reconciler failed to Create machine: ", "reconciler failed to Delete machine: "):
        told = told.removeprefix(level)
    return told


def _moment(event: Object) -> str:
    """RFC 3339 in UTC, of one precision: its order is time's."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp") or "")
