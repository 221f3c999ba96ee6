"""What `pulumi stack output` tells of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from lab import names, ranges
from lab.manifests.bridging import DESIGNS
from lab.manifests.network_attachments import usable, vm_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.wiring import Machines
    from lab.plan import Lab


def outputs(lab: Lab, machines: Machines | None, nodes: Sequence[str]) -> dict[str, Any]:
    """By name, and short at a thousand VLANs too: each `up` prints them, and each step of a run writes them.

    ``vmNetwork`` is what goes into a VirtualMachine's ``spec.template.spec``, ready to paste for the first attachment;
    for another, its name goes there. ``nodes`` are hypervisors that exist, where there are no ``machines``.
    """
    attached = usable(lab)
    snippet = [yaml.safe_dump(vm_network(name, place), sort_keys=False) for _, name, place in attached[:1]]
    return {
        **(_of_machines(lab, machines) if machines else {"nodes": list(nodes)}),
        **({"exampleVm": f"{lab.example_vm.namespace}/{lab.example_vm.name}"} if lab.example_vm else {}),
        "policy": lab.policy,
        "bridges": _bridges(lab),
        "networkAttachments": [*dict.fromkeys(f"{place}/{name}" for _, name, place in attached)],
        **({"vmNetwork": snippet[0]} if snippet else {}),
    }


def _bridges(lab: Lab) -> dict[str, str]:
    """The VLANs of each bridge."""
    found: dict[str, list[int]] = {}
    for vlan in lab.vlan_ids:
        found.setdefault(DESIGNS[lab.bridging].bridge(vlan), []).append(vlan)
    return {bridge: ranges.told(ranges.merged(vlans)) for bridge, vlans in found.items()}


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
