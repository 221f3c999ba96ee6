"""The two operators that the chain stands on, where the stack file has the stack install them.

The order, and why it is no ring. KubeVirt tells of a node's /dev/kvm only when HyperConverged is there, and
HyperConverged is available only when KubeVirt's virt-handler runs on some node of its placement. So OpenShift
Virtualization is installed and told what to do first, hypervisors are waited for next, and HyperConverged's conditions
last. NMState's handlers run on every node: it waits for nobody, and the policy waits for it.

Not here: the operators of mode expect, which preflight looks at (clients/checks/operators.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.dynamic.operator import Operator
from components.dynamic.operator_rollout import OperatorRollout
from components.dynamic.operators_guard import OperatorsGuard
from lab.manifests.operators import NMSTATE, VIRTUALIZATION


@dataclass(frozen=True, kw_only=True)
class OperatorsArgs:
    """``objects`` are each operator's, of lab/manifests/operators.py."""

    objects: Mapping[str, Sequence[dict[str, Any]]]
    remove_on_destroy: bool
    timeout_minutes: int


class Operators(pulumi.ComponentResource):
    """NMState (where it has an operator of its own) and OpenShift Virtualization."""

    installed: Mapping[str, Operator]
    nmstate: OperatorRollout | None
    virtualization: OperatorRollout | None = None

    def __init__(self, name: str, args: OperatorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:Operators", name, None, opts)
        self._args = args
        self.installed = {
            operator: Operator(
                operator,
                operator=operator,
                objects=objects,
                remove_on_destroy=args.remove_on_destroy,
                timeout_minutes=args.timeout_minutes,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for operator, objects in args.objects.items()
        }
        self.nmstate = self._rollout(NMSTATE, []) if NMSTATE in self.installed else None
        self.register_outputs({})

    def wait_for_virtualization(self, nodes: pulumi.Input[list[str]]) -> None:
        """OpenShift Virtualization is up when it runs on hypervisors: ``nodes``, as their rollout tells them."""
        self.virtualization = self._rollout(VIRTUALIZATION, nodes)

    @property
    def handlers(self) -> Sequence[pulumi.Resource]:
        """What brings nmstate's handlers to the nodes: OpenShift Virtualization, where NMState has no operator."""
        rollout = self.nmstate or self.virtualization
        return [rollout] if rollout else []

    def guard(self, policy: str, after: Sequence[pulumi.Resource]) -> OperatorsGuard:
        """What a destroy asks before anything goes: ``after`` are the ends of the chain."""
        rollouts = [rollout for rollout in (self.nmstate, self.virtualization) if rollout is not None]
        options = pulumi.ResourceOptions(parent=self, depends_on=[*after, *rollouts])
        return OperatorsGuard(
            "operators-guard", policy=policy, remove_on_destroy=self._args.remove_on_destroy, opts=options
        )

    def _rollout(self, operator: str, nodes: pulumi.Input[list[str]]) -> OperatorRollout:
        installed = self.installed[operator]
        return OperatorRollout(
            f"{operator}-rollout",
            object_=self._args.objects[operator][-1],
            version=installed.version,
            nodes=nodes,
            timeout_minutes=self._args.timeout_minutes,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[installed]),
        )
