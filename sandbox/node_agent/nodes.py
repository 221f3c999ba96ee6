"""What kubelets do: a Node and a first NodeNetworkState for each machine that runs; and where Nodes end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import cluster, kubelet, nmstatectl, operands
from sandbox.node_agent.conditions import now
from sandbox.node_agent.machines import PROVIDER_PREFIX

if TYPE_CHECKING:
    from sandbox.node_agent.certificates import Certificates
    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.node_agent.machines import VCenter
    from sandbox.node_agent.simulated import Networks

log = logging.getLogger(__name__)

# Phases of a Machine in which its VM is on.
RUNNING_PHASES = {"Provisioned", "Running"}
NETWORK_MANAGER = "1.52.0"


class Nodes:
    """The kubelets of all machines, and the nodes' network states as they were last written."""

    def __init__(self, api: Cluster, vcenter: VCenter, certificates: Certificates, networks: Networks) -> None:
        """Takes the two servers, who asks for certificates, and the nodes' networks."""
        self._api = api
        self._vcenter = vcenter
        self._certificates = certificates
        self._networks = networks

    def boot(
        self, machine: Object, nodes: dict[str, Object], states: dict[str, Object], *, handled: bool, hcos: list[Object]
    ) -> None:
        """The machine's kubelet registers it, and its handler reports the network; both may be there already.

        Args:
            machine: the Machine.
            nodes: all nodes by name.
            states: all NodeNetworkStates by name.
            handled: whether NMState has brought its handlers.
            hcos: the HyperConverged objects, whose virt-handler may run there.

        Raises:
            OSError: vCenter can't be asked.
            Refusal: it does not boot.
        """
        name, provider_id = machine["metadata"]["name"], machine["spec"]["providerID"]
        hardware = self._vcenter.hardware(provider_id)
        if hardware is None:
            return
        if name not in nodes:
            if not self._certificates.has_client(name):
                return
            nodes[name] = self._api.make(cluster.NODES, kubelet.node(name, provider_id))
        if not kubelet.has_registered(nodes[name]):
            address = kubelet.free_address({kubelet.address(node) for node in nodes.values()})
            status = kubelet.status(name, address, hardware)
            if operands.has_virt_handler(hcos, nodes[name]):
                status = kubelet.with_kvm(status, hardware)
            nodes[name] = self._api.set_status(cluster.NODES, nodes[name], status)
            self._certificates.ask_to_serve(name, address)
            kvm = "with" if hardware.nested_virtualization else "without"
            log.info("node %s is Ready: %s, %d NICs, %s KVM", name, address, len(hardware.macs), kvm)
        if not handled:
            return
        if name not in states:
            metadata = {"name": name, **cluster.owned_by(nodes[name])}
            item = {"apiVersion": cluster.HANDLER_API, "kind": "NodeNetworkState", "metadata": metadata}
            states[name] = self._api.make(cluster.STATES, item)
        if not current_state(states[name]):
            self.report(name, self._networks.first(nodes[name], hardware), states)

    def report(self, name: str, current: Object, states: dict[str, Object]) -> None:
        """Writes the node's network as it is now."""
        status = {
            "currentState": current,
            "handlerNmstateVersion": nmstatectl.VERSION,
            "hostNetworkManagerVersion": NETWORK_MANAGER,
            "lastSuccessfulUpdateTime": now(),
        }
        states[name] = self._api.set_status(cluster.STATES, states[name], status)

    def leave(self, node: Object) -> None:
        """Deletes the Node of a machine that is no more.

        The Machine API deletes the Nodes that it knows of. One that had come up when its Machine was deleted, and was
        not linked to it yet, is left to the cloud provider's node controller; so it is here.

        Raises:
            OSError: vCenter can't be asked.
        """
        name, provider_id = node["metadata"]["name"], node["spec"]["providerID"]
        if self._vcenter.hardware(provider_id) is None:
            self._api.delete(cluster.NODES, name)
            log.info("node %s: its VM is gone, and so is it", name)


def runs_without_node(machine: Object, nodes: dict[str, Object], states: dict[str, Object], *, handled: bool) -> bool:
    """Whether the machine is on, and its node (or its handler, where there are any) has still something to say."""
    name, phase = machine["metadata"]["name"], (machine.get("status") or {}).get("phase")
    if phase not in RUNNING_PHASES or "deletionTimestamp" in machine["metadata"]:
        return False
    if not machine["spec"].get("providerID"):
        return False
    is_silent = name not in nodes or not kubelet.has_registered(nodes[name])
    return is_silent or (handled and not current_state(states.get(name)))


def has_lost_its_machine(node: Object, machines: dict[str, Object]) -> bool:
    """Whether this is a vSphere machine's node, and no Machine is that machine."""
    provider_id = node["spec"].get("providerID") or ""
    return provider_id.startswith(PROVIDER_PREFIX) and not any(
        machine["spec"].get("providerID") == provider_id for machine in machines.values()
    )


def current_state(state: Object | None) -> Any:
    """The network that a NodeNetworkState reports, or nothing."""
    return ((state or {}).get("status") or {}).get("currentState")
