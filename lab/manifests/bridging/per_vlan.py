"""The post's design: for each VLAN an interface on the NIC, which tags, and a bridge on that.

The only one that any CNI plugin of any release can do, and the dearest: two interfaces a VLAN, and nmstate's time
grows with their square.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab import names, releases
from lab.manifests.cni import BridgeConfig, BridgeType
from lab.manifests.interfaces import NO_ADDRESS, State, with_mtu
from lab.parts import Kind, Part

if TYPE_CHECKING:
    from collections.abc import Collection

    from lab.plan import Lab
    from lab.sections import Vlan


def bridges(vlans: Collection[int]) -> list[str]:
    """One for each VLAN."""
    return [bridge(vlan) for vlan in sorted(vlans)]


def bridge(vlan: int) -> str:
    """The VLAN's own."""
    return names.bridge(vlan)


def owns(name: str) -> bool:
    """Whether a bridge of this name is of this design."""
    return re.fullmatch(r"br-\d+", name) is not None


def vlan_of(name: str) -> int:
    """Every bridge is one VLAN's."""
    return names.vlan_of(name)


def way(nic: str, name: str) -> tuple[Part, ...]:
    """The VLAN interface tags, the bridge is untagged."""
    tagged = names.vlan_interface(nic, names.vlan_of(name))
    return Part(kind=Kind.VLAN_INTERFACE, name=tagged), Part(kind=Kind.BRIDGE, name=name)


def up(lab: Lab) -> State:
    """Each VLAN's interface and the bridge that VMs attach to, in the order of their ids.

    The port's empty ``vlan`` is load-bearing: where the key is missing, kubernetes-nmstate turns VLAN filtering on
    (pkg/bridge/bridge.go), and the bridge would drop the untagged frames that the VLAN interface hands it.
    """
    return {"interfaces": [item for vlan in lab.vlan_ids for item in _vlan_bridge(lab.nic, vlan, lab.mtu)]}


def _vlan_bridge(nic: str, vlan: int, mtu: int | None) -> list[State]:
    interface, size = names.vlan_interface(nic, vlan), with_mtu(mtu)
    return [
        {
            "name": interface,
            "type": "vlan",
            "state": "up",
            **size,
            "vlan": {"base-iface": nic, "id": vlan},
            **NO_ADDRESS,
        },
        {
            "name": bridge(vlan),
            "type": "linux-bridge",
            "state": "up",
            **size,
            **NO_ADDRESS,
            "bridge": {"options": {"stp": {"enabled": False}}, "port": [{"name": interface, "vlan": {}}]},
        },
    ]


def absent(nic: str, name: str) -> State:
    """What removes a VLAN from a node: the bridge first, then the interface that was its port."""
    return {
        "interfaces": [
            {"name": name, "type": "linux-bridge", "state": "absent"},
            {"name": names.vlan_interface(nic, names.vlan_of(name)), "type": "vlan", "state": "absent"},
        ]
    }


def plug(lab: Lab, vlan: Vlan, namespace: str) -> BridgeConfig:  # noqa: ARG001  as the other designs have it
    """No ``vlan`` key, unlike in the post: the bridge's one port is the VLAN interface, which tags already."""
    return BridgeConfig(
        name=names.attachment(vlan.id),
        type=BridgeType(releases.of(lab.release).bridge_plugin),
        bridge=bridge(vlan.id),
        mtu=lab.mtu,
        macspoofchk=lab.macspoofchk,
    )


def resource(vlan: int) -> str | None:
    """What bridge-marker counts on the nodes that have the bridge."""
    return f"{names.BRIDGE_RESOURCE_PREFIX}{bridge(vlan)}"
