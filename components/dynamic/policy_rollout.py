"""Stands beside the policy until its nodes have it. policy_revert.py takes back what it put there.

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

INPUTS = ("policy", "spec", "uid", "nodes", "timeoutMinutes")


class PolicyRolloutProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another policy is another rollout.

        What a refresh found out of force, or a destroy took back and did not delete, is brought into force again.
        """
        replaces = changed(("policy", "uid"), olds, news)
        changes = changed(("spec", "nodes", "timeoutMinutes"), olds, news)
        is_out = olds.get("inForce") is False or bool(news.get("takenBack"))
        return DiffResult(changes=bool(replaces or changes or is_out), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Waits until the policy is in force."""
        return CreateResult(props["policy"], _bring_into_force(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Waits for it again."""
        return UpdateResult(_bring_into_force(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Whether it still holds; the next `up` waits for one that doesn't."""
        from clients.cluster import node_network
        from clients.cluster.kinds import POLICY
        from lab import readiness

        spec = whole(props["spec"])
        with ACCESS.cluster() as cluster:
            live = cluster.get(POLICY, props["policy"])
            holds = (
                live is not None
                and live["metadata"]["uid"] == props["uid"]
                and live["spec"].get("desiredState") == spec["desiredState"]
                and isinstance(node_network.judge(cluster, props["policy"], spec["nodeSelector"]), readiness.Ready)
            )
        return ReadResult(id_, {**_outs(props), "inForce": holds})


class PolicyRollout(Resource, module="cnvlab", name="PolicyRollout"):
    """Ready when every Ready node that the policy selects has it."""

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        policy: dict[str, Any],
        uid: pulumi.Input[str],
        taken_back: bool,
        nodes: pulumi.Input[list[str]],
        timeout_minutes: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``nodes`` are the hypervisors: a new one is a reason to wait again.

        ``taken_back`` is no property of the rollout, but a reason to roll out again; it is in no output.
        """
        inputs = {
            "policy": policy["metadata"]["name"],
            "spec": policy["spec"],
            "uid": uid,
            **({"takenBack": True} if taken_back else {}),
            "nodes": nodes,
            "timeoutMinutes": timeout_minutes,
        }
        super().__init__(PolicyRolloutProvider(), name, inputs, opts)


def _bring_into_force(props: dict[str, Any]) -> dict[str, Any]:
    from clients.cluster import node_network
    from clients.cluster.waiting import Patience

    patience = Patience(minutes=props["timeoutMinutes"], report=say)
    wanted = {"metadata": {"name": props["policy"]}, "spec": whole(props["spec"])}
    with ACCESS.cluster() as cluster:
        node_network.bring_into_force(cluster, wanted, patience)
    return _outs(props)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {**{key: whole(props[key]) for key in INPUTS if key in props}, "inForce": True}
