"""The post's chapter "Creating a Machineset for Hypervisors".

Not here: what happens to Machines that exist when the size or template changes. They keep what they have; the rollout
names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.dynamic.anti_affinity import AntiAffinity, AntiAffinityArgs
from components.dynamic.hypervisor_drain import HypervisorDrain
from components.dynamic.hypervisor_rollout import HypervisorRollout
from components.manifests import as_resource, uid

# Minutes that the deletion may take on top of the rollout's own: by then the MachineSet has no Machines.
DELETE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class HypervisorsArgs:
    """``after``: the template and the port groups that the Machines are made from.

    ``taken_down``: an earlier destroy has scaled the live MachineSet to 0. ``kvm_from``: what gives their nodes KVM.
    ``apart``: how vCenter is told to keep them on different hosts, if it is.
    """

    machine_set: dict[str, Any]
    taken_down: bool
    timeout_minutes: int
    after: Sequence[pulumi.Resource]
    kvm_from: Sequence[pulumi.Resource] = ()
    apart: AntiAffinityArgs | None = None


class Hypervisors(pulumi.ComponentResource):
    """A MachineSet, the wait until its Machines are nodes with KVM, and the wait until they are gone."""

    machine_set: CustomResource
    drain: HypervisorDrain
    rollout: HypervisorRollout

    def __init__(self, name: str, args: HypervisorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:Hypervisors", name, None, opts)
        self.machine_set = CustomResource(
            name,
            **as_resource(args.machine_set),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{DELETE_MINUTES}m"),
            ),
        )
        self.drain = HypervisorDrain(
            f"{name}-drain",
            machine_set=args.machine_set["metadata"]["name"],
            uid=uid(self.machine_set),
            timeout_minutes=args.timeout_minutes,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.machine_set]),
        )
        self.rollout = HypervisorRollout(
            f"{name}-rollout",
            machine_set=args.machine_set,
            uid=uid(self.machine_set),
            taken_down=args.taken_down,
            timeout_minutes=args.timeout_minutes,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.drain, *args.kvm_from]),
        )
        if args.apart is not None:
            options = pulumi.ResourceOptions(parent=self, depends_on=[self.rollout])
            AntiAffinity(f"{name}-apart", args.apart, self.rollout.nodes, options)
        self.register_outputs({"nodes": self.rollout.nodes})
