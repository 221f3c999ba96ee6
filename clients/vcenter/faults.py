"""vSphere's faults in words: the fault's class and what it names, for its own message is often empty."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from clients.errors import LabError


def words(error: BaseException) -> str:  # noqa: PLR0911, a table
    """What a fault or an operating system's error says, in one line."""
    match error:
        case vim.fault.NotAuthenticated():  # a NoPermission, by its class
            return "the session has ended"
        case vim.fault.NoPermission():
            return f"this user lacks the privilege {error.privilegeId}"
        case vim.fault.DuplicateName():
            return f"the name {error.name} is taken"
        case vim.fault.ResourceInUse():
            return f"{error.name} is in use"
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


def explain(error: BaseException, doing: str) -> LabError:
    """A LabError that says what was being done when vCenter refused."""
    return LabError(f"vCenter refused to {doing}: {words(error)}.")
