"""Whether the names of the Kubernetes objects are free, and nobody else configures the trunk NIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.operators import stack_of
from lab import rivals
from lab.manifests import in_apply_order
from lab.manifests.cluster_networks import KIND as CLUSTER_NETWORK
from lab.manifests.cluster_networks import maker
from lab.manifests.network_attachments import KIND as ATTACHMENT
from lab.manifests.network_attachments import standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from lab.plan import Lab

# What to do about a name that is taken: what a namespace or a VLAN is called is not ours to choose.
_OTHERWISE = {
    "Namespace": "Write existing: true for it",
    ATTACHMENT: "Take the namespace out of that VLAN, or guest trunk",
    CLUSTER_NETWORK: "Take the namespaces out of that VLAN",
}
# Of what both configure on the same nodes, what to do.
_APART = {
    "bridge": "Take the bridge out of it, or give it another name there",
    "NIC": "Take the NIC out of it; or write its name as cnv-lab:nodeNetwork.name, and take it over (docs/adopt.md)",
    "mapping": "Take the mapping out of it, or give it another name there",
}
_OTHER_NODES = "One of the two must have other nodes, or another NIC and bridge design"


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
        instead = _OTHERWISE.get(kind, "Give it another name in the stack file")
        owner = _owner(facts, kind, namespace, name)
        if owner not in {"", lab.stack}:
            told = f"and not by this stack ({lab.stack}) but by stack {owner}. {instead}, here or there."
        elif owner:
            told = (
                f"and not by this stack, as Pulumi's state has it, but by one of its name ({owner}). Another backend "
                "has one, which then must be called otherwise; or a run died, and `make recover "
                f"STACK={owner.partition('.')[2]}` takes up what it made; or the state was lost."
            )
        else:
            told = f"and not by this stack. {instead}, or delete it (oc delete {kind.lower()} {name}{way})."
        lines.append(f"{kind} {name}{place} is there already, {told}")
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
            owner = _owner(facts, ATTACHMENT, place, name)
            is_known = owner not in {"", lab.stack}
            whose = f" ({lab.stack}) but by stack {owner}" if is_known else ""
            freed = f"Delete it (oc delete {ATTACHMENT.lower()} {name} -n {place})"
            yield (
                f"{ATTACHMENT} {name} in namespace {place} is there already, and not by this stack{whose}: "
                "OVN-Kubernetes would not make its own. "
                f"{f'Take {place} out of that VLAN, here or there' if is_known else freed}."
            )


def _is_made_by_ours(facts: ClusterFacts, place: tuple[str, str], recorded: Collection[tuple[str, str, str]]) -> bool:
    """Whether OVN-Kubernetes made this attachment from a network of this stack."""
    return (CLUSTER_NETWORK, "", maker(facts.attachments.get(place) or {})) in recorded


def _is_there(facts: ClusterFacts, kind: str, namespace: str, name: str) -> bool:
    return name in facts.namespaces if kind == "Namespace" else _live(facts, kind, namespace, name) is not None


def _owner(facts: ClusterFacts, kind: str, namespace: str, name: str) -> str:
    """The stack that made it, or nothing."""
    if kind == "Namespace":
        return facts.namespace_stacks.get(name, "")
    live = _live(facts, kind, namespace, name) or {}
    network = facts.cluster_networks.get(maker(live) or "") if kind == ATTACHMENT else None
    return stack_of(network or live)


def _live(facts: ClusterFacts, kind: str, namespace: str, name: str) -> Object | None:
    match kind:
        case "VirtualMachine":
            return facts.virtual_machines.get((namespace, name))
        case "MachineSet":
            return facts.machine_sets.get(name)
        case "NodeNetworkConfigurationPolicy":
            return facts.policies.get(name)
        case "ClusterUserDefinedNetwork":
            return facts.cluster_networks.get(name)
        case _:
            return facts.attachments.get((namespace, name))


def _rivals(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> Iterator[str]:
    """Policies of other names for the NIC, or a bridge, of the same nodes: the last writer would win, again and again.

    This stack's own under the name that it had so far goes before its replacement comes.
    """
    hypervisors = [
        *([rivals.labels(lab)] if lab.existing is None else []),
        *((node["metadata"].get("labels") or {}) for node in facts.nodes.values()),
    ]
    ours = [labels for labels in hypervisors if lab.node_selector.items() <= labels.items()]
    for name, policy in sorted(facts.policies.items()):
        selector = policy["spec"].get("nodeSelector") or {}
        is_ours = name == lab.policy or ("NodeNetworkConfigurationPolicy", "", name) in recorded
        if is_ours or not any(selector.items() <= labels.items() for labels in ours):
            continue
        owner = _owner(facts, "NodeNetworkConfigurationPolicy", "", name)
        for kind, what in rivals.contested(lab, policy["spec"]):
            if owner not in {"", lab.stack}:
                yield (
                    f"policy {name} of stack {owner} configures {what} of these nodes too, which this stack "
                    f"({lab.stack}) would. {_OTHER_NODES}."
                )
            else:
                yield f"policy {name} configures {what} of these nodes too. {_APART[kind]}."
