"""Whether a node could take a desired state. Facts in, complaints out.

nmstate's own parser has judged what a state may say (nmstatectl.py); what it leaves to the kernel to refuse is here.
The rules are the kernel's and NetworkManager's, the wording is not.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.node_agent.network import Interface, State

# IFNAMSIZ of the kernel (include/uapi/linux/if.h) is 16, with the final zero.
NAME_LONGEST = 15
# 0 and 4095 are reserved by IEEE 802.1Q.
VLAN_LEAST, VLAN_GREATEST = 1, 4094
# What kubernetes-nmstate's handler puts into a bridge port without the key `vlan` (pkg/bridge/bridge.go there).
DEFAULT_PORT_VLAN = {"mode": "trunk", "trunk-tags": [{"id-range": {"min": 2, "max": 4094}}]}
# nmstate's release in the node, which its log names.
RELEASE = "2.2.62"


def failure(node: str, told: str) -> str:
    """An enactment's message where nmstate did not apply the state: the handler's frame around nmstate's output.

    The frame is kubernetes-nmstate's (policy controller and pkg/nmstatectl there). The quote that closes the output has
    the last line to itself: who looks for the reason in the last line finds that.
    """
    return failed(node, f"[INFO  nmstatectl] Nmstate version: {RELEASE}\n{told}")


def failed(node: str, output: str) -> str:
    """The same, of all that nmstatectl said."""
    return _failure(
        node, f"failed to execute nmstatectl set --no-commit --timeout 480: 'exit status 1' '' '{output}\n'"
    )


def cut_off(node: str) -> str:
    """An enactment's message where the handler took the state back, for it had lost the way to the cluster."""
    return _failure(
        node,
        "rolling back desired state configuration: failed runnig probes after network changes: "
        "failed to retrieve default gw at runProbes: timed out waiting for the condition",
    )


def _failure(node: str, cause: str) -> str:
    return f'error reconciling NodeNetworkConfigurationPolicy on node {node} at desired state apply: "",\n {cause}'


def as_handler_reads(desired: State) -> State:
    """The desired state with the handler's own defaults; what is not a state is left for the parser to refuse."""
    state = copy.deepcopy(desired)
    for interface in _dicts(state, "interfaces"):
        if interface.get("type") == "linux-bridge" and interface.get("state", "up") == "up":
            for port in _dicts(interface.get("bridge"), "port"):
                port.setdefault("vlan", copy.deepcopy(DEFAULT_PORT_VLAN))
    return state


def _dicts(holder: Any, name: str) -> list[dict[str, Any]]:
    items = holder.get(name) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def repeated(desired: State) -> list[str]:
    """A complaint for each interface that is there more than once; nmstate's parser would take the last."""
    counted = Counter(network.key(item) for item in _dicts(desired, "interfaces") if "name" in item)
    return [f"interface {name} is there more than once" for (name, _), count in counted.items() if count > 1]


def complaints(desired: State, current: State) -> list[str]:
    """What the kernel would say no to, in a desired state as nmstate's parser gives it back."""
    after = network.merged(current, desired)
    named = {item["name"] for item in desired.get("interfaces") or [] if item.get("state", "up") == "up"}
    there = {item["name"] for item in after["interfaces"]}
    made = [item for item in after["interfaces"] if item["name"] in named]
    # It stands on what the same state takes away.
    lost = [item for item in desired.get("interfaces") or [] if item["name"] in named - there]
    return [
        *(text for item in made for text in _about_name(item["name"])),
        *_about_vlans([*made, *lost], there),
        *_about_tags(after["interfaces"], named),
    ]


def _about_name(name: str) -> Iterator[str]:
    if len(name) > NAME_LONGEST:
        yield f"interface name {name} is longer than {NAME_LONGEST} characters"
    if name in {".", ".."} or any(letter in "/:" or letter.isspace() for letter in name):
        yield f"{name!r} can't name an interface"


def _about_vlans(made: list[Interface], there: set[str]) -> Iterator[str]:
    """VLAN interfaces whose id is none, or whose base is nowhere; one complaint a base, however many stand on it."""
    without_base: dict[str, list[str]] = {}
    for item in made:
        if item.get("type") != "vlan":
            continue
        tag, base = (item.get("vlan") or {}).get("id"), network.base(item)
        if not isinstance(tag, int) or not VLAN_LEAST <= tag <= VLAN_GREATEST:
            yield f"VLAN id {tag} of {item['name']} is not in {VLAN_LEAST}-{VLAN_GREATEST}"
        if base not in there:
            without_base.setdefault(str(base), []).append(item["name"])
    for base, names in without_base.items():
        yield f"base interface {base} of {', '.join(names)} does not exist"


def _about_tags(interfaces: list[Interface], named: set[str]) -> Iterator[str]:
    """One VLAN of one NIC can have one interface; only what the desired state made is complained about."""
    owners: dict[tuple[str, int], list[str]] = {}
    for item in interfaces:
        if (base := network.base(item)) is not None:
            owners.setdefault((base, item["vlan"].get("id")), []).append(item["name"])
    for (base, tag), names in owners.items():
        if len(names) > 1 and named & set(names):
            yield f"VLAN {tag} on {base} can't be {' and '.join(names)} at once: File exists"
