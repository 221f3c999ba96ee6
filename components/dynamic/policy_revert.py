"""Takes back from the nodes what a policy put there before the policy goes.

Not the rollout's work: a rollout that failed is not in Pulumi's state, and its policy may be in force on some nodes.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.dynamic.access import ACCESS
from components.dynamic.values import changed, say, whole

# What the state keeps: a destroy has nothing else.
INPUTS = ("policy", "uid", "nic", "spec", "timeoutMinutes", "revertOnDestroy")


class PolicyRevertProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another policy is taken back before the next one is rolled out: both would own the same NIC.

        So is another NIC's: the old one would keep its VLAN interfaces.
        """
        replaces = changed(("policy", "uid", "nic"), olds, news)
        changes = changed(("spec", "timeoutMinutes", "revertOnDestroy"), olds, news)
        return DiffResult(changes=bool(replaces or changes), replaces=replaces, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: it acts when it is deleted."""
        return CreateResult(props["policy"], _outs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Brings into the state what a destroy takes from it."""
        return UpdateResult(_outs(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Takes the bridges off the nodes: the policy's own deletion would leave them."""
        from clients.cluster import node_network
        from clients.cluster.waiting import Patience

        patience = Patience(minutes=props["timeoutMinutes"], report=say, command="destroy")
        rollout = node_network.Rollout(
            policy=props["policy"],
            uid=props["uid"],
            nic=props["nic"],
            spec=whole(props["spec"]),
            revert=props["revertOnDestroy"],
        )
        with ACCESS.cluster() as cluster:
            node_network.take_back(cluster, rollout, patience)


class PolicyRevert(Resource, module="cnvlab", name="PolicyRevert"):
    """Depends on the policy, and so goes before it."""

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        policy: dict[str, Any],
        uid: pulumi.Input[str],
        nic: str,
        timeout_minutes: int,
        revert_on_destroy: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``uid`` is the live object's: one made anew under the same name is left alone."""
        inputs = {
            "policy": policy["metadata"]["name"],
            "uid": uid,
            "nic": nic,
            "spec": policy["spec"],
            "timeoutMinutes": timeout_minutes,
            "revertOnDestroy": revert_on_destroy,
        }
        super().__init__(PolicyRevertProvider(), name, inputs, opts)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: whole(props[key]) for key in INPUTS}
