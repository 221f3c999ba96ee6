"""A lab for a picture of its network, of a stack file that leaves to the worker MachineSet what only that knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import plan

if TYPE_CHECKING:
    from lab.plan import Lab
    from lab.settings import Settings

# Nothing of this is drawn: places in vCenter, sizes, the template.
NOWHERE = "unknown"
SIZES = {"numCPUs": 4, "memoryMiB": 16384, "diskGiB": 120}
WORKSPACE = {
    "server": NOWHERE,
    "datacenter": NOWHERE,
    "datastore": NOWHERE,
    "folder": f"/{NOWHERE}/vm/{NOWHERE}",
    "resourcePool": f"/{NOWHERE}/host/{NOWHERE}/Resources",
}
DEVICES = {"devices": [{"networkName": NOWHERE}]}
SPEC: dict[str, Any] = {"template": NOWHERE, "workspace": WORKSPACE, "network": DEVICES, **SIZES}
WORKER = {"spec": {"template": {"spec": {"providerSpec": {"value": SPEC}}}}}


def sketch(settings: Settings, *, stack: str, where: str) -> Lab:
    """The lab that these settings mean, as far as a picture goes.

    Raises:
        SettingsError: what the stack file does say cannot be.
    """
    return plan.complete(settings, stack=stack, where=where, worker=WORKER)
