"""The post's chapter "Adding a PortGroup to vSwitch", on a distributed switch: one port group for all hosts.

Not here: what of it changes in its life (components/dynamic/port_group_settings.py), and the physical switch's trunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_vsphere as vsphere

from components.dynamic.port_group_settings import PortGroupSettings
from lab import marker
from lab.ranges import Range
from lab.trunk import Security

# The provider makes the port group and deletes it. Any change it would make by its own record of the port group, which
# is old as soon as anybody else has written to it: vCenter refuses that (ConcurrentAccess), or what the record has of
# forged transmits is written back. The uplinks, which are left to the switch, show as a change after every refresh.
# Nor is the description of one that another version made written anew.
NEVER_CHANGED = ["vlanRanges", "activeUplinks", "standbyUplinks", "description"]


@dataclass(frozen=True, kw_only=True)
class DistributedPortGroupArgs:
    """``name`` as the MachineSet will look it up: exact, case counts. ``switch`` is the switch's uuid.

    ``server`` is the vCenter that the worker MachineSet names, for where nothing else does. ``stack`` is whose it is.
    """

    name: str
    stack: str
    switch: str
    server: str
    ranges: Sequence[Range]
    security: Security


class DistributedPortGroup(pulumi.ComponentResource):
    """The port group, and what it carries and lets through; ``resources`` are both, for what waits for them."""

    resources: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: DistributedPortGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:vsphere:DistributedPortGroup", name, None, opts)
        group = vsphere.DistributedPortGroup(
            f"{name}-port-group",
            name=args.name,
            description=marker.of_port_group(args.stack),
            distributed_virtual_switch_uuid=args.switch,
            vlan_ranges=[{"min_vlan": first, "max_vlan": last} for first, last in args.ranges],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=NEVER_CHANGED, replace_on_changes=["name"]),
        )
        settings = PortGroupSettings(
            f"{name}-settings",
            port_group=group.id,
            server=args.server,
            ranges=args.ranges,
            security=args.security,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.resources = [group, settings]
        self.register_outputs({"name": args.name})
