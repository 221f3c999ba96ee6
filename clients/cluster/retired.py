"""What preflight finds of VLANs and bridges that left, or leave now: asked for only where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster import namespaces, node_network
from lab import manifests, names, plugs, retirement
from lab.manifests import node_network as policies
from lab.manifests.bridging import DESIGNS
from lab.manifests.cluster_networks import KIND as CLUSTER_NETWORK
from lab.manifests.cluster_networks import maker
from lab.manifests.network_attachments import KIND as ATTACHMENT
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Cluster, Object
    from lab.plan import Lab
    from lab.plugs import Plug
    from lab.retirement import Attachment, Leaving, Retired

# Of a state: kind, namespace or "", name.
Recorded = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Look:
    """The bridges that the policy owns from now on, and who hangs on networks that go."""

    ledger: frozenset[str]
    in_use: Mapping[Leaving, Sequence[str]]
    news: tuple[str, ...] = ()


def look(
    cluster: Cluster, lab: Lab, facts: ClusterFacts, objects: Collection[Recorded], recorded: frozenset[str]
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
    retired = ledger - set(DESIGNS[lab.bridging].bridges(lab.vlan_ids))
    ours = {(namespace, name) for kind, namespace, name in objects if kind == ATTACHMENT}
    ours |= {place for place, item in facts.attachments.items() if (CLUSTER_NETWORK, "", maker(item)) in objects}
    before = plugs.of_policies(item["spec"] for item in live) if live else plugs.of_ledger(ledger)
    after = plugs.of_policy(policies.policy(lab)["spec"])
    going = retirement.leaving(facts.attachments, ours, _wanted(lab), before, after)
    going += retirement.made_anew(facts.attachments, _anew(lab, facts))
    in_use = _in_use(cluster, going)
    news = _moves(lab, live)
    if not (lab.forget_retired and retired):
        return Look(ledger=ledger, in_use=in_use, news=news)
    ends = _forget(cluster, lab, facts, retired)
    return Look(ledger=ledger - ends.forgotten, in_use=in_use, news=(*news, *_news(lab, ends)))


def _wanted(lab: Lab) -> dict[Attachment, frozenset[Plug]]:
    if lab.attachments == "cudn":
        places = [(vlan.id, namespace) for vlan in lab.vlans for namespace in vlan.namespaces]
        return {(place, names.attachment(vlan)): frozenset({(names.LOCALNET, vlan)}) for vlan, place in places}
    return {
        (item["metadata"]["namespace"], item["metadata"]["name"]): plugs.of_attachment(item)
        for item in manifests.network_attachments(lab)
    }


def _anew(lab: Lab, facts: ClusterFacts) -> list[Attachment]:
    """The attachments of networks that are replaced: what a ClusterUserDefinedNetwork says of its network is final."""
    changed = {
        item["metadata"]["name"]
        for item in manifests.cluster_networks(lab)
        if (live := facts.cluster_networks.get(item["metadata"]["name"])) is not None
        and live["spec"].get("network") != item["spec"]["network"]
    }
    return [place for place, item in facts.attachments.items() if maker(item) in changed]


def _in_use(cluster: Cluster, going: Sequence[Leaving]) -> dict[Leaving, Sequence[str]]:
    leaving = [item for item in going if not item.moves_to]
    moving = [item for item in going if item.moves_to]
    users = namespaces.users(cluster, [(item.namespace, item.name) for item in leaving]) if leaving else {}
    running = namespaces.running(cluster, [(item.namespace, item.name) for item in moving]) if moving else {}
    found = {**running, **users}
    return {item: hanging for item in going if (hanging := found[item.namespace, item.name])}


def _moves(lab: Lab, live: Sequence[Object]) -> tuple[str, ...]:
    """A line where the nodes have bridges of another design than the one that is wanted now."""
    up = [name for item in live for name, state in policies.bridges(item["spec"]).items() if state != "absent"]
    others = [name for name in policies.in_order(up) if not DESIGNS[lab.bridging].owns(name)]
    if not others:
        return ()
    go = f"{few(others)} {'goes' if len(others) == 1 else 'go'} from the nodes in the same step"
    return (f"policy {lab.policy} changes its bridge design to {lab.bridging}: {go}.",)


def _forget(cluster: Cluster, lab: Lab, facts: ClusterFacts, retired: Collection[str]) -> Retired:
    policy = facts.policies.get(lab.policy)
    selector = lab.node_selector if policy is None else policy["spec"].get("nodeSelector") or {}
    nodes = [*facts.nodes_with(selector).values()]
    return retirement.forget(retired, policy, node_network.enactments(cluster, lab.policy), nodes)


def _news(lab: Lab, found: Retired) -> tuple[str, ...]:
    news = []
    if found.forgotten:
        news.append(f"policy {lab.policy} forgets {retirement.told(found.forgotten)}: off every node (forgetRetired).")
    if found.kept:
        news.append(
            f"policy {lab.policy} cannot forget {retirement.told(found.kept)} yet (forgetRetired): {found.why}."
        )
    return tuple(news)
