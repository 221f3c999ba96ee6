"""Whether the policy would take the right NIC: never the one that the node itself lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab


def nic(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Whether the trunk NIC is there, and is not the one that the node itself lives on."""
    for name, state in sorted(facts.network_states.items()):
        current = (state.get("status") or {}).get("currentState") or {}
        interfaces = current.get("interfaces") or []
        node = facts.nodes.get(name, {})
        if lab.nic in _ways_out(current, interfaces, _address(node)):
            yield (
                f"node {name} reaches the machine network through {lab.nic}: a policy on it would cut the node off. "
                "Write the second NIC's name as cnv-lab:nodeNetwork.nic (oc get nns shows them)."
            )
        labels = (node.get("metadata") or {}).get("labels") or {}
        there = {item["name"] for item in interfaces}
        if lab.node_selector.items() <= labels.items() and lab.nic not in there:
            cards = ", ".join(sorted(item["name"] for item in interfaces if item.get("type") == "ethernet"))
            yield f"hypervisor {name} has no {lab.nic}. Correct cnv-lab:nodeNetwork.nic; its NICs are {cards}."


def _address(node: dict[str, Any]) -> str | None:
    """The address by which the cluster knows the node."""
    addresses = (node.get("status") or {}).get("addresses") or []
    return next((item["address"] for item in addresses if item.get("type") == "InternalIP"), None)


def _ways_out(current: dict[str, Any], interfaces: list[dict[str, Any]], address: str | None) -> set[str]:
    """The interface that has the node's address, and all that is below it: ports of bridges and bonds, VLANs' bases.

    Where none has it, the default route's. Not just any interface with an address: at its first boot a trunk NIC may
    be given one by DHCP, until the policy takes it. An OVS bridge shares its name with its interface, as br-ex does:
    names are no key here.
    """
    found = {item["name"] for item in interfaces if address is not None and address in _addresses(item)}
    if not found:
        routes = (current.get("routes") or {}).get("running") or []
        ways = {route["next-hop-interface"] for route in routes if route.get("destination") in {"0.0.0.0/0", "::/0"}}
        found = ways & {item["name"] for item in interfaces}
    if not found:
        found = {item["name"] for item in interfaces if _addresses(item)} - {"lo"}
    while below := {name for item in interfaces for name in _below(item, found)} - found:
        found |= below
    return found


def _addresses(interface: dict[str, Any]) -> set[str]:
    families = ((interface.get(family) or {}).get("address") or [] for family in ("ipv4", "ipv6"))
    return {item.get("ip", "") for family in families for item in family}


def _below(interface: dict[str, Any], above: set[str]) -> set[str]:
    """What carries the frames of ``above``, as far as this interface tells."""
    if interface.get("controller") in above:
        return {interface["name"]}
    if interface["name"] not in above:
        return set()
    ports = {port["name"] for port in (interface.get("bridge") or {}).get("port") or []}
    bonded = (interface.get("link-aggregation") or {}).get("port") or []
    base = (interface.get("vlan") or {}).get("base-iface")
    return {*ports, *bonded, *([base] if base else [])}
