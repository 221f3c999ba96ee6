"""The post's end: a virtual machine on a VLAN.

Not here: waiting until it answers. Whether a frame arrives is for the switches to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.manifests import as_resource


@dataclass(frozen=True, kw_only=True)
class ExampleVmArgs:
    """``after``: the network that it plugs into, and the guards that must not meet it when they are asked."""

    vm: dict[str, Any]
    after: Sequence[pulumi.Resource]


class ExampleVm(pulumi.ComponentResource):
    """Goes before all else: it is nobody's but the stack's."""

    vm: CustomResource

    def __init__(self, name: str, args: ExampleVmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:ExampleVm", name, None, opts)
        self.vm = CustomResource(
            name,
            **as_resource(args.vm),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                # A VM that runs takes up a change at its next start only, and there is nothing in it to keep.
                replace_on_changes=["spec"],
                delete_before_replace=True,
            ),
        )
        self.register_outputs({})
