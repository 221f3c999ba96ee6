"""Labs as far as their stack files tell, to be looked at side by side without any server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from lab.plan import Lab
    from lab.settings import Settings

# Begins the name of what nobody knows; vSphere's own names do not look so by accident.
UNKNOWN = "(of the worker MachineSet of"


def complete(settings: Settings, *, stack: str, where: str, servers: Collection[str] = ()) -> Lab:
    """The lab; what it leaves to the worker MachineSet has a name that only labs of the same one have.

    Args:
        settings: the stack file.
        stack: ``<project>.<stack>``.
        where: the stack file's name, for messages.
        servers: the vCenters that other labs of the same cluster name. One lab's is the other's: a cluster's machines
            are in one vCenter.

    Raises:
        SettingsError: there is no such lab.
    """
    worker = None if settings.cluster.based_on == "none" else _worker(settings, servers)
    return plan.complete(settings, stack=stack, where=where, worker=worker)


def known(value: str) -> str | None:
    """What a stack file tells; None for what its worker MachineSet decides, and for nothing."""
    return None if not value or UNKNOWN in value else value


def _worker(settings: Settings, servers: Collection[str]) -> dict[str, Any]:
    """A worker MachineSet for what nobody knows here."""
    unknown = f"{UNKNOWN} {settings.cluster.infra_id}, {settings.cluster.based_on})"
    vcenter, hypervisors = settings.vcenter, settings.hypervisors
    written = vcenter.folder or vcenter.resource_pool
    datacenter = vcenter.datacenter or (written.split("/")[1] if written else unknown)
    value = {
        "template": unknown,
        "numCPUs": hypervisors.cores_per_socket or 1,
        "memoryMiB": 1,
        "diskGiB": 1,
        "network": {"devices": [{"networkName": unknown}]},
        "workspace": {
            "server": next(iter(servers)) if len(servers) == 1 else unknown,
            "datacenter": datacenter,
            "datastore": unknown,
            "folder": f"/{datacenter}/vm/{unknown}",
            "resourcePool": f"/{datacenter}/host/{unknown}/Resources",
        },
    }
    return {"spec": {"template": {"spec": {"providerSpec": {"value": value}}}}}
