"""Waits for a vCenter task.

Not pyVim.task: that reads a running task's name as a vSphere method, which not every server's names are, and leaves its
filter behind on the shared property collector.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from clients.errors import LabError

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter

# Seconds: a full clone of RHCOS's 16 GiB takes minutes on slow storage.
TIMEOUT = 1800
INTERVAL_FIRST, INTERVAL_MAX = 0.05, 2.0


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
