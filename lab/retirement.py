"""Bridges and VLANs that leave: which may be forgotten, and who still uses the networks that go with them.

A bridge that is no longer wanted, for its VLAN or its whole design has left the stack file, stays in the policy as
``absent``, for nodes that come back later. It is forgotten only when that is in force on every node; and a network
leaves at all only when no virtual machine or pod hangs on it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names, plugs
from lab.manifests.bridging import per_vlan
from lab.manifests.node_network import bridges, in_order
from lab.readiness import Ready, node_network, ready_nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lab.plugs import Carried, Plug

Object = dict[str, Any]
# Namespace and name.
Attachment = tuple[str, str]

# Attachments in these can be used from every namespace, all others from their own only: Multus runs with
# namespaceIsolation and these globalNamespaces (cluster-network-operator, bindata/network/multus/multus.yaml).
GLOBAL_NAMESPACES = frozenset({"default", "openshift-multus", "openshift-sriov-network-operator", "openshift-cnv"})
NETWORKS_ANNOTATION = "k8s.v1.cni.cncf.io/networks"
# Phases of a pod that holds no network any more.
FINISHED = {"Succeeded", "Failed"}


@dataclass(frozen=True, kw_only=True)
class Retired:
    """What becomes of the bridges that the ledger has and nobody wants: ``why`` some cannot be forgotten."""

    forgotten: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """An attachment that loses ``vlans``, or goes itself: ``ours`` or somebody's on a bridge of ours.

    ``moves_to``: the VLANs stay, on another bridge. Who is running loses them until it starts anew.
    """

    namespace: str
    name: str
    vlans: frozenset[int]
    carrier: str
    ours: bool
    moves_to: str = ""


def forget(
    retired: Collection[str], policy: Object | None, enactments: Sequence[Object], nodes: Sequence[Object]
) -> Retired:
    """Which of the retired bridges the policy may drop.

    Args:
        retired: bridges that the policy owns and the lab no longer wants.
        policy: the live policy.
        enactments: its enactments.
        nodes: the nodes that it selects.
    """
    entries = {} if policy is None else bridges(policy["spec"])
    going = frozenset(bridge for bridge in retired if entries.get(bridge) != "absent")
    verdict = node_network(policy, enactments, nodes)
    not_ready = sorted({node["metadata"]["name"] for node in nodes} - ready_nodes(nodes))
    gone = frozenset(retired) - going
    if not isinstance(verdict, Ready):
        return Retired(kept=frozenset(retired), why=verdict.message)
    if not_ready:
        return Retired(
            kept=frozenset(retired), why=f"{', '.join(not_ready)} {'is' if len(not_ready) == 1 else 'are'} not Ready"
        )
    return Retired(
        forgotten=gone, kept=going, why="absent from this run on, and forgotten by the next" if going else ""
    )


def leaving(
    attachments: Mapping[Attachment, Object],
    ours: Collection[Attachment],
    wanted: Mapping[Attachment, frozenset[Plug]],
    before: Carried,
    after: Carried,
) -> list[Leaving]:
    """The live attachments that go, or lose VLANs, by namespace and name.

    Args:
        attachments: all live NetworkAttachmentDefinitions.
        ours: those that the stack made.
        wanted: those that the stack file asks for, with what they will plug into.
        before: what the nodes carry now.
        after: what they will carry.
    """
    found = []
    for (namespace, name), item in sorted(attachments.items()):
        place, now = (namespace, name), plugs.of_attachment(item)
        is_ours, goes = place in ours, place in ours and place not in wanted
        will = wanted.get(place, frozenset()) if is_ours else now
        lost = (now or _by_name(name)) if goes else {plug for plug in now - will if plugs.is_carried(plug, before)}
        lost |= {plug for plug in now & will if plugs.is_carried(plug, before) and not plugs.is_carried(plug, after)}
        if not lost:
            continue
        kept = {vlan: carrier for carrier, vlan in will if plugs.is_carried((carrier, vlan), after)}
        vlans = frozenset(vlan for _, vlan in lost)
        moves_to = kept[min(vlans)] if vlans <= kept.keys() else ""
        carrier = min(lost)[0]
        found.append(
            Leaving(namespace=namespace, name=name, vlans=vlans, carrier=carrier, ours=is_ours, moves_to=moves_to)
        )
    return found


def made_anew(attachments: Mapping[Attachment, Object], places: Iterable[Attachment]) -> list[Leaving]:
    """Attachments of ours whose network cannot be changed as it stands, and is made another time."""
    return [
        Leaving(namespace=namespace, name=name, vlans=frozenset({vlan}), carrier=carrier, ours=True, moves_to=carrier)
        for namespace, name in sorted(places)
        for carrier, vlan in plugs.of_attachment(attachments[namespace, name])
    ]


def _by_name(name: str) -> frozenset[Plug]:
    """What one of ours was for whose configuration somebody has spoilt."""
    vlan = re.fullmatch(r"vlan-(\d+)", name)
    return frozenset({(name, int(vlan[1]) if vlan else 0)})


def told(bridges_or_vlans: Collection[str | int]) -> str:
    """In words: ``VLANs 1925, 1926``, ``bridge br-trunk``, or both. A VLAN's own bridge is told as the VLAN."""
    named = [names.bridge(item) if isinstance(item, int) else item for item in bridges_or_vlans]
    vlans = [str(names.vlan_of(name)) for name in in_order(named) if per_vlan.owns(name)]
    others = [name for name in in_order(named) if not per_vlan.owns(name)]
    parts = [(f"VLAN{_s(vlans)} {', '.join(vlans)}")] if vlans else []
    return " and ".join([*parts, *([f"bridge{_s(others)} {', '.join(others)}"] if others else [])])


