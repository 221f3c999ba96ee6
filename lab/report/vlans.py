"""Which VLANs a policy carries to the nodes, read from its desired state, of whatever bridge design."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of VLANs on the nodes; those that ``move`` are on another bridge afterwards."""

    join: frozenset[int] = frozenset()
    leave: frozenset[int] = frozenset()
    move: frozenset[int] = frozenset()


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """From one spec to another; an empty one is no policy.

    Which VLANs a mapped Open vSwitch bridge carries, no policy says: in a change to or from one, those move that the
    other design names.
    """
    old, new = frozenset(carried(before)), frozenset(carried(after))
    had, has = shared(before), shared(after)
    if names.DATA_BRIDGE in had ^ has:
        return Change(move=old | new)
    move = old & new if had != has else frozenset()
    return Change(join=new - old, leave=old - new, move=move)
