"""What preflight finds of VLANs that left the stack file, or leave it now: asked for only where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster import namespaces, node_network
from lab import manifests, names, retirement
from lab.manifests import node_network as policies
from lab.manifests.network_attachments import KIND as ATTACHMENT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Cluster
    from lab.plan import Lab
    from lab.retirement import Attachment, Leaving, Retired

# Of a state: kind, namespace or "", name.
Recorded = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Look:
    """The VLANs that the policy owns from now on, and who hangs on networks that go."""

    ledger: frozenset[int]
    in_use: Mapping[Leaving, Sequence[str]]
    news: tuple[str, ...] = ()


def look(
    cluster: Cluster, lab: Lab, facts: ClusterFacts, objects: Collection[Recorded], recorded: frozenset[int]
) -> Look:
    """Looks at the policy and, where something leaves, at who uses it.

    Args:
        cluster: the session.
        lab: the lab.
        facts: the cluster.
        objects: what the state of this stack holds.
        recorded: the ledger that the state holds, for a policy that somebody deleted.
    """
    known = {lab.policy, *(name for kind, _, name in objects if kind == policies.KIND)}
    live = [facts.policies[name] for name in sorted(known) if name in facts.policies]
    ledger = frozenset().union(*map(policies.read_ledger, live)) if live else recorded
    retired = ledger - set(lab.vlan_ids)
    in_force = {vlan for item in live for vlan, state in policies.bridges(item["spec"]).items() if state != "absent"}
    ours = {(namespace, name) for kind, namespace, name in objects if kind == ATTACHMENT}
    going = retirement.leaving(facts.attachments, ours, _wanted(lab), retired & in_force if live else retired)
    users = namespaces.users(cluster, [(item.namespace, item.name) for item in going]) if going else {}
    in_use = {item: found for item in going if (found := users[item.namespace, item.name])}
    if not (lab.forget_retired and retired):
        return Look(ledger=ledger, in_use=in_use)
    ends = _forget(cluster, lab, facts, retired)
    return Look(ledger=ledger - ends.forgotten, in_use=in_use, news=_news(lab, ends))


def _wanted(lab: Lab) -> set[Attachment]:
    return {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in manifests.network_attachments(lab)}


def _forget(cluster: Cluster, lab: Lab, facts: ClusterFacts, retired: Collection[int]) -> Retired:
    policy = facts.policies.get(lab.policy)
    selector = (
        {names.MACHINE_SET_LABEL: lab.machine_set} if policy is None else policy["spec"].get("nodeSelector") or {}
    )
    nodes = [
        node for node in facts.nodes.values() if selector.items() <= (node["metadata"].get("labels") or {}).items()
    ]
    return retirement.forget(retired, policy, node_network.enactments(cluster, lab.policy), nodes)


def _news(lab: Lab, found: Retired) -> tuple[str, ...]:
    news = []
    if found.forgotten:
        news.append(f"policy {lab.policy} forgets {_vlans(found.forgotten)}: off every node (forgetRetired).")
    if found.kept:
        news.append(f"policy {lab.policy} cannot forget {_vlans(found.kept)} yet (forgetRetired): {found.why}.")
    return tuple(news)


def _vlans(ids: Collection[int]) -> str:
    return f"VLAN{'' if len(ids) == 1 else 's'} {', '.join(map(str, sorted(ids)))}"
