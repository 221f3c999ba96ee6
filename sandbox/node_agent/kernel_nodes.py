"""Hypervisors' networks in guests with a kernel: a guest for each, its cards those of the VM in vCenter.

Other nodes stay simulated: no VM ever plugs in there.

The cards hang on one switch, which lets through what the VM's port groups in vCenter do. nmstate in the guest judges
what is asked. Not here: OVN-Kubernetes' own bridge, so that the first card has the node's address itself; and the way
to the cluster, so that nothing is rolled back for its loss.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError, Guest, Nic
from sandbox.kernel.node import AppliedError, Node
from sandbox.kernel.switch import Switch
from sandbox.node_agent import judgement, kubelet
from sandbox.node_agent.network import CARD_NAMES, GATEWAY, PREFIX_LENGTH
from sandbox.node_agent.simulated import NotAppliedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.node_agent.cluster import Object
    from sandbox.node_agent.machines import Hardware, VCenter
    from sandbox.node_agent.network import State
    from sandbox.node_agent.simulated import Networks

log = logging.getLogger(__name__)

# Seconds, a month: the guests end with the agent.
LIFETIME = 30 * 24 * 3600
# Pods take memory; what a guest does not touch, this machine does not spend.
MEMORY_MIB = 512
# The handler's own filter of what it reports (kubernetes-nmstate, deploy/handler/operator.yaml, INTERFACES_FILTER).
NOT_REPORTED = "veth"


class KernelNodes:
    """All guests, and the switch between them."""

    def __init__(self, vcenter: VCenter, others: Networks) -> None:
        """Takes who knows the VMs, and the networks of nodes that are no hypervisors."""
        self._vcenter = vcenter
        self._others = others
        self.switch = Switch()
        self.nodes: dict[str, Node] = {}
        self._machines: dict[str, str] = {}

    def first(self, node: Object, hardware: Hardware) -> State:
        """Boots it; the first card has the node's address and the default route.

        Raises:
            OSError: vCenter can't be asked.
            Refusal: it did not boot.
        """
        if not hardware.nested_virtualization:
            return self._others.first(node, hardware)
        name = node["metadata"]["name"]
        cards = [(card, f"{name}/{card}", mac) for card, mac in zip(CARD_NAMES, hardware.macs, strict=False)]
        groups = self._vcenter.port_groups(node["spec"]["providerID"])
        nics = [
            Nic(name=card, address=mac, cable=self.switch.plug(port, mac, group))
            for (card, port, mac), group in zip(cards, groups, strict=True)
        ]
        self._machines[name] = node["spec"]["providerID"]
        guest = Guest(name, nics, memory_mib=MEMORY_MIB, lifetime=LIFETIME)
        try:
            self.nodes[name] = Node(guest)
            self.nodes[name].apply(_machine_network(kubelet.address(node)))
            state = self._shown(name)
        except (AppliedError, CommandError, Refusal) as error:
            guest.end()
            self._forget(name)
            raise Refusal(f"node {name} did not come up: {error}") from None
        log.info("node %s has booted: Linux %s", name, guest.kernel)
        return state

    def configure(self, node: Object, desired: State, current: State) -> State:
        """Has nmstate bring the guest to the state.

        Raises:
            NotAppliedError: it did not; in its own words.
            OSError: vCenter can't be asked.
            Refusal: the guest has ended, or does not boot.
        """
        name = node["metadata"]["name"]
        if name not in self.nodes:
            # The agent was ended in between, and the guests with it.
            hardware = self._vcenter.hardware(node["spec"]["providerID"])
            if hardware is None or not hardware.nested_virtualization:
                return self._others.configure(node, desired, current)
            self.first(node, hardware)
        self.regroup()
        try:
            self.nodes[name].apply(desired)
            return self._shown(name)
        except AppliedError as error:
            raise NotAppliedError(judgement.failed(name, str(error))) from None
        except CommandError as error:
            raise Refusal(str(error)) from None
        except Refusal:
            # It has ended: the next round boots another, as bare as this one was.
            self.nodes[name].guest.end()
            self._forget(name)
            raise

    def keep(self, names: Collection[str]) -> None:
        """Ends the guests of all others."""
        for name in [name for name in self.nodes if name not in names]:
            self.nodes[name].guest.end()
            self._forget(name)
            log.info("node %s has ended", name)

    def regroup(self) -> None:
        """Lets through what the port groups in vCenter let through now.

        Raises:
            OSError: vCenter can't be asked.
        """
        for name, provider_id in self._machines.items():
            for card, group in zip(CARD_NAMES, self._vcenter.port_groups(provider_id), strict=False):
                self.switch.regroup(f"{name}/{card}", group)

    def end(self) -> None:
        """Ends all of it."""
        self.keep(())
        self.switch.close()

    def _forget(self, name: str) -> None:
        self.nodes.pop(name, None)
        self._machines.pop(name, None)
        for card in CARD_NAMES:
            self.switch.unplug(f"{name}/{card}")

    def _shown(self, name: str) -> State:
        state = self.nodes[name].show()
        interfaces = [item for item in state["interfaces"] if not str(item["name"]).startswith(NOT_REPORTED)]
        return {**state, "interfaces": interfaces}


def _machine_network(address: str) -> dict[str, Any]:
    card = CARD_NAMES[0]
    ipv4 = {"enabled": True, "dhcp": False, "address": [{"ip": address, "prefix-length": PREFIX_LENGTH}]}
    route = {"destination": "0.0.0.0/0", "next-hop-interface": card, "next-hop-address": GATEWAY}
    return {
        "interfaces": [
            {"name": card, "type": "ethernet", "state": "up", "ipv4": ipv4, "ipv6": {"enabled": False}},
        ],
        "routes": {"config": [route]},
    }
