"""The bridge designs: what each puts on the nodes, how it is taken off again, and how a VM plugs in.

A further design is one more module with these functions, and one more line in the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lab.manifests.bridging import ovn_localnet, per_vlan, vlan_aware

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lab.manifests.cni import Config
    from lab.manifests.interfaces import State
    from lab.parts import Part
    from lab.plan import Lab
    from lab.sections import Vlan


class Design(Protocol):
    """What each module here has."""

    def bridges(self, vlans: Collection[int], /) -> list[str]:
        """The bridges that carry these VLANs: what the policy's ledger remembers."""
        ...

    def bridge(self, vlan: int, /) -> str:
        """The one that carries this VLAN."""
        ...

    def owns(self, name: str, /) -> bool:
        """Whether a bridge of this name is of this design."""
        ...

    def vlan_of(self, name: str, /) -> int | None:
        """The one VLAN that a bridge of this design carries; None where several share it."""
        ...

    def way(self, nic: str, name: str, /) -> tuple[Part, ...]:
        """What a frame passes on the node from the NIC to where VMs plug in: of a VLAN's own, what tags first."""
        ...

    def up(self, lab: Lab, /) -> State:
        """What the policy makes on the NIC."""
        ...

    def absent(self, nic: str, name: str, /) -> State:
        """What takes this bridge, and all that came with it, off a node."""
        ...

    def plug(self, lab: Lab, vlan: Vlan, namespace: str, /) -> Config:
        """The CNI configuration by which a VM plugs in."""
        ...

    def resource(self, vlan: int, /) -> str | None:
        """What keeps a VM off nodes without the bridge, where its CNI plugin would make up a missing one."""
        ...


DESIGNS: Mapping[str, Design] = {
    "per-vlan": per_vlan,
    "vlan-aware": vlan_aware,
    "ovn-localnet": ovn_localnet,
}


def design_of(bridge: str) -> Design | None:
    """The design that a bridge of this name belongs to; None for somebody else's."""
    return next((design for design in DESIGNS.values() if design.owns(bridge)), None)