def _s(listed: Collection[str]) -> str:
    return "" if len(listed) == 1 else "s"


def users(attachment: Attachment, virtual_machines: Iterable[Object], pods: Iterable[Object]) -> list[str]:
    """Who hangs on an attachment, as ``VirtualMachine fedora``; those in other namespaces with theirs.

    Virtual machines count also when they are stopped: they could not start again. A virtual machine's own pod is not
    told beside it, and a pod that has finished holds nothing.
    """
    found = [item for item in virtual_machines if attachment in networks_of_vm(item)]
    machines = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in found}
    running = [
        item
        for item in pods
        if attachment in networks_of_pod(item)
        and (item.get("status") or {}).get("phase") not in FINISHED
        and not machines & set(_instances(item))
    ]
    return [
        *(_told(attachment, "VirtualMachine", item) for item in found),
        *(_told(attachment, "Pod", item) for item in running),
    ]


def running(attachment: Attachment, pods: Iterable[Object]) -> list[str]:
    """Who hangs on an attachment at this moment, a virtual machine by its own name."""
    found = []
    for item in pods:
        if attachment in networks_of_pod(item) and (item.get("status") or {}).get("phase") not in FINISHED:
            instance = next(_instances(item), None)
            as_told = {"metadata": {"namespace": instance[0], "name": instance[1]}} if instance else item
            found.append(_told(attachment, "VirtualMachine" if instance else "Pod", as_told))
    return found


def networks_of_vm(virtual_machine: Object) -> set[Attachment]:
    """The attachments that a VirtualMachine's spec names, and may use."""
    spec = (virtual_machine["spec"].get("template") or {}).get("spec") or {}
    written = [(item.get("multus") or {}).get("networkName") for item in spec.get("networks") or []]
    return _resolved((str(name) for name in written if name), virtual_machine)


def networks_of_pod(pod: Object) -> set[Attachment]:
    """The attachments that a pod's annotation names, and the pod may use: a comma list or JSON, as Multus reads it."""
    text = str((pod["metadata"].get("annotations") or {}).get(NETWORKS_ANNOTATION) or "")
    if not any(letter in text for letter in '[{"'):
        return _resolved((name.strip().partition("@")[0] for name in text.split(",")), pod)
    try:
        items = json.loads(text)
    except ValueError:
        return set()  # no pod starts with it
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    places = ((str(item.get("namespace") or ""), str(item.get("name") or "")) for item in listed)
    return _resolved(("/".join(filter(None, place)) for place in places), pod)


def _resolved(written: Iterable[str], user: Object) -> set[Attachment]:
    own = user["metadata"]["namespace"]
    found = set()
    for text in written:
        namespace, _, name = text.strip().rpartition("/")
        place = (namespace or own, name)
        if name and place[0] in {own, *GLOBAL_NAMESPACES}:
            found.add(place)
    return found


def _instances(pod: Object) -> Iterator[Attachment]:
    """The virtual machine instances that a pod belongs to; one has its virtual machine's name."""
    for owner in pod["metadata"].get("ownerReferences") or []:
        if owner.get("kind") == "VirtualMachineInstance":
            yield pod["metadata"]["namespace"], owner["name"]


def _told(attachment: Attachment, kind: str, item: Object) -> str:
    namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
    return f"{kind} {name}" if namespace == attachment[0] else f"{kind} {namespace}/{name}"
