"""What the hypervisors really have on their trunk NIC, by their NodeNetworkStates."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from lab import plugs
from lab.manifests.bridging import DESIGNS
from lab.manifests.node_network import policy
from lab.parts import Kind, Part, State
from lab.topology.live.marks import MISSING, marked
from lab.topology.model import Way
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lab.plan import Lab
    from lab.topology.live.facts import Found

Object = dict[str, Any]
# What carries VLANs on the NIC; a design that the lab has left has interfaces of other types.
BRIDGES = ("linux-bridge", "ovs-bridge")
LOOKED_AT = frozenset({Kind.NIC, Kind.VLAN_INTERFACE, Kind.BRIDGE, Kind.MAPPING, Kind.VLAN})


class Nodes:
    """The nodes that report their network, and what each has to have."""

    def __init__(self, lab: Lab, found: Found) -> None:
        self._lab = lab
        self._states = {
            name: (item.get("status") or {}).get("currentState") or {}
            for name, item in sorted(found.network_states.items())
            if name in found.nodes
        }
        self._desired = policy(lab)["spec"]["desiredState"]
        self._wanted = {item["name"]: item for item in self._desired["interfaces"]}

    def look(self, part: Part) -> Part:
        """The part as the nodes have it; what is of no concern to a node comes back as it was."""
        if part.kind not in LOOKED_AT or not self._states:
            return part
        if part.is_retired:
            return self._retired(part)
        if part.kind is Kind.VLAN:
            cut_off = self._cut_off(DESIGNS[self._lab.bridging].bridge(int(part.name)))
            found = {node: MISSING if int(part.name) in vlans else "" for node, vlans in cut_off.items()}
        else:
            found = {node: self._trouble(part, state) for node, state in self._states.items()}
        return marked(part, {node: told for node, told in found.items() if told}, [*self._states])

    def _retired(self, part: Part) -> Part:
        there = [node for node, state in self._states.items() if not self._is_gone(part, state)]
        if not there:
            return part
        return replace(part, state=State.EXTRA, notes=(f"still on {few(there)}",))

    def _is_gone(self, part: Part, state: Object) -> bool:
        if part.kind is Kind.MAPPING:
            return part.name not in _mappings(state)
        return not any(item["name"] == part.name for item in _interfaces(state))

    def _trouble(self, part: Part, state: Object) -> str:
        """What is wrong with the part on one node, or ""."""
        if part.kind is Kind.MAPPING:
            return _of_mapping(_mappings(self._desired).get(part.name), _mappings(state).get(part.name))
        wanted = self._wanted[part.name]
        live = _interface(state, part.name, wanted.get("type"))
        return MISSING if live is None else _of_interface(wanted, live)

    @cache  # noqa: B019  of a look, which is over soon
    def _cut_off(self, bridge: str) -> dict[str, frozenset[int]]:
        """By node the VLANs that the bridge's port has to let through, and does not.

        A bridge that does not filter leaves it to who plugs in; of one that is not there, its own mark tells.
        """
        wanted = self._wanted[bridge]
        tags = _tags(wanted, self._lab.nic)
        there = {node: _interface(state, bridge, wanted.get("type")) for node, state in self._states.items()}
        return {
            node: frozenset() if live is None else tags - _tags(live, self._lab.nic) for node, live in there.items()
        }

    def foreign(self, known: Iterable[Part]) -> Iterator[Way]:
        """Bridges and VLAN interfaces on the NIC that neither the stack file nor the ledger knows."""
        ours = {part.name: part for part in known if part.kind in {Kind.VLAN_INTERFACE, Kind.BRIDGE}}
        on: dict[tuple[Part, ...], list[str]] = {}
        vlans: dict[tuple[Part, ...], tuple[int, ...]] = {}
        for node, state in self._states.items():
            for parts, ids in _on_nic(state, self._lab.nic):
                if not {part.name for part in parts} <= ours.keys():
                    on.setdefault(parts, []).append(node)
                    vlans[parts] = ids
        for parts, nodes in sorted(on.items(), key=lambda item: (vlans[item[0]], item[0][-1].name)):
            notes = (f"on {few(nodes)}, by neither the stack file nor policy {self._lab.policy}",)
            yield Way(
                vlans=vlans[parts],
                name="",
                parts=tuple(ours.get(part.name) or replace(part, state=State.FOREIGN, notes=notes) for part in parts),
                state=State.FOREIGN,
            )


def _interfaces(state: Mapping[str, Any]) -> list[Object]:
    return state.get("interfaces") or []


def _interface(state: Mapping[str, Any], name: str, kind: str | None) -> Object | None:
    """By name and type: an Open vSwitch bridge shares its name with the interface through which the host uses it."""
    return next(
        (item for item in _interfaces(state) if item["name"] == name and kind in {None, item.get("type")}), None
    )


def _mappings(state: Mapping[str, Any]) -> dict[str, str]:
    found = (state.get("ovn") or {}).get("bridge-mappings") or []
    return {item["localnet"]: item.get("bridge", "") for item in found if item.get("state", "present") == "present"}


def _of_mapping(wanted: str | None, live: str | None) -> str:
    if live is None:
        return MISSING
    return "" if live == wanted else f"leads to {live}"


def _of_interface(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> str:
    troubles = []
    if live.get("state", "up") != "up":
        troubles.append(f"is {live['state']}")
    if "mtu" in wanted and live.get("mtu", wanted["mtu"]) != wanted["mtu"]:
        troubles.append(f"MTU is {live['mtu']}, not {wanted['mtu']}")
    for key, told in (("id", "tags VLAN"), ("base-iface", "is on")):
        written, there = (wanted.get("vlan") or {}).get(key), (live.get("vlan") or {}).get(key)
        if written != there:
            troubles.append(f"{told} {there}, not {written}")
    troubles += [f"has no port {name}" for name in sorted(_ports(wanted).keys() - _ports(live).keys())]
    return ", ".join(troubles)


def _ports(interface: Mapping[str, Any]) -> dict[str, Object]:
    return {port["name"]: port for port in (interface.get("bridge") or {}).get("port") or []}


def _tags(interface: Mapping[str, Any], nic: str) -> frozenset[int]:
    """The VLANs that the bridge's port lets through."""
    return frozenset(plugs.tags((_ports(interface).get(nic) or {}).get("vlan") or {}))


def _on_nic(state: Mapping[str, Any], nic: str) -> Iterator[tuple[tuple[Part, ...], tuple[int, ...]]]:
    """What stands on the NIC, each with its VLAN where it has one: bridges, and VLAN interfaces with their bridge."""
    tagged = {
        item["name"]: int((item.get("vlan") or {}).get("id") or 0)
        for item in _interfaces(state)
        if item.get("type") == "vlan" and (item.get("vlan") or {}).get("base-iface") == nic
    }
    bridges = {
        port: item["name"] for item in _interfaces(state) if item.get("type") in BRIDGES for port in _ports(item)
    }
    for name, vlan in tagged.items():
        parts = [Part(kind=Kind.VLAN_INTERFACE, name=name)]
        if name in bridges:
            parts.append(Part(kind=Kind.BRIDGE, name=bridges[name]))
        yield tuple(parts), (vlan,)
    if nic in bridges:
        yield (Part(kind=Kind.BRIDGE, name=bridges[nic]),), ()
