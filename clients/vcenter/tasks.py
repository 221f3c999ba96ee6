"""Makes a call that changes something, waits for its task, and makes it again while somebody else's task is in the way.

Not pyVim.task: that reads a running task's name as a vSphere method, which not every server's names are, and leaves its
filter behind on the shared property collector.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import circumstances, faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.vcenter.session import VCenter

# Seconds: a full clone of RHCOS's 16 GiB takes minutes on slow storage.
TIMEOUT = 1800
INTERVAL_FIRST, INTERVAL_MAX = 0.05, 2.0
# Seconds that somebody else's task on the same object is waited for, by pauses that grow: a backup's snapshot or a
# migration of a template takes a minute.
BUSY_PATIENCE = 120.0
PAUSE_FIRST, PAUSE_GROWTH, PAUSE_MAX = 0.5, 2.0, 10.0


# To a deletion, and to whoever looks again afterwards, that is no failure.
NOT_THERE = (vmodl.fault.ManagedObjectNotFound,)


def run(
    vcenter: VCenter, call: Callable[[], Any], doing: str, *about: Any, passing: tuple[Any, ...] = NOT_THERE
) -> Any:
    """Makes a call, and waits for its task if it has one.

    Args:
        vcenter: the session.
        call: makes the call; it is made again while another task is running on the object.
        doing: the call in words, with the object's path: "clone rhcos to /Garden/vm/rhcos-cnv".
        about: the VM that the call is for, and the datastore that it writes to, if any: asked about what a fault
            leaves out.
        passing: faults that the caller knows better than to explain; they come as vCenter gives them.

    Raises:
        LabError: what vCenter refused, why, and what to do.
        vmodl.MethodFault: one of ``passing``.
    """
    waited, pause = 0.0, PAUSE_FIRST
    while True:
        try:
            task = call()
            return result(vcenter, task, doing) if isinstance(task, vim.Task) else task
        except passing:
            raise
        except faults.BUSY as error:
            if waited >= BUSY_PATIENCE:
                more = f"for {waited:.0f} seconds now"
                raise faults.explain(error, doing, more) from None
            if not waited:
                vcenter.report(f"waiting to {doing}: {faults.words(error)}")
        except vmodl.MethodFault as error:
            raise faults.explain(error, doing, circumstances.ask(vcenter, error, about)) from None
        vcenter.pause(pause)
        waited += pause
        pause = min(pause * PAUSE_GROWTH, PAUSE_MAX)


def result(vcenter: VCenter, task: Any, doing: str) -> Any:
    """The task's result.

    Raises:
        vmodl.MethodFault: the task's fault, as vCenter gives it.
        LabError: when it does not end in time.
    """
    deadline = time.monotonic() + TIMEOUT
    interval = INTERVAL_FIRST
    while time.monotonic() < deadline:
        info = vcenter.read(task, "info.state", "info.result", "info.error")
        match info.get("info.state"):
            case "success":
                return info.get("info.result")
            case "error":
                raise info["info.error"]
        time.sleep(interval)
        interval = min(interval * 1.5, INTERVAL_MAX)
    raise LabError(
        f"vCenter did not {doing} within {TIMEOUT // 60} minutes. See its task list; then run `pulumi up` again."
    )
