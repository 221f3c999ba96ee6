"""Which calls of the program meet which faults, as the fault endpoints take them."""

from __future__ import annotations

from typing import Any

from tests.engine.own_clients import CHANGED, EXCHANGED, NAME, NOTHING, PLAIN

# A name and what belongs to it.
Fault = tuple[str, dict[str, Any]]


def no_permission(privilege: str) -> Fault:
    """The user lacks a privilege."""
    return "NoPermission", {"privilegeId": privilege}


IN_USE: Fault = ("ResourceInUse", {"type": "VirtualMachine", "name": NAME})
IN_PROGRESS: Fault = ("TaskInProgress", {"task": {"type": "Task", "value": "task-1"}})
BUSY = (IN_USE, IN_PROGRESS)
NO_ROOM: Fault = ("NoDiskSpace", {"file": "[VMData-HD] a.vmdk", "datastore": "VMData-HD"})
AWAY: Fault = ("HostNotConnected", {})

# What stands before a call, and what the call is a part of bringing about.
MAKE, CHANGE, EXCHANGE, DELETE = (NOTHING, PLAIN), (PLAIN, CHANGED), (PLAIN, EXCHANGED), (PLAIN, NOTHING)
# What the next run does then.
FINISHED = {
    PLAIN: "made the template",
    CHANGED: "finished the change",
    EXCHANGED: "finished the exchange",
    NOTHING: "deleted it",
}
AT_THE_CALL: dict[str, tuple[tuple[str, str], list[Fault]]] = {
    "FindByInventoryPath": (MAKE, [no_permission("System.View")]),
    "RetrievePropertiesEx": (MAKE, [no_permission("System.Read")]),
    "CloneVM_Task": (MAKE, [*BUSY, no_permission("VirtualMachine.Provisioning.CloneTemplate"), NO_ROOM, AWAY]),
    "MarkAsVirtualMachine": (CHANGE, [*BUSY, no_permission("VirtualMachine.Provisioning.MarkAsVM"), AWAY]),
    "ReconfigVM_Task": (CHANGE, [*BUSY, no_permission("VirtualMachine.Config.Settings"), AWAY]),
    "MarkAsTemplate": (CHANGE, [*BUSY, no_permission("VirtualMachine.Provisioning.MarkAsTemplate"), AWAY]),
    "Rename_Task": (EXCHANGE, [*BUSY, no_permission("VirtualMachine.Config.Rename"), AWAY]),
    "Destroy_Task": (DELETE, [*BUSY, no_permission("VirtualMachine.Inventory.Delete"), AWAY]),
}
# Everybody in the sandbox reads: a rule for reads stays as long as the program's own read needs.
READS = ("FindByInventoryPath", "RetrievePropertiesEx")
IN_ITS_TASK = ("CloneVM_Task", "ReconfigVM_Task", "Destroy_Task")
VCENTER_CASES = [
    (call, where, fault)
    for call, (_, met) in AT_THE_CALL.items()
    for where in ("at the call", "in its task")
    for fault in met
    if where == "at the call" or call in IN_ITS_TASK
]

# The API server's: asked again, or final.
OVERLOADED: Fault = ("503", {"status": 503})
BROKEN: Fault = ("500", {"status": 500, "message": "etcdserver: request timed out"})
CLOSED: Fault = ("connection closed before the request", {"close": "request"})
ANSWER_LOST: Fault = ("connection closed before the answer", {"close": "answer"})
CONFLICT: Fault = ("409", {"status": 409, "message": "the object has been modified"})
PASSING: list[Fault] = [
    ("429, Retry-After 3 s", {"status": 429, "retry_after": 3}),
    OVERLOADED,
    BROKEN,
    ("502", {"status": 502}),
    ("504", {"status": 504}),
    CLOSED,
    ANSWER_LOST,
]
FINAL: list[Fault] = [
    ("403", {"status": 403, "message": 'namespaces "default" is forbidden: User "lab" cannot do that'}),
    ("422", {"status": 422, "message": "spec.replicas: Invalid value: -1"}),
    ("503, Retry-After 1 h", {"status": 503, "retry_after": 3600, "message": "maintenance"}),
]
