"""Which bridge, and which VLANs of it, a network attachment plugs into; and which of these a policy carries.

By this it is told who loses a network, whatever the bridge design, and whosever the attachment is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging import per_vlan
from lab.manifests.node_network import bridges

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Object = dict[str, Any]
# What carries it: a Linux bridge, or the name that an Open vSwitch bridge is mapped to. And the VLAN, 0 for none.
Plug = tuple[str, int]
# By carrier; None for all VLANs.
Carried = dict[str, frozenset[int] | None]


def of_attachment(attachment: Object) -> frozenset[Plug]:
    """What a NetworkAttachmentDefinition plugs into: nothing where its configuration is not one of ours to read."""
    try:
        config = json.loads((attachment.get("spec") or {}).get("config") or "{}")
    except ValueError:
        return frozenset()
    if not isinstance(config, dict):
        return frozenset()
    plugins = config.get("plugins")
    found = [config, *(plugins if isinstance(plugins, list) else [])]
    return frozenset(plug for plugin in found if isinstance(plugin, dict) for plug in _of_plugin(plugin))


def _of_plugin(plugin: Object) -> Iterator[Plug]:
    if plugin.get("topology") == "localnet":
        yield str(plugin.get("physicalNetworkName") or plugin.get("name")), _id(plugin.get("vlanID"))
    elif bridge := plugin.get("bridge"):
        name = str(bridge)
        if per_vlan.owns(name):
            yield name, names.vlan_of(name)
            return
        if plugin.get("vlan") or not plugin.get("vlanTrunk"):
            yield name, _id(plugin.get("vlan"))
        yield from ((name, vlan) for vlan in _trunk(plugin.get("vlanTrunk")))


def _id(value: object) -> int:
    return value if isinstance(value, int) else 0


def _trunk(value: object) -> Iterator[int]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            first, last = _id(item.get("minID") or item.get("id")), _id(item.get("maxID") or item.get("id"))
            yield from range(first, last + 1)


def of_policy(spec: Mapping[str, Any]) -> Carried:
    """What a policy's spec carries."""
    found: Carried = dict.fromkeys(_carriers(name for name, state in bridges(spec).items() if state != "absent"))
    for item in (spec.get("desiredState") or {}).get("interfaces") or []:
        if item.get("name") == names.TRUNK_BRIDGE and names.TRUNK_BRIDGE in found:
            ports = (item.get("bridge") or {}).get("port") or []
            found[names.TRUNK_BRIDGE] = frozenset(vlan for port in ports for vlan in tags(port.get("vlan") or {}))
    return found


def of_policies(specs: Iterable[Mapping[str, Any]]) -> Carried:
    """What several carry together: one under its old name, and one under its new."""
    found: Carried = {}
    for carried in map(of_policy, specs):
        for carrier, vlans in carried.items():
            known = found.get(carrier, frozenset())
            found[carrier] = None if vlans is None or known is None else vlans | known
    return found


def tags(vlan: Mapping[str, Any]) -> Iterator[int]:
    """The VLANs that a bridge port's ``vlan`` lets through as a trunk, in a desired state or in one that is there."""
    for tag in vlan.get("trunk-tags") or []:
        ends = tag.get("id-range") or {"min": tag["id"], "max": tag["id"]}
        yield from range(ends["min"], ends["max"] + 1)


def of_ledger(ledger: Collection[str]) -> Carried:
    """What bridges carry of which no more is known than that they stand."""
    return dict.fromkeys(_carriers(ledger))


def _carriers(found: Iterable[str]) -> Iterator[str]:
    return (names.LOCALNET if name == names.DATA_BRIDGE else name for name in found)


def is_carried(plug: Plug, carried: Carried) -> bool:
    """Whether frames get there."""
    carrier, vlan = plug
    if carrier not in carried:
        return False
    known = carried[carrier]
    return known is None or vlan in known
