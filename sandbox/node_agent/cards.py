"""The port groups of a VM's cards, as vCenter has them, in the terms of the model of vSphere's switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from lab.names import STANDARD_TRUNK_VLAN_ID
from sandbox.kernel.port_groups import ALL, PortGroup, Range

if TYPE_CHECKING:
    from collections.abc import Sequence

# A card whose port group is not there any more, or carries one VLAN, which the model can't tag: nothing passes.
NONE: tuple[Range, ...] = ()


def port_groups(devices: Sequence[Any], host: Any, networks: Sequence[Any]) -> list[PortGroup]:
    """In the order of the VM's devices, on the host where it runs."""
    standard = {group.spec.name: group for group in host.configManager.networkSystem.networkInfo.portgroup}
    distributed = {item.key: item for item in networks if isinstance(item, vim.dvs.DistributedVirtualPortgroup)}
    backings: list[Any] = [
        device.backing for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)
    ]
    return [
        _distributed(backing.port.portgroupKey, distributed)
        if hasattr(backing, "port")
        else _standard(str(backing.deviceName), standard)
        for backing in backings
    ]


def _standard(name: str, there: dict[str, Any]) -> PortGroup:
    """What the port group leaves unsaid is the switch's to say: here, as that of a new switch, no."""
    group = there.get(name)
    if group is None:
        return PortGroup(name=name, ranges=NONE)
    security = group.spec.policy.security if group.spec.policy else None
    return PortGroup(
        name=name,
        ranges={STANDARD_TRUNK_VLAN_ID: ALL, 0: ((0, 0),)}.get(group.spec.vlanId, NONE),
        promiscuous=bool(security and security.allowPromiscuous),
        forged_transmits=bool(security and security.forgedTransmits),
    )


def _distributed(key: str, there: dict[str, Any]) -> PortGroup:
    group = there.get(key)
    if group is None:
        return PortGroup(name=key, ranges=NONE)
    ports = group.config.defaultPortConfig
    policy, is_trunk = ports.macManagementPolicy, isinstance(ports.vlan.vlanId, list)
    learning = policy.macLearningPolicy if policy else None
    return PortGroup(
        name=str(group.name),
        ranges=tuple((int(ids.start), int(ids.end)) for ids in ports.vlan.vlanId) if is_trunk else NONE,
        promiscuous=bool(policy and policy.allowPromiscuous),
        forged_transmits=bool(policy and policy.forgedTransmits),
        mac_learning=bool(learning and learning.enabled),
    )
