"""A Node as the kubelet in the machine would write it at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sandbox.node_agent.machines import Hardware

Object = dict[str, Any]

# OpenShift 4.20's.
KUBELET, RUNTIME, KERNEL, SYSTEM = (
    "v1.33.5",
    "cri-o://1.33.5",
    "5.14.0-570.el9.x86_64",
    "Red Hat Enterprise Linux CoreOS 9.6",
)
# KubeVirt's device plugin hands out a thousand shares of /dev/kvm, and none where there is no such device.
KVM, KVM_SHARES, NO_SHARES = "devices.kubevirt.io/kvm", "1k", "0"
PODS = "250"
KIB_PER_MIB = 1024
# Addresses of the machine network of the post's lab, handed out in the order in which machines start.
ADDRESS_PREFIX, ADDRESS_FIRST, ADDRESS_LAST = "192.168.4.", 61, 254

# Status, reason and message of a healthy kubelet, by the condition's type.
HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}


def node(name: str, provider_id: str) -> Object:
    """The Node's metadata and spec; its status is a request of its own.

    The Machine's labels are not the kubelet's business: the nodelink controller copies them.
    """
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        # Tells that KubeVirt's virt-handler is well there, not that there is /dev/kvm.
        "kubevirt.io/schedulable": "true",
        "node-role.kubernetes.io/worker": "",
        "node.openshift.io/os_id": "rhcos",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": provider_id},
    }


def status(name: str, address: str, hardware: Hardware) -> Object:
    """Ready, with what the machine has; of KVM it knows by virt-handler only."""
    resources = {"cpu": str(hardware.cpus), "memory": f"{hardware.memory_mib * KIB_PER_MIB}Ki", "pods": PODS}
    moment = now()
    return {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "capacity": resources,
        "allocatable": resources,
        "conditions": [
            {
                "type": kind,
                "status": value,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": moment,
                "lastTransitionTime": moment,
            }
            for kind, (value, reason, message) in HEALTHY.items()
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": RUNTIME,
            "kernelVersion": KERNEL,
            "kubeProxyVersion": "",
            "kubeletVersion": KUBELET,
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": SYSTEM,
            "systemUUID": hardware.uuid,
        },
    }


def with_kvm(status: Object, hardware: Hardware) -> Object:
    """The node's status once KubeVirt's device plugin runs there: shares of KVM where the VM may virtualize."""
    shares = {KVM: KVM_SHARES if hardware.nested_virtualization else NO_SHARES}
    return {**status, **{key: {**status[key], **shares} for key in ("capacity", "allocatable")}}


def has_registered(node: Object) -> bool:
    """Whether the kubelet has said all that it says at its start: an address, and what it is like."""
    told = node.get("status") or {}
    return bool(told.get("addresses")) and any(item["type"] == "Ready" for item in told.get("conditions") or [])


def is_ready(node: Mapping[str, Any]) -> bool:
    """Whether the kubelet says that all is well."""
    told = (node.get("status") or {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in told)


def address(node: Object) -> str:
    """The node's InternalIP, or nothing."""
    addresses = (node.get("status") or {}).get("addresses") or []
    return next((str(item["address"]) for item in addresses if item["type"] == "InternalIP"), "")


def free_address(taken: Collection[str]) -> str:
    """The first address that no node has.

    Raises:
        ValueError: the network is full.
    """
    for number in range(ADDRESS_FIRST, ADDRESS_LAST + 1):
        if (found := f"{ADDRESS_PREFIX}{number}") not in taken:
            return found
    raise ValueError(f"no address left from {ADDRESS_PREFIX}{ADDRESS_FIRST} to {ADDRESS_LAST}")
