"""What a vCenter's administrator does."""

from __future__ import annotations

import json
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Annotated, Any

import typer
from pyVmomi import vim

from lab import ranges, trunk
from sandbox import inventory
from sandbox.command_line import Name, running
from sandbox.errors import Refusal
from sandbox.ports import LOOPBACK

GroupName = Annotated[str, typer.Argument(metavar="NAME", help="The port group's name.")]
Vlans = Annotated[str, typer.Option(help="What it carries, such as 1925-1928,1930; what it has, or all, if unset.")]
Promiscuous = Annotated[bool, typer.Option("--promiscuous", help="Every frame of its VLANs goes to every card on it.")]
Learning = Annotated[bool, typer.Option("--mac-learning", help="It learns the addresses behind its cards.")]
Nsx = Annotated[bool, typer.Option("--nsx", help="It is a segment of NSX.")]
HostName = Annotated[str, typer.Argument(metavar="NAME", help="The new host's name.")]
Host = Annotated[str, typer.Argument(metavar="HOST", help="The host's name.")]


class Feature(StrEnum):
    """What a host's CPU can do for its VMs; the values are the API's names."""

    NESTING = "nestedHVSupported"
    COUNTERS = "vPMCSupported"
    IOMMU = "vvtdSupported"


Lacks = Annotated[list[Feature], typer.Option(help="What it cannot do; more than once for more; nothing if unset.")]


def add_host(host: HostName = "goat-3.lab.bewley.net", name: Name = "lab") -> None:
    """Add an ESXi host to the cluster, with the datastore and the machine network, without the trunk."""
    instance = running(name)
    with inventory.session(instance, instance.load()) as content:
        (cluster,) = [
            found for found in inventory.all_of(content, vim.ClusterComputeResource) if found.name == inventory.CLUSTER
        ]
        inventory.add_host(cluster, host, instance.data / "datastore")
    print(f"{host} is in cluster {inventory.CLUSTER}")


def host_cpu(host: Host, *, lacks: Lacks = [], name: Name = "lab") -> None:  # noqa: B006, typer's way
    """Have an ESXi host's CPU do less for its VMs, as where its firmware has virtualization off; or all again."""
    connection = HTTPConnection(LOOPBACK, running(name).load().ports["vcenter-faults"], timeout=10)
    connection.request("POST", "/hosts", json.dumps({"Host": host, "Lacks": lacks}))
    answer = connection.getresponse()
    said = answer.read().decode().strip()
    connection.close()
    if answer.status != HTTPStatus.OK:
        raise Refusal(f"vCenter: {said}")
    print(f"{host} lacks {', '.join(lacks) or 'nothing'}")


def port_group(  # noqa: PLR0913, the command line's options
    group: GroupName,
    vlans: Vlans = "",
    *,
    promiscuous: Promiscuous = False,
    mac_learning: Learning = False,
    nsx: Nsx = False,
    name: Name = "lab",
) -> None:
    """Make a port group on the distributed switch by hand, or change the one of this name.

    With neither option it lets nothing of nested VMs through, as one that is new.
    """
    instance = running(name)
    with inventory.session(instance, instance.load()) as content:
        there = {item.name: item for item in inventory.trunks(content)}.get(group)
        switch = vim.dvs.VmwareDistributedVirtualSwitch
        opened = promiscuous or mac_learning
        policy = switch.MacManagementPolicy(
            allowPromiscuous=promiscuous,
            forgedTransmits=opened,
            macChanges=opened,
            macLearningPolicy=switch.MacLearningPolicy(enabled=mac_learning),
        )
        ports = switch.VmwarePortConfigPolicy(macManagementPolicy=policy)
        if vlans or there is None:
            carried = ranges.parse(vlans) or trunk.ALL
            ports.vlan = switch.TrunkVlanSpec(vlanId=[vim.NumericRange(start=ids[0], end=ids[1]) for ids in carried])
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(defaultPortConfig=ports)
        if there is not None:
            spec.configVersion = there.config.configVersion
            inventory.result(there.ReconfigureDVPortgroup_Task(spec))
        else:
            spec.name, spec.type, spec.numPorts = group, "earlyBinding", 8
            spec.backingType = "nsx" if nsx else "standard"
            inventory.result(_switch(content).CreateDVPortgroup_Task(spec))
    print(f"port group {group} is on {inventory.DISTRIBUTED_SWITCH}")


def _switch(content: Any) -> Any:
    found = inventory.all_of(content, vim.DistributedVirtualSwitch)
    return next(item for item in found if item.name == inventory.DISTRIBUTED_SWITCH)
