"""The post's chapter "Configuring OpenShift Namespace Networking for VMs"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import names, releases

if TYPE_CHECKING:
    from lab.plan import Lab
    from lab.sections import Vlan

API_VERSION = "k8s.cni.cncf.io/v1"
KIND = "NetworkAttachmentDefinition"


def namespaces(lab: Lab) -> list[dict[str, Any]]:
    """The namespaces that the stack makes; existing ones are somebody else's."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": namespace.name, "labels": {names.STACK_LABEL: lab.stack}},
        }
        for namespace in lab.namespaces
        if not namespace.existing
    ]


def network_attachments(lab: Lab) -> list[dict[str, Any]]:
    """One NetworkAttachmentDefinition for each VLAN in each of its namespaces."""
    return [network_attachment(lab, vlan, namespace) for vlan in lab.vlans for namespace in vlan.namespaces]


def network_attachment(lab: Lab, vlan: Vlan, namespace: str) -> dict[str, Any]:
    """The point where this namespace's VMs plug into the VLAN's bridge.

    The resource name keeps a VM off nodes without the bridge: the bridge plugin would create a missing one, and the VM
    would start on an island (containernetworking/plugins, ensureBridge).
    """
    bridge = names.bridge(vlan.id)
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": names.attachment(vlan.id),
            "namespace": namespace,
            "labels": {names.STACK_LABEL: lab.stack},
            "annotations": {
                "description": f"{vlan.name} V{vlan.id}",
                names.BRIDGE_RESOURCE_ANNOTATION: f"{names.BRIDGE_RESOURCE_PREFIX}{bridge}",
            },
        },
        "spec": {"config": json.dumps(cni_config(vlan.id, releases.bridge_plugin(lab.release)), indent=2)},
    }


def cni_config(vlan: int, plugin: str) -> dict[str, Any]:
    """The bridge plugin's configuration for a per-VLAN bridge.

    No ``vlan`` key, unlike in the post: the bridge's one port is the VLAN interface, which tags already.
    ``preserveDefaultVlan`` is written because its default changed (containernetworking/plugins 48a4ae5a, 2025-06).
    """
    return {
        "cniVersion": "0.3.1",
        "name": names.attachment(vlan),
        "type": plugin,
        "bridge": names.bridge(vlan),
        "ipam": {},
        "macspoofchk": False,
        "preserveDefaultVlan": False,
    }


def vm_network(vlan: int, namespace: str) -> dict[str, Any]:
    """What goes into a VirtualMachine's ``spec.template.spec`` to attach it: ready to paste."""
    name = names.attachment(vlan)
    return {
        "domain": {"devices": {"interfaces": [{"name": name, "bridge": {}}]}},
        "networks": [{"name": name, "multus": {"networkName": f"{namespace}/{name}"}}],
    }
