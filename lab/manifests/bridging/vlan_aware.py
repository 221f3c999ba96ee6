"""One Linux bridge that filters VLANs: its port is the NIC, as a trunk of just the configured ones.

Three interfaces' work in one, however many VLANs there are. The tag is put on where a VM plugs in, by the ``vlan`` of
its attachment. A VLAN that leaves the list is cut off by leaving the port's tags: nothing stays behind to be absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names, ranges, releases
from lab.manifests.cni import BridgeConfig, BridgeType, TrunkRange
from lab.manifests.interfaces import NO_ADDRESS, State, with_mtu
from lab.parts import Kind, Part

if TYPE_CHECKING:
    from collections.abc import Collection

    from lab.plan import Lab
    from lab.sections import GuestTrunk, Vlan


def bridges(vlans: Collection[int]) -> list[str]:
    """The one, where there is any VLAN to carry: nmstate takes no trunk without tags."""
    return [names.TRUNK_BRIDGE] if vlans else []


def bridge(_vlan: int) -> str:
    """The same for all."""
    return names.TRUNK_BRIDGE


def owns(name: str) -> bool:
    """Whether a bridge of this name is of this design."""
    return name == names.TRUNK_BRIDGE


def vlan_of(_name: str) -> None:
    """The bridge is all VLANs'."""


def way(_nic: str, name: str) -> tuple[Part, ...]:
    """The NIC is the bridge's port."""
    return (Part(kind=Kind.BRIDGE, name=name, details=("filters VLANs",)),)


def up(lab: Lab) -> State:
    """The bridge with its trunk port.

    Without ``vlan-default-pvid: 0`` VLAN 1 is untagged on every port. And NetworkManager before 1.46, when the policy
    is applied again, puts each VM's port back to that VLAN: all VMs of all VLANs in one (seen with 1.42.4; fixed by
    NetworkManager f990f9b4e4).
    """
    if not lab.vlan_ids:
        return {"interfaces": []}
    options: dict[str, Any] = {"stp": {"enabled": False}}
    if releases.of(lab.release).default_pvid:
        options["vlan-default-pvid"] = 0
    trunk = {"mode": "trunk", "trunk-tags": [_tag(first, last) for first, last in ranges.merged(lab.vlan_ids)]}
    return {
        "interfaces": [
            {
                "name": names.TRUNK_BRIDGE,
                "type": "linux-bridge",
                "state": "up",
                **with_mtu(lab.mtu),
                **NO_ADDRESS,
                "bridge": {"options": options, "port": [{"name": lab.nic, "vlan": trunk}]},
            }
        ]
    }


def _tag(first: int, last: int) -> dict[str, Any]:
    return {"id": first} if first == last else {"id-range": {"min": first, "max": last}}


def absent(_nic: str, name: str) -> State:
    """The bridge alone: the NIC was its port, and stays."""
    return {"interfaces": [{"name": name, "type": "linux-bridge", "state": "absent"}]}


def plug(lab: Lab, vlan: Vlan, namespace: str) -> BridgeConfig:  # noqa: ARG001  as the other designs have it
    """The ``vlan`` is what puts a VM into its VLAN; without it the VM would be in none."""
    return BridgeConfig(
        name=names.attachment(vlan.id),
        type=BridgeType(releases.of(lab.release).bridge_plugin),
        bridge=names.TRUNK_BRIDGE,
        vlan=vlan.id,
        mtu=lab.mtu,
        macspoofchk=lab.macspoofchk,
    )


def trunk(lab: Lab, guest: GuestTrunk) -> BridgeConfig:
    """The tags as they are, for a VM that handles them itself."""
    return BridgeConfig(
        name=names.guest_trunk(guest.name),
        type=BridgeType(releases.of(lab.release).bridge_plugin),
        bridge=names.TRUNK_BRIDGE,
        vlan_trunk=tuple(
            TrunkRange(id=first) if first == last else TrunkRange(min_id=first, max_id=last)
            for first, last in ranges.merged(guest.ids or lab.vlan_ids)
        ),
        mtu=lab.mtu,
        macspoofchk=lab.macspoofchk,
    )


def resource(_vlan: int) -> str | None:
    """What bridge-marker counts on the nodes that have the bridge."""
    return f"{names.BRIDGE_RESOURCE_PREFIX}{names.TRUNK_BRIDGE}"
