"""Whether a node could take a desired state, and what its network would then be. Facts in, verdict out.

nmstate's own parser judges what a state may say; the kernel's rules, which that parser leaves to the kernel, are here.
"""

from __future__ import annotations

import copy
import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

State = dict[str, Any]

# IFNAMSIZ of the kernel (include/uapi/linux/if.h) is 16, with the final zero.
NAME_LONGEST = 15
# 0 and 4095 are reserved by IEEE 802.1Q.
VLAN_LEAST, VLAN_GREATEST = 1, 4094
# What kubernetes-nmstate's handler puts into a bridge port without the key `vlan` (pkg/bridge/bridge.go there).
DEFAULT_PORT_VLAN = {"mode": "trunk", "trunk-tags": [{"id-range": {"min": 2, "max": 4094}}]}
# Seconds: the parser needs a few hundredths.
PARSER_TIMEOUT = 20


def as_handler_reads(desired: State) -> State:
    """The desired state with the handler's own defaults."""
    state = copy.deepcopy(desired)
    for interface in state.get("interfaces") or []:
        if interface.get("type") == "linux-bridge":
            for port in (interface.get("bridge") or {}).get("port") or []:
                port.setdefault("vlan", copy.deepcopy(DEFAULT_PORT_VLAN))
    return state


def complaints(desired: State, current: State) -> Iterator[str]:
    """What the kernel would say no to."""
    wanted = desired.get("interfaces") or []
    names = [item.get("name", "") for item in wanted]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"interface {name} is there more than once"
    up = [item for item in wanted if item.get("state", "up") == "up"]
    existing = {item["name"] for item in current.get("interfaces") or []}
    known = (existing | {item["name"] for item in up}) - {
        item["name"] for item in wanted if item.get("state") == "absent"
    }
    for item in up:
        yield from _complaints_of(item, existing, known)
    tags: dict[tuple[str, int], str] = {}
    for item in merged(current, desired)["interfaces"]:
        if item.get("type") == "vlan" and (vlan := item.get("vlan")):
            tag = (vlan["base-iface"], vlan["id"])
            if tag in tags:
                yield f"VLAN {tag[1]} on {tag[0]} cannot be both {tags[tag]} and {item['name']}: File exists"
            tags[tag] = item["name"]


def _complaints_of(item: State, existing: set[str], known: set[str]) -> Iterator[str]:
    name = item["name"]
    if len(name) > NAME_LONGEST:
        yield f"interface name {name} has {len(name)} characters, the kernel takes {NAME_LONGEST}"
    if item.get("type") == "vlan":
        vlan = item.get("vlan") or {}
        if not VLAN_LEAST <= vlan.get("id", 0) <= VLAN_GREATEST:
            yield f"VLAN id {vlan.get('id')} of {name} is not in {VLAN_LEAST}-{VLAN_GREATEST}"
        if vlan.get("base-iface") not in known:
            yield f"base interface {vlan.get('base-iface')} of {name} does not exist"
    if item.get("type") == "ethernet" and name not in existing:
        yield f"there is no network card {name}"


def parser_says(nmstatectl: Path, desired: State, current: State) -> str:
    """What nmstate's own parser has against the state, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.json" for name in ("current", "desired")}
        files["current"].write_text(json.dumps(current), encoding="utf-8")
        files["desired"].write_text(json.dumps(desired), encoding="utf-8")
        done = subprocess.run(
            [nmstatectl, "-q", "validate", "-c", files["current"], files["desired"]],
            capture_output=True,
            text=True,
            timeout=PARSER_TIMEOUT,
            check=False,
        )
    return done.stderr.strip() if done.returncode else ""


def merged(current: State, desired: State) -> State:
    """The node's network after the state was applied: named interfaces changed or gone, all others as they were."""
    # An OVS bridge shares its name with the interface that it gives the host.
    bridges = [item for item in current.get("interfaces") or [] if item["type"] == "ovs-bridge"]
    interfaces = {
        item["name"]: copy.deepcopy(item) for item in current.get("interfaces") or [] if item["type"] != "ovs-bridge"
    }
    for item in desired.get("interfaces") or []:
        name = item["name"]
        if item.get("state") == "absent":
            interfaces.pop(name, None)
        else:
            interfaces[name] = {**interfaces.get(name, {}), **copy.deepcopy(item)}
    for item in interfaces.values():
        if item.get("controller") not in {None, *interfaces}:
            del item["controller"]
        for port in (item.get("bridge") or {}).get("port") or []:
            if port["name"] in interfaces:
                interfaces[port["name"]]["controller"] = item["name"]
    # What stood on an interface that is gone went with it.
    kept = [
        item
        for item in interfaces.values()
        if item.get("type") != "vlan" or (item.get("vlan") or {}).get("base-iface") in interfaces
    ]
    return {**current, "interfaces": sorted([*kept, *bridges], key=lambda item: str(item["name"]))}
