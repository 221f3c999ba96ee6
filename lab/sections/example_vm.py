"""A virtual machine to see the network with: on one VLAN, in one namespace."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from lab import names
from lab.sections.base import Section, Text, VlanId, dns_label, refuse


def _address(value: str) -> str:
    if value == names.DHCP:
        return value
    try:
        found = ipaddress.ip_interface(value)
    except ValueError:
        found = None
    if found is None or "/" not in value or found.ip == found.network.network_address:
        raise refuse("this is no address of a machine with its network", "Write one such as 192.168.28.10/24, or dhcp")
    return value


def _gateway(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise refuse("this is no address", "Write one such as 192.168.28.1") from None


class ExampleVm(Section):
    """Made where the section stands; its disk is in its image, and goes with it."""

    vlan: VlanId
    namespace: Text
    name: Annotated[str, dns_label(names.LABEL_VALUE_MAX, "a VM's name")] = "example"
    address: Annotated[str, AfterValidator(_address)] = names.DHCP
    gateway: Annotated[str, AfterValidator(_gateway)] | None = None
    image: Text = "quay.io/containerdisks/fedora:latest"
    memory_mib: Annotated[int, Field(ge=1, alias="memoryMiB")] = 2048
    ssh_key: Text | None = None
