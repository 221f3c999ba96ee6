"""Two VMs of a VLAN, on two nodes, ping each other; what went over the trunk meanwhile is told."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

from lab import names
from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError
from sandbox.kernel.node import CARD
from sandbox.node_agent import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.api_server import ApiServer
    from sandbox.kernel.switch import Sighting
    from sandbox.node_agent.cluster import Object
    from sandbox.node_agent.kernel_nodes import KernelNodes

# Of RFC 5737: nobody else's. Then what is sent, and how long an answer may take, in seconds.
ADDRESSES, PREFIX = ("192.0.2.1", "192.0.2.2"), 24
COUNT, PATIENCE = 3, 2
ARP, IPV4 = 0x0806, 0x0800


def ping(api: ApiServer, networks: KernelNodes, vlan: int) -> tuple[bool, list[str]]:
    """Whether every ping was answered, and what is to be told.

    Raises:
        Refusal: there is nothing to ping by; a node has ended.
        OSError: vCenter can't be asked.
    """
    attachment = _attachment(api, vlan)
    nodes = [name for name, node in sorted(networks.nodes.items()) if node.takes(attachment)]
    if len(nodes) < len(ADDRESSES):
        there = f"{len(networks.nodes)} nodes, {len(nodes)} of them with its bridge"
        raise Refusal(f"two nodes are needed that have VLAN {vlan}, and there are {there}")
    networks.regroup()
    vms = [(f"ping-{number}", *pair) for number, pair in enumerate(zip(nodes, ADDRESSES, strict=False), start=1)]
    with ExitStack() as ending:
        try:
            for vm, name, address in vms:
                node = networks.nodes[name]
                node.attach(vm, attachment)
                ending.callback(node.detach, vm, attachment)
                node.guest.run("ip", "-n", vm, "address", "add", f"{address}/{PREFIX}", "dev", CARD)
            networks.switch.seen()
            (first, here, _), (_, _, there_address) = vms
            send = ("busybox", "ping", "-c", str(COUNT), "-W", str(PATIENCE), there_address)
            said = networks.nodes[here].guest.attempt("ip", "netns", "exec", first, *send)
        except CommandError as error:
            raise Refusal(f"the VMs could not be plugged in: {error}") from None
        seen = networks.switch.seen()
    found = re.search(r"(\d+) packets received", said.output)
    answered = int(found[1]) if found else 0
    namespace, name = attachment["metadata"]["namespace"], attachment["metadata"]["name"]
    return answered == COUNT, [
        f"VLAN {vlan}, by attachment {namespace}/{name}:",
        *(f"  VM {vm} with {address} on node {node}" for vm, node, address in vms),
        f"  {answered} of {COUNT} pings answered",
        *(f"  {line}" for line in _trunk(seen, nodes[:2], vlan)),
    ]


def _attachment(api: ApiServer, vlan: int) -> Object:
    found = [
        item
        for item in api.request("GET", cluster.ATTACHMENTS)["items"]
        if item["metadata"]["name"] == names.attachment(vlan)
    ]
    if not found:
        raise Refusal(f"there is no attachment {names.attachment(vlan)}: has `pulumi up` run, with this VLAN?")
    item: Object = found[0]
    return item


def _trunk(seen: list[Sighting], nodes: list[str], vlan: int) -> Iterator[str]:
    """What each node sent, by its tags, and what came to it."""
    frames = [item for item in seen if item.frame.kind in {ARP, IPV4}]
    for node in nodes:
        sent, got = ([item.frame.tags for item in frames if _is(item, node, came_in=way)] for way in (True, False))
        yield f"node {node} sent {_told(sent, vlan)}; {_told(got, vlan)} came to it"


def _is(item: Sighting, node: str, *, came_in: bool) -> bool:
    return item.port.startswith(f"{node}/") and item.came_in is came_in


def _told(tags: list[tuple[int, ...]], vlan: int) -> str:
    ours = tags.count((vlan,))
    others = len(tags) - ours
    return f"{ours} frames with tag {vlan}" + (f" and {others} with another or none" if others else "")
