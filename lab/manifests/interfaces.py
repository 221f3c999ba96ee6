"""Parts of a desired state that every bridge design shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# As nmstate reads it: ``interfaces``, and ``ovn`` where a design maps a bridge for OVN-Kubernetes.
State = dict[str, Any]

# Without this the node's NetworkManager asks for an address on every new interface.
NO_ADDRESS: Mapping[str, Any] = {"ipv4": {"enabled": False}, "ipv6": {"enabled": False}}


def nic(name: str, mtu: int | None = None) -> dict[str, Any]:
    """The trunk NIC itself: up, and without an address of its own."""
    return {"name": name, "type": "ethernet", "state": "up", **with_mtu(mtu), **NO_ADDRESS}


def with_mtu(mtu: int | None) -> dict[str, int]:
    """The key for an interface that frames of this size, in bytes, must fit through; nothing where it is left alone."""
    return {} if mtu is None else {"mtu": mtu}


def together(parts: Iterable[State]) -> State:
    """One desired state of several, in their order."""
    listed = list(parts)
    mappings = [item for part in listed for item in (part.get("ovn") or {}).get("bridge-mappings") or []]
    state: State = {"interfaces": [item for part in listed for item in part["interfaces"]]}
    if mappings:
        state["ovn"] = {"bridge-mappings": mappings}
    return state
