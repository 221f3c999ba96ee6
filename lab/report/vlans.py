"""Which VLANs a policy carries to the nodes, read from its desired state, of whatever bridge design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging import per_vlan
from lab.manifests.node_network import bridges

if TYPE_CHECKING:
    from collections.abc import Mapping


def carried(spec: Mapping[str, Any]) -> set[int]:
    """VLAN ids. OVN-Kubernetes' localnet carries whatever its attachments ask for, and so none is told here."""
    up = [name for name, state in bridges(spec).items() if state == "up"]
    own = {int(name.removeprefix("br-")) for name in up if per_vlan.owns(name)}
    return own | _tags(spec)


def shared(spec: Mapping[str, Any]) -> set[str]:
    """The bridges that carry more than one VLAN."""
    return {name for name, state in bridges(spec).items() if state == "up" and not per_vlan.owns(name)}


def _tags(spec: Mapping[str, Any]) -> set[int]:
    """Of the VLAN-aware bridge: its trunk port's."""
    interfaces = (spec.get("desiredState") or {}).get("interfaces") or []
    ports = [
        port
        for item in interfaces
        if item.get("name") == names.TRUNK_BRIDGE
        for port in (item.get("bridge") or {}).get("port") or []
    ]
    found: set[int] = set()
    for port in ports:
        for tag in (port.get("vlan") or {}).get("trunk-tags") or []:
            ids = tag.get("id-range") or {"min": tag.get("id"), "max": tag.get("id")}
            found.update(range(int(ids["min"]), int(ids["max"]) + 1))
    return found
