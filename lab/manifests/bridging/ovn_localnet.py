"""One Open vSwitch bridge that OVN-Kubernetes knows as a physical network; it tags for whoever plugs in.

What the node has does not depend on the VLANs at all: these are the attachments' alone. Tags do not reach the guest
(RFE-6831), so there is no guest tagging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import names
from lab.manifests.cni import LocalnetConfig
from lab.parts import Kind, Part

if TYPE_CHECKING:
    from collections.abc import Collection

    from lab.manifests.interfaces import State
    from lab.plan import Lab
    from lab.sections import Vlan

# Bytes. Unsaid, OVN-Kubernetes takes the pod network's, some 1400, and large frames of VMs would be lost.
DEFAULT_MTU = 1500


def bridges(vlans: Collection[int]) -> list[str]:
    """The one, where there is any VLAN to carry."""
    return [names.DATA_BRIDGE] if vlans else []


def bridge(_vlan: int) -> str:
    """The same for all."""
    return names.DATA_BRIDGE


def owns(name: str) -> bool:
    """Whether a bridge of this name is of this design."""
    return name == names.DATA_BRIDGE


def vlan_of(_name: str) -> None:
    """The bridge is all VLANs'."""


def way(_nic: str, name: str) -> tuple[Part, ...]:
    """The NIC is the bridge's port, and OVN-Kubernetes finds the bridge by a name."""
    mapped = Part(kind=Kind.MAPPING, name=names.LOCALNET, details=("OVN-Kubernetes",))
    return Part(kind=Kind.BRIDGE, name=name, details=("Open vSwitch",)), mapped


def up(lab: Lab) -> State:
    """The bridge on the NIC, and the name by which OVN-Kubernetes finds it.

    Without ``allow-extra-patch-ports`` nmstate takes the ports that OVN-Kubernetes adds for a fault, the next time that
    the policy is applied. Spanning tree is off: a switch with a BPDU guard would cut the port.
    """
    if not lab.vlan_ids:
        return {"interfaces": []}
    port = {"name": lab.nic}
    return {
        "interfaces": [
            {
                "name": names.DATA_BRIDGE,
                "type": "ovs-bridge",
                "state": "up",
                "bridge": {"allow-extra-patch-ports": True, "options": {"stp": False}, "port": [port]},
            }
        ],
        "ovn": {
            "bridge-mappings": [{"localnet": names.LOCALNET, "bridge": names.DATA_BRIDGE, "state": "present"}],
        },
    }


def absent(_nic: str, name: str) -> State:
    """The bridge and its mapping, which would else name a bridge that is not there."""
    return {
        "interfaces": [{"name": name, "type": "ovs-bridge", "state": "absent"}],
        "ovn": {"bridge-mappings": [{"localnet": names.LOCALNET, "bridge": name, "state": "absent"}]},
    }


def plug(lab: Lab, vlan: Vlan, namespace: str) -> LocalnetConfig:
    """One network a VLAN; attachments of one name in several namespaces are the same network."""
    name = names.attachment(vlan.id)
    return LocalnetConfig(
        name=name,
        physical_network_name=names.LOCALNET,
        net_attach_def_name=f"{namespace}/{name}",
        vlan_id=vlan.id,
        mtu=lab.mtu or DEFAULT_MTU,
    )


def resource(_vlan: int) -> str | None:
    """None: OVN-Kubernetes makes no bridge up that is not there, and bridge-marker counts Linux bridges only."""
    return None
