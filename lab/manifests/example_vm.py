"""The post's end: a virtual machine that is on a VLAN of the trunk, and on no other network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import yaml

from lab import names
from lab.manifests.network_attachments import SHARED, vm_network

if TYPE_CHECKING:
    from lab.plan import Lab
    from lab.sections import ExampleVm

API_VERSION = "kubevirt.io/v1"
KIND = "VirtualMachine"
# Seconds that the guest has to shut down: there is nothing in it to lose.
GRACE = 10


def example_vm(lab: Lab) -> dict[str, Any] | None:
    """The VM, where the stack file asks for one.

    Its pod carries the stack's label, too: what keeps a namespace from being deleted is somebody else's.
    """
    wanted = lab.example_vm
    if wanted is None:
        return None
    labels = {names.STACK_LABEL: lab.stack}
    place = SHARED if lab.shared_attachments else wanted.namespace
    network = vm_network(names.attachment(wanted.vlan), place)
    (interface,) = network["domain"]["devices"]["interfaces"]
    disks = [{"name": name, "disk": {"bus": "virtio"}} for name in ("root", "cloud-init")]
    cloud_init = {"userData": _user_data(wanted), "networkData": _network_data(wanted)}
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": wanted.name, "namespace": wanted.namespace, "labels": labels},
        "spec": {
            "runStrategy": "Always",
            "template": {
                "metadata": {"labels": {**labels, "kubevirt.io/domain": wanted.name}},
                "spec": {
                    "domain": {
                        "devices": {
                            "disks": disks,
                            "interfaces": [{**interface, "macAddress": mac_address(wanted)}],
                            "rng": {},
                        },
                        "memory": {"guest": f"{wanted.memory_mib}Mi"},
                    },
                    "networks": network["networks"],
                    "terminationGracePeriodSeconds": GRACE,
                    "volumes": [
                        {"name": "root", "containerDisk": {"image": wanted.image}},
                        {"name": "cloud-init", "cloudInitNoCloud": cloud_init},
                    ],
                },
            },
        },
    }


def mac_address(wanted: ExampleVm) -> str:
    """A locally administered address of its own, the same at each run: cloud-init finds the card by it."""
    digest = hashlib.sha256(f"{wanted.namespace}/{wanted.name}".encode()).hexdigest()
    return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])


def _user_data(wanted: ExampleVm) -> str:
    keys = [wanted.ssh_key] if wanted.ssh_key else []
    return "#cloud-config\n" + yaml.safe_dump({"hostname": wanted.name, "ssh_authorized_keys": keys}, sort_keys=False)


def _network_data(wanted: ExampleVm) -> str:
    """Cloud-init's network configuration, version 2; by the card's address, for its name is the image's affair."""
    card: dict[str, Any] = {"match": {"macaddress": mac_address(wanted)}}
    if wanted.address == names.DHCP:
        card["dhcp4"] = True
    else:
        card["addresses"] = [wanted.address]
        if wanted.gateway is not None:
            card["routes"] = [{"to": "::/0" if ":" in wanted.gateway else "0.0.0.0/0", "via": wanted.gateway}]
    return yaml.safe_dump({"version": 2, "ethernets": {"vlan": card}}, sort_keys=False)
