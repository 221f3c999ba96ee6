"""ClusterUserDefinedNetworks: one object a VLAN, from which OVN-Kubernetes makes the attachments in each namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging.ovn_localnet import DEFAULT_MTU

if TYPE_CHECKING:
    from lab.plan import Lab
    from lab.sections import Vlan

API_VERSION = "k8s.ovn.org/v1"
KIND = "ClusterUserDefinedNetwork"
# Every namespace has it, from the API server itself.
NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"


def cluster_networks(lab: Lab) -> list[dict[str, Any]]:
    """One for each VLAN that somebody may use; none where the stack makes the attachments itself."""
    return [cluster_network(lab, vlan) for vlan in lab.vlans if vlan.namespaces and lab.attachments == "cudn"]


def cluster_network(lab: Lab, vlan: Vlan) -> dict[str, Any]:
    """A VLAN's network on the mapped bridge.

    ``network`` cannot be changed afterwards (ovn-kubernetes, go-controller/pkg/crd/userdefinednetwork/v1/cudn.go).
    Addresses are the physical network's: OVN-Kubernetes gives none.
    """
    chosen = {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": sorted(vlan.namespaces)}
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": names.attachment(vlan.id),
            "labels": {names.STACK_LABEL: lab.stack},
            "annotations": {"description": f"{vlan.name} V{vlan.id}"},
        },
        "spec": {
            "namespaceSelector": {"matchExpressions": [chosen]},
            "network": {
                "topology": "Localnet",
                "localnet": {
                    "role": "Secondary",
                    "physicalNetworkName": names.LOCALNET,
                    "ipam": {"mode": "Disabled"},
                    "mtu": lab.mtu or DEFAULT_MTU,
                    "vlan": {"mode": "Access", "access": {"id": vlan.id}},
                },
            },
        },
    }


def maker(attachment: dict[str, Any]) -> str | None:
    """The ClusterUserDefinedNetwork that OVN-Kubernetes made this attachment from; None for any other."""
    owners = attachment.get("metadata", {}).get("ownerReferences") or []
    return next((str(owner["name"]) for owner in owners if owner.get("kind") == KIND), None)
