"""A Node and its NodeNetworkState, as a kubelet and a handler in the machine would write them at their start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from sandbox.node_agent.machines import Hardware

Object = dict[str, Any]

KUBELET = "v1.33.5"
# KubeVirt's device plugin hands out a thousand shares of /dev/kvm.
KVM = "devices.kubevirt.io/kvm"
KVM_SHARES = "1k"
# The machine network of the post's lab; addresses are handed out from here on.
ADDRESS_PREFIX, ADDRESS_FIRST, PREFIX_LENGTH = "192.168.4.", 61, 24
GATEWAY = "192.168.4.1"
BRIDGE = "br-ex"


def node(name: str, provider_id: str, hardware: Hardware) -> Object:
    """The Node's metadata and spec; its status is a request of its own."""
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/worker": "",
    }
    if hardware.nested_virtualization:
        labels["kubevirt.io/schedulable"] = "true"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": provider_id},
    }


def node_status(name: str, address: str, hardware: Hardware) -> Object:
    """Ready, with what the machine has; KVM only where the VM may virtualize."""
    resources = {"cpu": str(hardware.cpus), "memory": f"{hardware.memory_mib}Mi", "pods": "250"}
    if hardware.nested_virtualization:
        resources[KVM] = KVM_SHARES
    moment = now()
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
    }
    return {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "capacity": resources,
        "allocatable": resources,
        "conditions": [ready],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "cri-o://1.33.5",
            "kernelVersion": "5.14.0-570.el9.x86_64",
            "kubeProxyVersion": "",
            "kubeletVersion": KUBELET,
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Red Hat Enterprise Linux CoreOS 9.6",
            "systemUUID": "",
        },
    }


def free_address(taken: set[str]) -> str:
    """The first address that no node has."""
    number = ADDRESS_FIRST
    while f"{ADDRESS_PREFIX}{number}" in taken:
        number += 1
    return f"{ADDRESS_PREFIX}{number}"


def first_state(address: str, hardware: Hardware) -> Object:
    """The network as OVN-Kubernetes leaves it: the first card is below br-ex, which has the address and the way out."""
    off = {"ipv4": {"enabled": False}, "ipv6": {"enabled": False}}
    cards = [
        {"name": card.name, "type": "ethernet", "state": "up", "mac-address": card.mac.upper(), **off}
        for card in hardware.cards
    ]
    interfaces: list[Object] = [*cards]
    routes = []
    if cards:
        cards[0]["controller"] = BRIDGE
        on_network = {"enabled": True, "dhcp": True, "address": [{"ip": address, "prefix-length": PREFIX_LENGTH}]}
        interfaces += [
            {"name": BRIDGE, "type": "ovs-interface", "state": "up", **off, "ipv4": on_network, "controller": BRIDGE},
            {
                "name": BRIDGE,
                "type": "ovs-bridge",
                "state": "up",
                "bridge": {"port": [{"name": BRIDGE}, {"name": cards[0]["name"]}]},
            },
        ]
        routes = [{"destination": "0.0.0.0/0", "next-hop-interface": BRIDGE, "next-hop-address": GATEWAY}]
    return {"interfaces": interfaces, "routes": {"running": routes, "config": []}}
