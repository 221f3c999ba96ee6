"""Which VLANs a policy carries to the nodes, read from its desired state, of whatever bridge design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names, plugs
from lab.manifests.bridging import per_vlan
from lab.manifests.node_network import bridges

if TYPE_CHECKING:
    from collections.abc import Mapping


def carried(spec: Mapping[str, Any]) -> set[int]:
    """VLAN ids. OVN-Kubernetes' localnet carries whatever its attachments ask for, and so none is told here."""
    found = plugs.of_policy(spec)
    return {names.vlan_of(name) for name in found if per_vlan.owns(name)} | (found.get(names.TRUNK_BRIDGE) or set())


def shared(spec: Mapping[str, Any]) -> set[str]:
    """The bridges that carry more than one VLAN."""
    return {name for name, state in bridges(spec).items() if state == "up" and not per_vlan.owns(name)}
