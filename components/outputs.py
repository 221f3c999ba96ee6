"""What `pulumi stack output` tells of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from lab import names
from lab.manifests.bridging import DESIGNS
from lab.manifests.network_attachments import usable, vm_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.wiring import Machines
    from lab.plan import Lab


def outputs(lab: Lab, machines: Machines | None, nodes: Sequence[str]) -> dict[str, Any]:
    """By name; ``vmNetworks`` is what goes into a VirtualMachine's ``spec.template.spec``, ready to paste.

    ``nodes`` are hypervisors that exist, where there are no ``machines``.
    """
    return {
        **(_of_machines(lab, machines) if machines else {"nodes": list(nodes)}),
        **({"exampleVm": f"{lab.example_vm.namespace}/{lab.example_vm.name}"} if lab.example_vm else {}),
        "policy": lab.policy,
        "bridges": {str(vlan): DESIGNS[lab.bridging].bridge(vlan) for vlan in lab.vlan_ids},
        "networkAttachments": [*dict.fromkeys(f"{place}/{name}" for _, name, place in usable(lab))],
        "vmNetworks": {
            f"{namespace}/{name}": yaml.safe_dump(vm_network(name, place), sort_keys=False)
            for namespace, name, place in usable(lab)
        },
    }


def _of_machines(lab: Lab, machines: Machines) -> dict[str, Any]:
    return {
        "portGroup": lab.port_group,
        "template": machines.template.template.path,
        "machineSet": f"{names.MACHINE_API_NAMESPACE}/{lab.machine_set}",
        "nodes": machines.hypervisors.rollout.nodes,
        "staleMachines": machines.hypervisors.rollout.stale,
    }


def export(values: dict[str, Any]) -> None:
    """Hands them to Pulumi."""
    for name, value in values.items():
        pulumi.export(name, value)
