"""Keeps operators that somebody uses from being removed with the stack: asked before anything else goes.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.dynamic.access import ACCESS
from components.dynamic.values import changed

INPUTS = ("policy", "removeOnDestroy")


class OperatorsGuardProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Never a replace: that would be a deletion, and so a question for no reason."""
        return DiffResult(changes=bool(changed(INPUTS, olds, news)), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: the guard acts when it is deleted."""
        return CreateResult("operators", _outs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Nothing to do but to remember what a destroy needs."""
        return UpdateResult(_outs(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Refuses where the operators are to go, and somebody needs them."""
        from clients.cluster import operators

        if props["removeOnDestroy"]:
            with ACCESS.cluster() as cluster:
                operators.refuse_while_in_use(cluster, [props["policy"]])


class OperatorsGuard(Resource, module="cnvlab", name="OperatorsGuard"):
    """Depends on all that the stack makes with the operators, and so goes before it."""

    def __init__(self, name: str, *, policy: str, remove_on_destroy: bool, opts: ResourceOptions | None = None) -> None:
        """``policy`` is the stack's own, which is no use by somebody."""
        super().__init__(OperatorsGuardProvider(), name, {"policy": policy, "removeOnDestroy": remove_on_destroy}, opts)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in INPUTS}
