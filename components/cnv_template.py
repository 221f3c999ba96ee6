"""The post's chapter "Customizing the OpenShift RHCOS Node Template".

Not here: how it is cloned and exchanged (clients/vcenter/template_swap.py); the provider has no word for a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from clients.vcenter.template import TemplateSpec
from components.dynamic.template import Template


@dataclass(frozen=True, kw_only=True)
class CnvTemplateArgs:
    """``condition``: how it was found; ``after``: the trunk port groups, which its second NIC may be on."""

    stack: str
    server: str
    spec: TemplateSpec
    condition: str
    after: Sequence[pulumi.Resource]


class CnvTemplate(pulumi.ComponentResource):
    """The copy of the installer's template in which a node can run virtual machines."""

    template: Template

    def __init__(self, name: str, args: CnvTemplateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:vsphere:CnvTemplate", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        self.template = Template(
            name, args.spec, condition=args.condition, stack=args.stack, server=args.server, opts=options
        )
        self.register_outputs({"path": self.template.path})
