"""Keeps a namespace that somebody uses from being deleted with the stack.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider

from clients.cluster import namespaces
from components.dynamic.access import ACCESS
from components.dynamic.values import changed


class NamespaceGuardProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another namespace needs another guard."""
        replaces = changed(("namespace",), olds, news)
        return DiffResult(changes=bool(replaces), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: the guard acts when it is deleted."""
        return CreateResult(props["namespace"], {"namespace": props["namespace"]})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Goes before the namespace, and refuses to while VMs, pods or volumes are in it."""
        with ACCESS.cluster() as cluster:
            namespaces.refuse_to_orphan(cluster, props["namespace"])


class NamespaceGuard(Resource, module="cnvlab", name="NamespaceGuard"):
    """Depends on all that the stack makes in the namespace, and so is the first to go."""

    def __init__(self, name: str, namespace: str, opts: ResourceOptions | None = None) -> None:
        super().__init__(NamespaceGuardProvider(), name, {"namespace": namespace}, opts)
