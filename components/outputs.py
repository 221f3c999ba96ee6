"""What `pulumi stack output` tells of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from lab import names
from lab.manifests.bridging import DESIGNS
from lab.manifests.network_attachments import usable, vm_network

if TYPE_CHECKING:
    from components.cnv_template import CnvTemplate
    from components.hypervisors import Hypervisors
    from lab.plan import Lab


def outputs(lab: Lab, template: CnvTemplate, hypervisors: Hypervisors) -> dict[str, Any]:
    """By name; ``vmNetworks`` is what goes into a VirtualMachine's ``spec.template.spec``, ready to paste."""
    return {
        "portGroup": lab.port_group,
        "template": template.template.path,
        "machineSet": f"{names.MACHINE_API_NAMESPACE}/{lab.machine_set}",
        "nodes": hypervisors.rollout.nodes,
        "staleMachines": hypervisors.rollout.stale,
        "policy": lab.policy,
        "bridges": {str(vlan): DESIGNS[lab.bridging].bridge(vlan) for vlan in lab.vlan_ids},
        "networkAttachments": [*dict.fromkeys(f"{place}/{name}" for _, name, place in usable(lab))],
        "vmNetworks": {
            f"{namespace}/{name}": yaml.safe_dump(vm_network(name, place), sort_keys=False)
            for namespace, name, place in usable(lab)
        },
    }


def export(values: dict[str, Any]) -> None:
    """Hands them to Pulumi."""
    for name, value in values.items():
        pulumi.export(name, value)
