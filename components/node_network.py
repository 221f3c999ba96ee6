"""The post's chapter "Configuring OpenShift Virtualization Networking": from the trunk NIC to a bridge for each VLAN.

Not here: who takes the bridges off again. A policy's deletion does not; its rollout's does, and is the first to go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.dynamic.policy_rollout import PolicyRollout
from components.manifests import as_resource, uid


@dataclass(frozen=True, kw_only=True)
class NodeNetworkArgs:
    """``nodes`` are the hypervisors that the policy will be in force on; ``after`` makes them."""

    policy: dict[str, Any]
    nic: str
    nodes: pulumi.Input[list[str]]
    timeout_minutes: int
    after: Sequence[pulumi.Resource]


class NodeNetwork(pulumi.ComponentResource):
    """The policy, and the wait until every hypervisor has it."""

    policy: CustomResource
    rollout: PolicyRollout

    def __init__(self, name: str, args: NodeNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:NodeNetwork", name, None, opts)
        # Before a replace's new policy: two policies for one NIC would undo each other.
        self.policy = CustomResource(
            name,
            **as_resource(args.policy),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after), delete_before_replace=True),
        )
        self.rollout = PolicyRollout(
            f"{name}-rollout",
            policy=args.policy,
            uid=uid(self.policy),
            nic=args.nic,
            nodes=args.nodes,
            timeout_minutes=args.timeout_minutes,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.policy]),
        )
        self.register_outputs({})
