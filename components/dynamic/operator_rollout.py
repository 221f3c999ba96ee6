"""Stands beside an operator until it has brought up what its own object (NMState, HyperConverged) asks for.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

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

INPUTS = ("object", "version", "nodes", "timeoutMinutes")


class OperatorRolloutProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another object, version or hypervisor is a reason to wait again; so is what a refresh found out of order."""
        return DiffResult(changes=bool(changed(INPUTS, olds, news)) or olds.get("available") is False, replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Waits."""
        return CreateResult(props["object"]["kind"], _wait(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Waits again."""
        return UpdateResult(_wait(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Whether it still holds."""
        from clients.cluster import operators
        from lab import readiness

        with ACCESS.cluster() as cluster:
            holds = isinstance(operators.judge(cluster, whole(props["object"])), readiness.Ready)
        return ReadResult(id_, {**_outs(props), "available": holds})


class OperatorRollout(Resource, module="cnvlab", name="OperatorRollout"):
    """Ready when the operator's own object says that all is available."""

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        object_: dict[str, Any],
        version: pulumi.Input[str],
        nodes: pulumi.Input[list[str]],
        timeout_minutes: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``nodes`` are the hypervisors that its workloads run on, where it waits for them."""
        inputs = {"object": object_, "version": version, "nodes": nodes, "timeoutMinutes": timeout_minutes}
        super().__init__(OperatorRolloutProvider(), name, inputs, opts)


def _wait(props: dict[str, Any]) -> dict[str, Any]:
    from clients.cluster import operators
    from clients.cluster.waiting import Patience, wait_for

    own = whole(props["object"])
    with ACCESS.cluster() as cluster:
        wait_for(lambda: operators.judge(cluster, own), Patience(minutes=props["timeoutMinutes"], report=say))
    return _outs(props)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {**{key: whole(props[key]) for key in INPUTS}, "available": True}
