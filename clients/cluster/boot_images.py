"""Takes a MachineSet out of boot-image management, and lets it in again: one guarded patch each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.kinds import MACHINE_CONFIGURATION
from clients.cluster.retry import CONFLICT
from clients.cluster.session import RefusedError
from clients.errors import LabError
from lab import boot_images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clients.cluster.session import Cluster, Object

NAME = "cluster"
# Reads and writes before giving up: the operator writes this object's status now and then.
TRIES = 10


def enrolment(cluster: Cluster, release: str, labels: Mapping[str, str]) -> str:
    """Of a MachineSet with these labels; where the object is missing, nobody is enrolled yet."""
    live = cluster.get(MACHINE_CONFIGURATION, NAME)
    return boot_images.NOT_ENROLLED if live is None else boot_images.enrolment(live, release, labels)


def opt_out(cluster: Cluster, release: str, stack: str, labels: Mapping[str, str]) -> None:
    """Takes the MachineSet with these labels out; where it is out already, nothing is changed.

    Raises:
        LabError: the cluster takes no such change yet.
    """

    def wanted(live: Object) -> Object | None:
        patch = boot_images.opted_out(live, release, stack, labels)
        obstacle = patch and boot_images.obstacle(live)
        if obstacle:
            raise LabError(f"MachineConfiguration/{NAME}: {obstacle}.")
        return patch

    _change(cluster, wanted)


def opt_in(cluster: Cluster, stack: str) -> None:
    """Takes the stack's own exception back, and leaves what others have written as it is."""
    _change(cluster, lambda live: boot_images.opted_in(live, stack))


def _change(cluster: Cluster, wanted: Callable[[Object], Object | None]) -> None:
    """Writes on what was read, or reads again."""
    for left in reversed(range(TRIES)):
        live = cluster.get(MACHINE_CONFIGURATION, NAME)
        patch = None if live is None else wanted(live)
        if live is None or patch is None:
            return
        guard = {"resourceVersion": live["metadata"]["resourceVersion"]}
        patch["metadata"] = {**patch.get("metadata", {}), **guard}
        try:
            cluster.merge(MACHINE_CONFIGURATION, NAME, patch)
        except RefusedError as error:
            if error.status != CONFLICT or not left:
                raise
        else:
            return
