"""The post's chapter "Configuring OpenShift Virtualization Networking": from the trunk NIC to a bridge for each VLAN.

A policy's deletion leaves the bridges on the nodes: what takes them off stands between the policy and its rollout.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from clients import credentials
from clients.cluster import node_network
from clients.cluster import session as cluster_session
from clients.cluster.waiting import Patience
from components import config
from components.dynamic.policy_revert import PolicyRevert
from components.dynamic.policy_rollout import PolicyRollout
from components.dynamic.values import say
from components.manifests import as_resource, uid


@dataclass(frozen=True, kw_only=True)
class NodeNetworkArgs:
    """``nodes`` are the hypervisors that the policy will be in force on; ``after`` makes them.

    ``taken_back``: an earlier destroy has reverted the live policy.
    """

    policy: dict[str, Any]
    nic: str
    taken_back: bool
    nodes: pulumi.Input[list[str]]
    timeout_minutes: int
    revert_on_destroy: str
    after: Sequence[pulumi.Resource]


class NodeNetwork(pulumi.ComponentResource):
    """The policy, what takes it back, and the wait until every hypervisor has it."""

    policy: CustomResource
    revert: PolicyRevert
    rollout: PolicyRollout

    def __init__(self, name: str, args: NodeNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:NodeNetwork", name, None, opts)
        # Before a replace's new policy: two policies for one NIC would undo each other.
        self.policy = CustomResource(
            name,
            **as_resource(args.policy),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                delete_before_replace=True,
                hooks=pulumi.ResourceHookBinding(on_error=[_try_again_when_settled(name, args)]),
            ),
        )
        self.revert = PolicyRevert(
            f"{name}-revert",
            policy=args.policy,
            uid=uid(self.policy),
            nic=args.nic,
            timeout_minutes=args.timeout_minutes,
            revert_on_destroy=args.revert_on_destroy,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.policy]),
        )
        self.rollout = PolicyRollout(
            f"{name}-rollout",
            policy=args.policy,
            uid=uid(self.policy),
            taken_back=args.taken_back,
            nodes=args.nodes,
            timeout_minutes=args.timeout_minutes,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.revert]),
        )
        self.register_outputs({})


def _try_again_when_settled(name: str, args: NodeNetworkArgs) -> pulumi.ErrorHook:
    """A change that the policy's admission refuses, for nodes are still being configured, is made when they are done.

    A node that has just joined is one: it is configured while the same `up` goes on to the policy.
    """
    access = credentials.cluster(config.value, os.environ)
    patience = Patience(minutes=args.timeout_minutes, report=say)

    def wait() -> None:
        with cluster_session.connect(access) as cluster:
            node_network.wait_until_changeable(cluster, args.policy["metadata"]["name"], patience)

    async def try_again(failed: pulumi.ErrorHookArgs) -> bool:
        if failed.failed_operation != "update" or node_network.IN_PROGRESS not in failed.errors[0]:
            return False
        await asyncio.to_thread(wait)
        return True

    return pulumi.ErrorHook(f"{name}-in-progress", try_again)
