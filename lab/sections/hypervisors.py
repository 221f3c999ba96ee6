"""What the hypervisors are made from, and how many there are: trunk, template, MachineSet."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lab import names
from lab.sections.base import Section, Text, dns_label, inventory_name, one_of, refuse


class Switch(Section):
    """The virtual switch that the trunk port group is added to."""

    kind: Annotated[Literal["standard", "distributed"], one_of("standard", "distributed")] = "standard"
    # A host's first standard switch is vSwitch0 wherever nobody renamed it; distributed ones have no such name.
    name: Text | None = None


class Trunk(Section):
    """The port group that carries every VLAN to the hypervisors' second NIC."""

    port_group: Annotated[str, inventory_name("a port group's name")] = "Trunk"
    switch: Switch = Switch()
    # Of a distributed port group; a standard one has no choice (lab/agreement.py).
    vlans: Annotated[Literal["configured", "all"] | None, one_of("configured", "all")] = None
    security: Annotated[Literal["macLearning", "promiscuous"] | None, one_of("macLearning", "promiscuous")] = None
    ownership: Annotated[Literal["manage", "existing"], one_of("manage", "existing")] = "manage"


class Template(Section):
    """The -cnv template; only nested virtualization is needed for /dev/kvm, the rest is the post's lab."""

    source: Text | None = None
    name: Annotated[str, inventory_name("a template's name")] | None = None
    nested_virtualization: bool = True
    performance_counters: bool = False
    iommu: bool = False
    trunk_nic: bool = False
    # No default: from 4.21 on either answer has a price that the cluster's owner should know (lab/releases.py).
    boot_images: Annotated[Literal["leave", "optOut"] | None, one_of("leave", "optOut")] = None
    follow_source: bool = True


# Kubernetes' own rules for labels (apimachinery, pkg/util/validation).
_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LABEL_KEY = re.compile(rf"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?{_LABEL_NAME}\Z")
LABEL_VALUE = re.compile(rf"^({_LABEL_NAME})?\Z")


def _labels(value: dict[str, str]) -> dict[str, str]:
    if not value:
        raise refuse("without a label every node would be a hypervisor", "Write the label of the nodes that are to be")
    for key, item in value.items():
        if not LABEL_KEY.match(key) or not LABEL_VALUE.match(item):
            raise refuse(
                f"Kubernetes takes no such label: {key}: {item}", "Write it as oc get nodes --show-labels does"
            )
    return value


class Existing(Section):
    """Nodes that are there already, and that somebody else looks after."""

    node_selector: Annotated[dict[str, str], AfterValidator(_labels)]


class Hypervisors(Section):
    """The MachineSet of nodes that run virtual machines; or the nodes, where there are any."""

    existing: Existing | None = None

    name: Annotated[str, dns_label(names.MACHINE_SET_NAME_MAX, "a MachineSet's name")] | None = None
    replicas: Annotated[int, Field(ge=0)] = 1
    cpus: Annotated[int, Field(ge=1)] | None = None
    cores_per_socket: Annotated[int, Field(ge=1)] | None = None
    memory_mib: Annotated[int | None, Field(ge=1, alias="memoryMiB")] = None
    disk_gib: Annotated[int | None, Field(ge=1, alias="diskGiB")] = None
    timeout_minutes: Annotated[int, Field(ge=1)] = 45
    anti_affinity: bool = False
