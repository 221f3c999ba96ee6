"""Stands beside the MachineSet until its Machines run as hypervisors. hypervisor_drain.py takes them down.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from components.dynamic.plain_errors import RefusedError
from components.dynamic.values import changed, say, whole
from lab import names

if TYPE_CHECKING:
    from clients.cluster.hypervisors import Hypervisors
    from lab.readiness import Origin


class HypervisorRolloutProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another MachineSet is another rollout; a changed one is rolled out again, as one that a destroy took down."""
        replaces = changed(("machineSet", "uid"), olds, news)
        changes = changed(("spec", "timeoutMinutes"), olds, news)
        return DiffResult(changes=bool(replaces or changes or news.get("takenDown")), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Waits for the hypervisors."""
        return CreateResult(props["machineSet"], _bring_up(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Waits for them again."""
        return UpdateResult(_bring_up(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """A rollout that no longer holds reads as gone, so that the next `up` waits for it again."""
        from clients.cluster import hypervisors
        from clients.cluster.kinds import MACHINE_SET
        from lab import readiness

        with ACCESS.cluster() as cluster:
            machine_set = cluster.get(MACHINE_SET, props["machineSet"], names.MACHINE_API_NAMESPACE)
            if machine_set is None or machine_set["metadata"]["uid"] != props["uid"]:
                return ReadResult("", {})
            if not isinstance(hypervisors.judge(cluster, props["machineSet"], machine_set), readiness.Ready):
                return ReadResult("", {})
            # Scaled by hand meanwhile: the `up` that scales it back must wait for that, too.
            live = int(machine_set["spec"].get("replicas", 1))
            stands_for = {**props, "spec": {**whole(props["spec"]), "replicas": live}}
            return ReadResult(id_, _outs(stands_for, hypervisors.survey(cluster, machine_set)))


class HypervisorRollout(Resource, module="cnvlab", name="HypervisorRollout"):
    """Ready when every Machine of the MachineSet is a Ready node with KVM."""

    nodes: pulumi.Output[list[str]]
    stale: pulumi.Output[list[str]]

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        machine_set: dict[str, Any],
        uid: pulumi.Input[str],
        taken_down: bool,
        timeout_minutes: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``uid`` is the live object's: what is made anew under the same name is waited for anew.

        ``taken_down`` is no property of the rollout, but a reason to roll out again; it is in no output.
        """
        inputs = {
            "machineSet": machine_set["metadata"]["name"],
            "spec": machine_set["spec"],
            "uid": uid,
            **({"takenDown": True} if taken_down else {}),
            "timeoutMinutes": timeout_minutes,
        }
        super().__init__(HypervisorRolloutProvider(), name, {**inputs, "nodes": None, "stale": None}, opts)


def _bring_up(props: dict[str, Any]) -> dict[str, Any]:
    from clients.cluster import hypervisors
    from clients.cluster.waiting import Patience

    patience = Patience(minutes=props["timeoutMinutes"], report=say)
    with ACCESS.cluster() as cluster:
        found = hypervisors.bring_up(cluster, props["machineSet"], patience, _ask_vcenter)
    for note in found.notes:
        say(note)
    if found.stale:
        say(
            f"{', '.join(found.stale)} still {'has' if len(found.stale) == 1 else 'have'} the old size or template: "
            "a change reaches new Machines only. Delete them one by one, and the MachineSet makes new ones: "
            f"oc delete machine -n {names.MACHINE_API_NAMESPACE} {found.stale[0]}"
        )
    return _outs(props, found)


def _ask_vcenter(machine: dict[str, Any]) -> Origin | None:
    from clients.vcenter import nesting

    try:
        with ACCESS.vcenter(machine["spec"]["providerSpec"]["value"]["workspace"]["server"]) as vcenter:
            return nesting.origin(vcenter, machine)
    except RefusedError as error:
        say(f"why Machine {machine['metadata']['name']} has no KVM, vCenter cannot be asked: {error}")
        return None


def _outs(props: dict[str, Any], found: Hypervisors) -> dict[str, Any]:
    inputs = {key: whole(props[key]) for key in ("machineSet", "spec", "uid", "timeoutMinutes")}
    return {**inputs, "nodes": list(found.nodes), "stale": list(found.stale)}
