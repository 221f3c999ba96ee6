"""The post's chapter "Configuring OpenShift Namespace Networking for VMs"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests import cni
from lab.manifests.bridging import DESIGNS, vlan_aware

if TYPE_CHECKING:
    from lab.manifests.cni import Config
    from lab.plan import Lab
    from lab.sections import GuestTrunk, Vlan

API_VERSION = "k8s.cni.cncf.io/v1"
KIND = "NetworkAttachmentDefinition"
# Where attachments stand that every namespace may use: one of Multus' globalNamespaces
# (cluster-network-operator, bindata/network/multus/multus.yaml).
SHARED = "default"


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
    """One NetworkAttachmentDefinition for each VLAN, and each guest trunk, where it stands.

    None where OVN-Kubernetes makes them (lab/manifests/cluster_networks.py).
    """
    if lab.attachments == "cudn":
        return []
    return [
        *(network_attachment(lab, vlan, place) for vlan in lab.vlans for place in _places(lab, vlan.namespaces)),
        *(guest_trunk(lab, guest, place) for guest in lab.guest_trunks for place in _places(lab, guest.namespaces)),
    ]


def _places(lab: Lab, wanted: tuple[str, ...]) -> tuple[str, ...]:
    return (SHARED,) if wanted and lab.shared_attachments else wanted


def network_attachment(lab: Lab, vlan: Vlan, namespace: str) -> dict[str, Any]:
    """The point where this namespace's VMs plug into the VLAN."""
    design = DESIGNS[lab.bridging]
    description = f"{vlan.name} V{vlan.id}"
    return _attachment(lab, namespace, description, design.plug(lab, vlan, namespace), design.resource(vlan.id))


def guest_trunk(lab: Lab, guest: GuestTrunk, namespace: str) -> dict[str, Any]:
    """The point where this namespace's VMs get several VLANs with their tags; of one design only (lab/feasible.py)."""
    resource = vlan_aware.resource(names.VLAN_ID_MIN)
    return _attachment(lab, namespace, f"{guest.name} trunk", vlan_aware.trunk(lab, guest), resource)


def _attachment(lab: Lab, namespace: str, description: str, config: Config, resource: str | None) -> dict[str, Any]:
    """The object around a configuration, whose name it has.

    The resource name keeps a VM off nodes without the bridge: the bridge plugin would create a missing one, and the VM
    would start on an island (containernetworking/plugins, ensureBridge).
    """
    annotations = {"description": description}
    if resource is not None:
        annotations[names.BRIDGE_RESOURCE_ANNOTATION] = resource
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": config.name,
            "namespace": namespace,
            "labels": {names.STACK_LABEL: lab.stack},
            "annotations": annotations,
        },
        "spec": {"config": cni.write(config)},
    }


def usable(lab: Lab) -> list[tuple[str, str, str]]:
    """What VMs may use: for each of their namespaces an attachment's name, and the namespace that it stands in."""
    listed = [
        *((names.attachment(vlan.id), vlan.namespaces) for vlan in lab.vlans),
        *((names.guest_trunk(guest.name), guest.namespaces) for guest in lab.guest_trunks),
    ]
    return [
        (namespace, name, SHARED if lab.shared_attachments else namespace)
        for name, wanted in listed
        for namespace in wanted
    ]


def standing(lab: Lab) -> dict[str, list[str]]:
    """Which attachments stand in each namespace, whoever makes them."""
    found: dict[str, list[str]] = {}
    for _, name, place in usable(lab):
        there = found.setdefault(place, [])
        if name not in there:
            there.append(name)
    return found


def vm_network(name: str, namespace: str) -> dict[str, Any]:
    """What goes into a VirtualMachine's ``spec.template.spec`` to attach it: ready to paste."""
    return {
        "domain": {"devices": {"interfaces": [{"name": name, "bridge": {}}]}},
        "networks": [{"name": name, "multus": {"networkName": f"{namespace}/{name}"}}],
    }
