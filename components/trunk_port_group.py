"""The post's chapter "Adding a PortGroup to vSwitch".

Not here: the physical switch's trunk, which must carry the same VLANs to every host's uplink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_vsphere as vsphere

from clients.vcenter.inventory import Host
from lab import names


@dataclass(frozen=True, kw_only=True)
class TrunkPortGroupArgs:
    """``name`` as the MachineSet will look it up: exact, case counts. ``hosts``: all, a VM may land on any."""

    name: str
    switch: str
    hosts: Sequence[Host]


class TrunkPortGroup(pulumi.ComponentResource):
    """One port group that carries every VLAN to the hypervisors' second NIC, on every host's standard switch.

    A standard switch cannot learn MAC addresses: only promiscuous mode brings the nested VMs' frames to the NIC
    (KB 1002934), and their source addresses are none of the node's, hence forged transmits.
    """

    port_groups: Sequence[vsphere.HostPortGroup]

    def __init__(self, name: str, args: TrunkPortGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:vsphere:TrunkPortGroup", name, None, opts)
        self.port_groups = [
            vsphere.HostPortGroup(
                f"{name}-{host.name}",
                name=args.name,
                host_system_id=host.moid,
                virtual_switch_name=args.switch,
                vlan_id=names.STANDARD_TRUNK_VLAN_ID,
                allow_promiscuous=True,
                allow_forged_transmits=True,
                allow_mac_changes=True,
                # A host takes one port group of a name.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            for host in args.hosts
        ]
        self.register_outputs({"name": args.name, "hosts": [host.name for host in args.hosts]})
