"""Whether the names of the Kubernetes objects are free, and nobody else configures the trunk NIC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests import in_apply_order
from lab.manifests.bridging import DESIGNS
from lab.manifests.cluster_networks import KIND as CLUSTER_NETWORK
from lab.manifests.cluster_networks import maker
from lab.manifests.network_attachments import KIND as ATTACHMENT
from lab.manifests.network_attachments import standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab

# What every hypervisor's node will carry, before there is one.
_WORKER_LABELS = {
    "node-role.kubernetes.io/worker": "",
    names.VIRTUALIZATION_ROLE_LABEL: "",
    "kubernetes.io/os": "linux",
}


def objects(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> list[str]:
    """Whether the names of the Kubernetes objects are free, but for what this stack made."""
    lines = []
    for item in in_apply_order(lab):
        kind, name = item["kind"], item["metadata"]["name"]
        namespace = item["metadata"].get("namespace", "")
        if not _is_there(facts, kind, namespace, name) or (kind, namespace, name) in recorded:
            continue
        if _is_made_by_ours(facts, (namespace, name), recorded):
            continue  # told below
        place = f" in namespace {namespace}" if namespace else ""
        way = f" -n {namespace}" if namespace else ""
        instead = "write existing: true for it" if kind == "Namespace" else "give it another name in the stack file"
        lines.append(
            f"{kind} {name}{place} is there already, and not by this stack: {instead}, or delete it "
            f"(oc delete {kind.lower()} {name}{way})."
        )
    lines += [
        f"namespace {namespace.name} is not there, and the stack file says existing: true. Make it, or drop that word."
        for namespace in lab.namespaces
        if namespace.existing and namespace.name not in facts.namespaces
    ]
    lines += [
        f"namespace {namespace.name} was made by this stack, which would delete it now that the stack file says "
        f"existing: true. Drop that word, or give the namespace away first: `pulumi state delete --force` with its URN "
        "(`pulumi stack --show-urns` lists it)."
        for namespace in lab.namespaces
        if namespace.existing and ("Namespace", "", namespace.name) in recorded
    ]
    return [*lines, *_attachments(lab, facts, recorded), *_rivals(lab, facts, recorded)]


def _attachments(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> Iterator[str]:
    """Who makes an attachment cannot change under it.

    OVN-Kubernetes' own goes with its network, whoever has taken it over; and it makes none where another stands.
    """
    for place, name in [(place, name) for place, listed in standing(lab).items() for name in listed]:
        if (place, name) not in facts.attachments:
            continue
        by_our_network = _is_made_by_ours(facts, (place, name), recorded)
        by_us = (ATTACHMENT, place, name) in recorded
        if by_our_network if lab.attachments == "nad" else by_us:
            yield (
                f"{ATTACHMENT} {name} in namespace {place} was made with another cnv-lab:nodeNetwork.attachments than "
                f"{lab.attachments}, and cannot change its maker. Take {place} out of the VLAN's namespaces, `pulumi "
                "up`, and put it back with the new setting."
            )
        elif not by_our_network and lab.attachments == "cudn":
            yield (
                f"{ATTACHMENT} {name} in namespace {place} is there already, and not by this stack: OVN-Kubernetes "
                f"would not make its own. Delete it (oc delete {ATTACHMENT.lower()} {name} -n {place})."
            )


def _is_made_by_ours(facts: ClusterFacts, place: tuple[str, str], recorded: Collection[tuple[str, str, str]]) -> bool:
    """Whether OVN-Kubernetes made this attachment from a network of this stack."""
    return (CLUSTER_NETWORK, "", maker(facts.attachments.get(place) or {})) in recorded


def _is_there(facts: ClusterFacts, kind: str, namespace: str, name: str) -> bool:
    match kind:
        case "VirtualMachine":
            return (namespace, name) in facts.virtual_machines
        case "MachineSet":
            return name in facts.machine_sets
        case "NodeNetworkConfigurationPolicy":
            return name in facts.policies
        case "Namespace":
            return name in facts.namespaces
        case "ClusterUserDefinedNetwork":
            return name in facts.cluster_networks
        case _:
            return (namespace, name) in facts.attachments


def _rivals(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> Iterator[str]:
    """Policies of other names for the NIC, or a bridge, of the same nodes: the last writer would win, again and again.

    This stack's own under the name that it had so far goes before its replacement comes.
    """
    hypervisors = [
        *([{**_WORKER_LABELS, names.MACHINE_SET_LABEL: lab.machine_set}] if lab.existing is None else []),
        *((node["metadata"].get("labels") or {}) for node in facts.nodes.values()),
    ]
    ours = [labels for labels in hypervisors if lab.node_selector.items() <= labels.items()]
    our_bridges = set(DESIGNS[lab.bridging].bridges(lab.vlan_ids))
    for name, policy in sorted(facts.policies.items()):
        selector = policy["spec"].get("nodeSelector") or {}
        is_ours = name == lab.policy or ("NodeNetworkConfigurationPolicy", "", name) in recorded
        if is_ours or not any(selector.items() <= labels.items() for labels in ours):
            continue
        theirs = (policy["spec"].get("desiredState") or {}).get("interfaces") or []
        for bridge in sorted({item.get("name") for item in theirs} & our_bridges):
            yield (
                f"policy {name} configures {bridge} of these nodes too. Take the bridge out of it, or give it another "
                "name there."
            )
        if any(_touches(lab.nic, item) for item in theirs):
            yield (
                f"policy {name} configures {lab.nic} of these nodes too. Take the NIC out of it, or give this stack's "
                "policy that name after deleting it."
            )


def _touches(nic_name: str, interface: dict[str, Any]) -> bool:
    ports = {port.get("name") for port in (interface.get("bridge") or {}).get("port") or []}
    return (
        interface.get("name") == nic_name
        or (interface.get("vlan") or {}).get("base-iface") == nic_name
        or nic_name in ports
    )
