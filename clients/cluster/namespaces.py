"""What lives in a namespace besides what the stack put there, and who hangs on the networks that the stack made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.kinds import POD, VIRTUAL_MACHINE, VOLUME_CLAIM
from clients.errors import LabError
from lab import names, retirement
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Collection

    from clients.cluster.session import Cluster, Object
    from lab.retirement import Attachment


def inhabitants(cluster: Cluster, namespace: str) -> list[str]:
    """VMs, volumes and pods that the stack did not make, as ``VirtualMachine fedora``."""
    return [
        f"{kind.name} {item['metadata']['name']}"
        for kind in (VIRTUAL_MACHINE, VOLUME_CLAIM, POD)
        for item in cluster.list(kind, namespace)
        if _is_somebodys(item)
    ]


def _is_somebodys(item: Object) -> bool:
    """Whether the stack did not make it: its own VM goes before its network does."""
    return names.STACK_LABEL not in (item["metadata"].get("labels") or {})


def refuse_to_orphan(cluster: Cluster, namespace: str) -> None:
    """Says no to the deletion of a namespace that somebody uses: it would take their VMs and disks along.

    Raises:
        LabError: naming them.
    """
    found = inhabitants(cluster, namespace)
    if not found:
        return
    raise LabError(
        f"namespace {namespace} is not deleted, it holds {few(found)}. "
        f"Move or delete them first (oc get vm,pvc,pod -n {namespace}); or keep it and let Pulumi forget it: "
        "`pulumi state delete` with the namespace's URN from `pulumi stack --show-urns`."
    )


def users(cluster: Cluster, attachments: Collection[Attachment]) -> dict[Attachment, list[str]]:
    """Who hangs on these network attachments, in words; asks only namespaces from which one of them can be used."""
    places = _used_from(attachments)
    machines, pods = (
        [item for place in places for item in cluster.list(kind, place) if _is_somebodys(item)]
        for kind in (VIRTUAL_MACHINE, POD)
    )
    return {attachment: retirement.users(attachment, machines, pods) for attachment in attachments}


def running(cluster: Cluster, attachments: Collection[Attachment]) -> dict[Attachment, list[str]]:
    """Who of them runs at this moment; what is stopped finds its network where it then is."""
    pods = [item for place in _used_from(attachments) for item in cluster.list(POD, place)]
    return {attachment: retirement.running(attachment, pods) for attachment in attachments}


def _used_from(attachments: Collection[Attachment]) -> list[str | None]:
    """The namespaces to ask; None for all."""
    if any(namespace in retirement.GLOBAL_NAMESPACES for namespace, _ in attachments):
        return [None]
    return [*sorted({namespace for namespace, _ in attachments})]


def refuse_to_detach(cluster: Cluster, namespace: str, attachments: Collection[str]) -> None:
    """Says no to the deletion of network attachments in somebody's namespace while VMs or pods hang on them.

    Raises:
        LabError: naming them.
    """
    found = users(cluster, [(namespace, name) for name in attachments])
    told = [f"{few(hanging)} on {name}" for (_, name), hanging in found.items() if hanging]
    if told:
        raise LabError(
            f"the networks in namespace {namespace} are not deleted, in use by {'; '.join(told)}. "
            f"Detach them first (oc edit vm NAME -n {namespace}: its network and its interface; oc delete pod)."
        )
