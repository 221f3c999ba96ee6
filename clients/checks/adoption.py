"""What preflight finds once `python -m lab adopt` has taken over what stands and is nobody's; and what it never takes.

Not taken: what another stack has its label or its mark on, operators (the whole cluster's), and what goes by other
names than the stack file's, of which a line tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clients.checks import trunk
from clients.checks.said import Said
from lab import adoption, names
from lab.manifests import in_apply_order, node_network
from lab.manifests.bridging import design_of
from lab.marker import Marker
from lab.plugs import of_attachment
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from clients.preflight import Recorded
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab

# Not VirtualMachines: whose disks they have nobody can tell from here.
KINDS = ("MachineSet", node_network.KIND, "Namespace", "NetworkAttachmentDefinition", "ClusterUserDefinedNetwork")


def claimed(
    lab: Lab, facts: ClusterFacts, found: Inventory | None, recorded: Recorded
) -> tuple[ClusterFacts, Inventory | None, Recorded]:
    """The same three, as they are once what is nobody's is this stack's."""
    objects = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"])
        for item in in_apply_order(lab)
        if item["kind"] in KINDS
    }
    mine = {key for key in objects if _is_nobodys(facts, *key)}
    policy = facts.policies.get(lab.policy)
    if policy is not None and (node_network.KIND, "", lab.policy) in mine:
        facts = replace(facts, policies={**facts.policies, lab.policy: with_ledger(policy)})
    groups = recorded.port_groups
    if found is not None:
        groups = replace(
            groups,
            standard={*groups.standard, *_standard(lab, facts, found)},
            distributed={*groups.distributed, *_distributed(lab, facts, found)},
        )
        found = found if recorded.template else _marked(lab, found)
    return facts, found, replace(recorded, objects=recorded.objects | mine, port_groups=groups)


def with_ledger(policy: Object) -> Object:
    """A policy made by hand, with the bridges that it has put on nodes in the ledger: what leaves is taken off them."""
    metadata = policy["metadata"]
    annotations = metadata.get("annotations") or {}
    if names.LEDGER_ANNOTATION in annotations:
        return policy
    ledger = node_network.write_ledger(node_network.bridges(policy["spec"]))
    return {**policy, "metadata": {**metadata, "annotations": {**annotations, names.LEDGER_ANNOTATION: ledger}}}


def _is_nobodys(facts: ClusterFacts, kind: str, namespace: str, name: str) -> bool:
    """Whether it is there without a stack's label."""
    match kind:
        case "MachineSet":
            item = facts.machine_sets.get(name)
        case node_network.KIND:
            item = facts.policies.get(name)
        case "Namespace":
            return name in facts.namespaces and name not in facts.namespace_stacks
        case "ClusterUserDefinedNetwork":
            item = facts.cluster_networks.get(name)
        case _:
            item = facts.attachments.get((namespace, name))
    return item is not None and names.STACK_LABEL not in (item["metadata"].get("labels") or {})


def _is_anothers(lab: Lab, facts: ClusterFacts, found: Inventory) -> bool:
    """Whether another stack's mark is on the trunk's port group, or its machines are."""
    return bool(trunk.owner(lab, found, facts.machine_sets, ()))


def _standard(lab: Lab, facts: ClusterFacts, found: Inventory) -> set[tuple[str, str]]:
    if lab.trunk.is_distributed or lab.trunk.existing or _is_anothers(lab, facts, found):
        return set()
    return {
        (host.moid, lab.port_group)
        for host in found.hosts
        if any(group.name == lab.port_group for group in host.port_groups)
    }


def _distributed(lab: Lab, facts: ClusterFacts, found: Inventory) -> set[tuple[str, str]]:
    on = trunk.switch(lab, found)
    if (
        on is None
        or not lab.trunk.is_distributed
        or lab.trunk.existing
        or trunk.owner(lab, found, facts.machine_sets, ())
    ):
        return set()
    return {(on.uuid, lab.port_group) for group in found.trunks if group.switch == on.moid and not group.is_nsx}


