"""Stands for an operator that OLM installs: a thin adapter over clients/cluster/operators.py.

Not Kubernetes objects of their own in Pulumi: they outlive the stack, and the next `up` must take up what it left.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.dynamic.access import ACCESS
from components.dynamic.values import changed, say, whole

INPUTS = ("operator", "objects", "removeOnDestroy", "timeoutMinutes")


class OperatorProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Never a replace: there is one in a cluster. What a refresh found wanting is put right."""
        return DiffResult(changes=bool(changed(INPUTS, olds, news)) or olds.get("stands") is False, replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Installs it, or takes up what an earlier run left."""
        return CreateResult(props["operator"], _install(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Brings its objects to what they are to be now."""
        return UpdateResult(_install(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Whether it stands as it was made."""
        from clients.cluster import operators

        with ACCESS.cluster() as cluster:
            stands = operators.stands(cluster, whole(props["objects"]))
        return ReadResult(id_, {**_outs(props, str(props.get("version", ""))), "stands": stands})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Leaves it, for others may use it by now; removes it where the stack file said so."""
        from clients.cluster import operators
        from clients.cluster.waiting import Patience

        if not props["removeOnDestroy"]:
            say(f"{props.get('version') or props['operator']} stays: operators.removeOnDestroy is false")
            return
        patience = Patience(minutes=props["timeoutMinutes"], report=say, command="destroy")
        with ACCESS.cluster() as cluster:
            operators.remove(cluster, whole(props["objects"]), patience)


class Operator(Resource, module="cnvlab", name="Operator"):
    """Installed, and told what to do; whether that is done, its rollout says."""

    version: pulumi.Output[str]

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        operator: str,
        objects: Sequence[dict[str, Any]],
        remove_on_destroy: bool,
        timeout_minutes: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "operator": operator,
            "objects": list(objects),
            "removeOnDestroy": remove_on_destroy,
            "timeoutMinutes": timeout_minutes,
        }
        super().__init__(OperatorProvider(), name, {**inputs, "version": None}, opts)


def _install(props: dict[str, Any]) -> dict[str, Any]:
    from clients.cluster import operators
    from clients.cluster.waiting import Patience

    patience = Patience(minutes=props["timeoutMinutes"], report=say)
    with ACCESS.cluster() as cluster:
        version = operators.install(cluster, whole(props["objects"]), patience)
    return _outs(props, version)


def _outs(props: dict[str, Any], version: str) -> dict[str, Any]:
    return {**{key: whole(props[key]) for key in INPUTS}, "version": version, "stands": True}
