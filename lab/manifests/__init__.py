"""The Kubernetes objects of a lab, as plain dicts in the order in which a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.manifests.cluster_networks import cluster_networks
from lab.manifests.example_vm import example_vm
from lab.manifests.machine_set import machine_set
from lab.manifests.network_attachments import namespaces, network_attachments
from lab.manifests.node_network import policy
from lab.manifests.operators import operators

if TYPE_CHECKING:
    from collections.abc import Collection

    from lab.plan import Lab

__all__ = [
    "cluster_networks",
    "example_vm",
    "in_apply_order",
    "machine_set",
    "namespaces",
    "network_attachments",
    "operators",
    "policy",
]


def in_apply_order(lab: Lab, ledger: Collection[str] = ()) -> list[dict[str, Any]]:
    """Every Kubernetes object that is the lab's alone, each after what it needs; operators are the whole cluster's."""
    machines = [machine_set(lab)] if lab.existing is None else []
    vm = example_vm(lab)
    return [
        *machines,
        policy(lab, ledger),
        *namespaces(lab),
        *network_attachments(lab),
        *cluster_networks(lab),
        *([] if vm is None else [vm]),
    ]
