"""Keeps a namespace that somebody uses, or just the stack's networks in it, from being deleted with the stack.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.dynamic.access import ACCESS
from components.dynamic.values import changed


class NamespaceGuardProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another namespace needs another guard; so does one that was the stack's and is said to be somebody's now.

        Then Pulumi deletes it, and the old guard must be asked first.
        """
        replaces = changed(("namespace",), olds, news)
        changes = changed(("attachments",), olds, news)
        if (olds.get("attachments") is None) != (news.get("attachments") is None):
            replaces += changes
        return DiffResult(changes=bool(replaces or changes), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: the guard acts when it is deleted."""
        return CreateResult(props["namespace"], _outs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Nothing to do but to remember what a destroy needs."""
        return UpdateResult(_outs(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Goes before what it guards, and refuses to while VMs, pods or volumes are in the way."""
        from clients.cluster import namespaces

        with ACCESS.cluster() as cluster:
            if props.get("attachments") is None:
                namespaces.refuse_to_orphan(cluster, props["namespace"])
            else:
                namespaces.refuse_to_detach(cluster, props["namespace"], props["attachments"])


class NamespaceGuard(Resource, module="cnvlab", name="NamespaceGuard"):
    """Depends on all that the stack makes in the namespace, and so is the first to go."""

    def __init__(
        self, name: str, namespace: str, attachments: Sequence[str] | None = None, opts: ResourceOptions | None = None
    ) -> None:
        """``attachments`` are the stack's in a namespace that stays; None: the namespace goes, with all in it."""
        inputs = {"namespace": namespace, **({} if attachments is None else {"attachments": list(attachments)})}
        super().__init__(NamespaceGuardProvider(), name, inputs, opts)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in ("namespace", "attachments") if key in props}
