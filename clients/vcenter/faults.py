"""vSphere's faults in words: the fault's class and what it names, for its own message is often empty."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Somebody else's task holds the object; it ends without our doing.
BUSY = (vim.fault.TaskInProgress, vim.fault.ResourceInUse)
# What to do about a fault. An ended session is a NoPermission by its class, so that it comes first.
REMEDIES: tuple[tuple[Any, str], ...] = (
    (vim.fault.NotAuthenticated, "Run `pulumi up` again"),
    (vim.fault.NoPermission, "Give it to this user by a role on that object or above it; then run `pulumi up` again"),
    (BUSY, "See its recent tasks in vCenter; when they have ended, run `pulumi up` again"),
    (vim.fault.NoDiskSpace, "Make room and run `pulumi up` again, or write another cnv-lab:vcenter.datastore"),
    (
        vmodl.fault.HostCommunication,
        "Reconnect the host in vCenter, or move this to another; then run `pulumi up` again",
    ),
    (vmodl.fault.ManagedObjectNotFound, "Somebody removed it meanwhile; run `pulumi up --refresh`"),
)


def words(error: BaseException) -> str:  # noqa: C901, PLR0911, a table
    """What a fault or an operating system's error says, in one line."""
    match error:
        case vim.fault.NotAuthenticated():  # a NoPermission, by its class
            return "the session has ended"
        case vim.fault.NoPermission():
            return f"this user lacks the privilege {error.privilegeId}"
        case vim.fault.DuplicateName():
            return f"the name {error.name} is taken"
        case vim.fault.ResourceInUse():
            return f"{error.name or 'it'} is in use"
        case vim.fault.TaskInProgress():
            return "another task is running on it"
        case vim.fault.NoDiskSpace():
            return f"datastore {error.datastore} is full"
        case vmodl.fault.HostCommunication():
            return "its host is not connected to vCenter"
        case vmodl.fault.ManagedObjectNotFound():
            return "it is no longer there"
        case vmodl.MethodFault():
            return _fault(error)
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case _:
            return str(error).partition("\n")[0] or type(error).__name__


def _fault(error: Any) -> str:
    """The class's last part, its message where that adds something, and its plain fields."""
    name = type(error).__name__.rpartition(".")[2]
    message = (getattr(error, "msg", None) or "").strip()
    fields = [
        f"{key} {value}"
        for key, value in vars(error).items()
        if isinstance(value, str | int) and value not in ("", None) and key not in {"msg", "dynamicType"}
    ]
    told = [name] if not message or message.startswith("*") else [name, message]
    return ": ".join(told) + (f" ({', '.join(fields)})" if fields else "")


def explain(error: BaseException, doing: str, more: str = "") -> LabError:
    """A LabError that says what was being done when vCenter refused, why, and what to do where that is known.

    Args:
        error: vCenter's fault.
        doing: the call in words, with the object's path: "clone rhcos to /Garden/vm/rhcos-cnv".
        more: what the fault leaves out.
    """
    remedy = next((f" {told}." for kinds, told in REMEDIES if isinstance(error, kinds)), "")
    return LabError(f"vCenter refused to {doing}: {words(error)}{f' ({more})' if more else ''}.{remedy}")


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turns a fault into an explanation; that an object is no longer there is left to the caller, who may know why."""
    try:
        yield
    except vmodl.fault.ManagedObjectNotFound:
        raise
    except vmodl.MethodFault as error:
        raise explain(error, doing) from None
