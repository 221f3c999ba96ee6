"""What lives in a namespace besides what the stack put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.kinds import POD, VIRTUAL_MACHINE, VOLUME_CLAIM
from clients.errors import LabError
from lab import names

if TYPE_CHECKING:
    from clients.cluster.session import Cluster

# Names in one refusal; a namespace may hold hundreds.
NAMED_MAX = 5


def inhabitants(cluster: Cluster, namespace: str) -> list[str]:
    """VMs, volumes and pods that the stack did not make, as ``VirtualMachine fedora``."""
    return [
        f"{kind.name} {item['metadata']['name']}"
        for kind in (VIRTUAL_MACHINE, VOLUME_CLAIM, POD)
        for item in cluster.list(kind, namespace)
        if names.STACK_LABEL not in (item["metadata"].get("labels") or {})
    ]


def refuse_to_orphan(cluster: Cluster, namespace: str) -> None:
    """Says no to the deletion of a namespace that somebody uses: it would take their VMs and disks along.

    Raises:
        LabError: naming them.
    """
    found = inhabitants(cluster, namespace)
    if not found:
        return
    more = f" and {len(found) - NAMED_MAX} more" if len(found) > NAMED_MAX else ""
    raise LabError(
        f"namespace {namespace} is not deleted, it holds {', '.join(found[:NAMED_MAX])}{more}. "
        f"Move or delete them first (oc get vm,pvc,pod -n {namespace}); or keep it and let Pulumi forget it: "
        "`pulumi state delete` with the namespace's URN from `pulumi stack --show-urns`."
    )
