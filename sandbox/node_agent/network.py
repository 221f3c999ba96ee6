"""A node's network as its NodeNetworkState reports it: at first, and after a desired state was applied.

Names and what belongs to what are right here; there is no kernel below.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

State = dict[str, Any]
Interface = dict[str, Any]
# An OVS bridge has the name of the interface through which the host uses it: two entries, told apart by this.
Key = tuple[str, bool]

# How systemd names a VM's vmxnet3 cards, by PCI slot: the order of the VM's devices, with the slots that ESXi gives.
CARD_NAMES = ("ens192", "ens224", "ens256", "ens161", "ens193", "ens225", "ens257", "ens162", "ens194", "ens226")
# OVN-Kubernetes' bridge, over the card that carries the machine network.
MACHINE_BRIDGE = "br-ex"
# The machine network of the post's lab.
PREFIX_LENGTH, GATEWAY = 24, "192.168.4.1"
NO_ADDRESS = {"ipv4": {"enabled": False}, "ipv6": {"enabled": False}}
# By which OVN-Kubernetes knows that bridge.
MACHINE_MAPPING = {"localnet": "physnet", "bridge": MACHINE_BRIDGE}
BRIDGES = ("ovs-bridge", "linux-bridge")
# Asked for in a desired state, and not kept by Open vSwitch (nmstate, rust/src/lib/ifaces/ovs.rs).
NOT_KEPT = {"allow-extra-patch-ports", "allow-extra-ports"}
# Sections of which a desired state may name a part; any other value is taken as a whole.
MERGED_SECTIONS = ("bridge", "vlan")


def key(interface: Mapping[str, Any]) -> Key:
    """What tells an interface from all others of its node."""
    return str(interface["name"]), interface.get("type") == "ovs-bridge"


def first_state(address: str, macs: Sequence[str]) -> State:
    """The network as the installer leaves it: the first card is below br-ex, which has the address and the way out.

    Args:
        address: the node's InternalIP.
        macs: the cards' MAC addresses in the order of the VM's devices.
    """
    cards: list[Interface] = [
        {"name": name, "type": "ethernet", "state": "up", "mac-address": mac.upper(), **copy.deepcopy(NO_ADDRESS)}
        for name, mac in zip(CARD_NAMES, macs, strict=False)
    ]
    if not cards:
        return {"interfaces": [], "routes": {"running": [], "config": []}}
    cards[0]["controller"] = MACHINE_BRIDGE
    ipv4 = {"enabled": True, "dhcp": True, "address": [{"ip": address, "prefix-length": PREFIX_LENGTH}]}
    bridge = {"name": MACHINE_BRIDGE, "state": "up"}
    ports = [{"name": cards[0]["name"]}, {"name": MACHINE_BRIDGE}]
    interfaces = [
        {**bridge, "type": "ovs-bridge", "bridge": {"options": {"stp": {"enabled": False}}, "port": ports}},
        {
            **bridge,
            "type": "ovs-interface",
            "controller": MACHINE_BRIDGE,
            "mac-address": cards[0]["mac-address"],
            "ipv4": ipv4,
            "ipv6": {"enabled": False},
        },
        *cards,
    ]
    route = {
        "destination": "0.0.0.0/0",
        "next-hop-interface": MACHINE_BRIDGE,
        "next-hop-address": GATEWAY,
        "table-id": 254,
    }
    return {
        "interfaces": interfaces,
        "routes": {"running": [route], "config": []},
        "ovn": {"bridge-mappings": [MACHINE_MAPPING]},
    }


def merged(current: State, desired: State) -> State:
    """The network after the desired state: what it names is changed or gone, all else is as it was."""
    interfaces = {key(item): copy.deepcopy(item) for item in current.get("interfaces") or []}
    gone: set[str] = set()
    for item in desired.get("interfaces") or []:
        found = _find(interfaces, item)
        if item.get("state", "up") == "up":
            interfaces[found or key(item)] = _changed(interfaces.get(found) if found else None, item)
            _take_ports(interfaces, found or key(item), item)
        elif found and item["state"] in {"absent", "down"}:
            if interfaces[found]["type"] != "ethernet" or item["state"] == "absent":
                gone.add(found[0])
            if interfaces[found]["type"] == "ethernet":
                # A card stays in the machine; what is taken from it is its configuration.
                interfaces[found] = {**interfaces[found], **copy.deepcopy(NO_ADDRESS), "state": "down"}
            else:
                del interfaces[found]
    _drop_orphans(interfaces, gone)
    _set_controllers(interfaces)
    after = {**current, "interfaces": [interfaces[item] for item in sorted(interfaces)]}
    if mappings := _mappings(current, desired):
        return {**after, "ovn": {"bridge-mappings": mappings}}
    after.pop("ovn", None)
    return after


def _take_ports(interfaces: Mapping[Key, Interface], taker: Key, desired: Interface) -> None:
    """What a desired bridge has as a port, no other bridge has any more."""
    taken = {port["name"] for port in (desired.get("bridge") or {}).get("port") or []}
    for other, item in interfaces.items():
        if other != taker and (ports := (item.get("bridge") or {}).get("port")):
            item["bridge"]["port"] = [port for port in ports if port["name"] not in taken]


def _mappings(current: State, desired: State) -> list[dict[str, str]]:
    """Which bridge OVN-Kubernetes finds by which name; those that are not named stay."""
    known = {item["localnet"]: item["bridge"] for item in (current.get("ovn") or {}).get("bridge-mappings") or []}
    for item in (desired.get("ovn") or {}).get("bridge-mappings") or []:
        if item.get("state") == "absent":
            known.pop(item["localnet"], None)
        else:
            known[item["localnet"]] = item["bridge"]
    return [{"localnet": localnet, "bridge": bridge} for localnet, bridge in sorted(known.items())]


def _find(interfaces: Mapping[Key, Interface], wanted: Interface) -> Key | None:
    """The interface that a desired one means; one without a type means whatever has that name."""
    name, is_bridge = key(wanted)
    typed = wanted.get("type", "unknown") != "unknown"
    candidates: Iterable[Key] = [(name, is_bridge)] if typed else [(name, False), (name, True)]
    return next((item for item in candidates if item in interfaces), None)


def _changed(old: Interface | None, wanted: Interface) -> Interface:
    new = copy.deepcopy({name: value for name, value in wanted.items() if value != "unknown"})
    if isinstance(new.get("bridge"), dict):
        new["bridge"] = {name: value for name, value in new["bridge"].items() if name not in NOT_KEPT}
    if old is None:
        return {**copy.deepcopy(NO_ADDRESS), **new, "state": "up"}
    for section in MERGED_SECTIONS:
        if isinstance(old.get(section), dict) and isinstance(new.get(section), dict):
            new[section] = {**old[section], **new[section]}
    return {**old, **new, "state": "up"}


def _drop_orphans(interfaces: dict[Key, Interface], gone: Iterable[str]) -> None:
    """A VLAN interface goes with what it stands on, one that stands on it likewise."""
    leaving = set(gone)
    while leaving:
        orphans = {item for item, interface in interfaces.items() if base(interface) in leaving}
        for item in orphans:
            del interfaces[item]
        leaving = {name for name, _ in orphans}


def base(interface: Mapping[str, Any]) -> str | None:
    """What a VLAN interface stands on; None for any other."""
    if interface.get("type") != "vlan":
        return None
    found = (interface.get("vlan") or {}).get("base-iface")
    return None if found is None else str(found)


def _set_controllers(interfaces: Mapping[Key, Interface]) -> None:
    """Each port names the bridge that has it; a port that is gone is no bridge's any more."""
    bridges = [item for item in interfaces.values() if item.get("type") in BRIDGES]
    there = {item["name"] for item in interfaces.values()}
    for item in bridges:
        if ports := (item.get("bridge") or {}).get("port"):
            item["bridge"]["port"] = [port for port in ports if port["name"] in there]
    by_port = {port["name"]: item["name"] for item in bridges for port in (item.get("bridge") or {}).get("port") or []}
    not_by_name = {item["name"] for item in bridges} | {None}
    for item in interfaces.values():
        if item.get("type") in BRIDGES:
            continue
        old = item.pop("controller", None)
        # A controller of another kind (a bond, a VRF) stays as it was told.
        controller = by_port.get(item["name"]) or (old if old in there - not_by_name else None)
        if controller:
            item["controller"] = controller


def reaches_the_cluster(state: State) -> bool:
    """Whether the machine network's bridge still has its card, its address and the default route."""
    interfaces = {key(item): item for item in state.get("interfaces") or []}
    host, bridge = interfaces.get((MACHINE_BRIDGE, False)), interfaces.get((MACHINE_BRIDGE, True))
    if host is None or bridge is None or not (host.get("ipv4") or {}).get("address"):
        return False
    ports = {port["name"] for port in (bridge.get("bridge") or {}).get("port") or []} - {MACHINE_BRIDGE}
    cards = [interfaces.get((port, False)) or {} for port in ports]
    return any(card.get("state") == "up" and card.get("controller") == MACHINE_BRIDGE for card in cards)
