"""Takes a MachineSet's Machines down before the MachineSet goes.

Not the rollout's work: a rollout that failed is not in Pulumi's state, and after a failure above all a destroy must
tell why a Machine does not go.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.dynamic.access import ACCESS
from components.dynamic.values import changed, say, whole

INPUTS = ("machineSet", "uid", "timeoutMinutes")


class HypervisorDrainProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another MachineSet needs another drain."""
        replaces = changed(("machineSet", "uid"), olds, news)
        return DiffResult(changes=bool(replaces or changed(("timeoutMinutes",), olds, news)), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: it acts when it is deleted."""
        return CreateResult(props["machineSet"], _outs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Brings the patience into the state, from which a destroy takes it."""
        return UpdateResult(_outs(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Scales to 0 and waits for the Machines: deleting the MachineSet is quick then."""
        from clients.cluster import hypervisors
        from clients.cluster.waiting import Patience

        patience = Patience(minutes=props["timeoutMinutes"], report=say, command="destroy")
        with ACCESS.cluster() as cluster:
            hypervisors.take_down(cluster, props["machineSet"], props["uid"], patience)


class HypervisorDrain(Resource, module="cnvlab", name="HypervisorDrain"):
    """Depends on the MachineSet, and so goes before it."""

    def __init__(
        self,
        name: str,
        *,
        machine_set: str,
        uid: pulumi.Input[str],
        timeout_minutes: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``uid`` is the live object's: one made anew under the same name is left alone."""
        inputs = {"machineSet": machine_set, "uid": uid, "timeoutMinutes": timeout_minutes}
        super().__init__(HypervisorDrainProvider(), name, inputs, opts)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: whole(props[key]) for key in INPUTS}
