"""What a fault leaves out, asked of vCenter right after it: which host is away, how much room is missing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clients.vcenter.session import VCenter

GIB = 2**30
# Bytes: what a VM's files take on its datastores, and what a datastore has left.
COMMITTED, FREE = "summary.storage.committed", "summary.freeSpace"


def ask(vcenter: VCenter, error: BaseException, about: Sequence[Any]) -> str:
    """A few words about a VM's host or a datastore's room, or none where the fault needs none or vCenter is silent.

    Args:
        vcenter: the session.
        error: the fault.
        about: the VM that the call was for, and the datastore that it writes to, if any.
    """
    with suppress(LabError, vmodl.MethodFault, KeyError):  # the fault itself is what matters
        match error:
            case vmodl.fault.HostCommunication():
                return _host(vcenter, about)
            case vim.fault.NoDiskSpace():
                return _room(vcenter, about)
    return ""


def room(needed: int, free: int) -> str:
    """How much a copy takes and how much there is, in bytes each, for a person."""
    missing = f", {(needed - free) / GIB:.1f} GiB are missing" if needed > free else ""
    return f"the copy takes {needed / GIB:.1f} GiB, {free / GIB:.1f} GiB are free{missing}"


def _host(vcenter: VCenter, about: Sequence[Any]) -> str:
    hosts = [vcenter.read(item, "runtime.host").get("runtime.host") for item in about if _is_vm(item)]
    found = [vcenter.read(host, "name", "runtime.connectionState") for host in hosts if host is not None]
    return ", ".join(f"host {facts.get('name')}, {facts.get('runtime.connectionState')} by now" for facts in found)


def _room(vcenter: VCenter, about: Sequence[Any]) -> str:
    needed = [int(vcenter.read(item, COMMITTED)[COMMITTED]) for item in about if _is_vm(item)]
    free = [int(vcenter.read(item, FREE)[FREE]) for item in about if isinstance(item, vim.Datastore)]
    return room(sum(needed), sum(free)) if free else ""


def _is_vm(item: Any) -> bool:
    return isinstance(item, vim.VirtualMachine)