def _marked(lab: Lab, found: Inventory) -> Inventory:
    there = found.places.there
    if there is None or there.marker is not None:
        return found
    source = found.source
    uuid, version = adoption.origin(there, *((source.instance_uuid, source.version) if source else ("", "")))
    mark = Marker(id="", stack=lab.stack, name="", source=uuid, version=version)
    return replace(found, places=replace(found.places, there=replace(there, marker=mark)))


def check(lab: Lab, facts: ClusterFacts, found: Inventory | None, recorded: Recorded) -> Said:
    """What is told of what is nobody's."""
    return Said(
        refusals=tuple(refusals(lab, facts, found, recorded)),
        news=tuple(hints(lab, facts)) if recorded.adopting else (),
    )


def refusals(lab: Lab, facts: ClusterFacts, found: Inventory | None, recorded: Recorded) -> Iterator[str]:
    """Of a plain run the way out, where something stands that is nobody's; of an adoption what it must not take."""
    if recorded.adopting:
        yield from _too_wide(lab, facts)
        return
    _, then, after = claimed(lab, facts, found, recorded)
    if then != found or after != recorded:
        stack = lab.stack.partition(".")[2]
        yield f"What was made by hand for this lab can be taken over: `python -m lab adopt -s {stack}` tells what."


def _too_wide(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """A policy that configures more nodes than the stack's: these would be nobody's."""
    policy = facts.policies.get(lab.policy)
    if policy is None or _is_labelled(policy):
        return
    selector = policy["spec"].get("nodeSelector") or {}
    others = sorted(facts.nodes_with(selector).keys() - facts.nodes_with(lab.node_selector).keys())
    if others:
        yield (
            f"policy {lab.policy} selects {selector or 'every node'}, and so configures {few(others)}, which "
            f"{'is none' if len(others) == 1 else 'are none'} of this stack's hypervisors: they would keep its bridges "
            f"with nobody to look after them. Narrow its nodeSelector to {lab.node_selector} first (oc edit nncp "
            f"{lab.policy}), or write another cnv-lab:nodeNetwork.name."
        )


def hints(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What looks as if it were this lab's, and goes by another name or stands in another place."""
    for name, item in sorted(facts.machine_sets.items()):
        alike = _provider_spec(item).get("template") == lab.template_name or lab.port_group in _networks(item)
        if lab.existing is None and alike and name != lab.machine_set and not _is_labelled(item):
            yield (
                f"MachineSet {name} makes machines on {lab.port_group} or from {lab.template_name}, too, and is not "
                f"taken over: if it is this lab's, write cnv-lab:hypervisors.name: {name}."
            )
    wanted = {(item["metadata"].get("namespace"), item["metadata"]["name"]) for item in in_apply_order(lab)}
    bridges = set(node_network.bridges(node_network.policy(lab)["spec"]))
    for (namespace, name), item in sorted(facts.attachments.items()):
        on = sorted({carrier for carrier, _ in of_attachment(item) if carrier in bridges and design_of(carrier)})
        if on and (namespace, name) not in wanted and not _is_labelled(item):
            yield (
                f"NetworkAttachmentDefinition {namespace}/{name} is on {few(on)}, too, and in no VLAN of the stack "
                "file: it stays as it is, and is nobody's."
            )


def _provider_spec(machine_set: Object) -> Object:
    value: Object | None = machine_set["spec"]["template"]["spec"].get("providerSpec", {}).get("value")
    return value or {}


def _networks(machine_set: Object) -> set[str]:
    devices = (_provider_spec(machine_set).get("network") or {}).get("devices") or []
    return {str(device.get("networkName")) for device in devices}


def _is_labelled(item: Object) -> bool:
    return names.STACK_LABEL in (item["metadata"].get("labels") or {})
