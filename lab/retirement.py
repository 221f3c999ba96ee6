"""VLANs that leave: which may be forgotten, and who still uses the networks that go with them.

A VLAN that leaves the stack file stays in the policy as ``absent``, for nodes that come back later. It is forgotten
only when that is in force on every node; and it leaves at all only when no virtual machine or pod hangs on it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.node_network import bridges
from lab.readiness import Ready, node_network, ready_nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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
    """What becomes of the VLANs that the ledger has and the stack file has not: ``why`` some cannot be forgotten."""

    forgotten: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """An attachment that loses its bridge, or goes itself: ``ours`` or somebody's on a bridge of ours."""

    namespace: str
    name: str
    vlan: int
    ours: bool


def forget(
    retired: Collection[int], policy: Object | None, enactments: Sequence[Object], nodes: Sequence[Object]
) -> Retired:
    """Which of the retired VLANs the policy may drop.

    Args:
        retired: VLANs that the policy owns and the stack file no longer has.
        policy: the live policy.
        enactments: its enactments.
        nodes: the nodes that it selects.
    """
    entries = {} if policy is None else bridges(policy["spec"])
    going = frozenset(vlan for vlan in retired if entries.get(vlan) != "absent")
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
    wanted: Collection[Attachment],
    vlans: Collection[int],
) -> list[Leaving]:
    """The live attachments that go, or lose their bridge, by namespace and name.

    Args:
        attachments: all live NetworkAttachmentDefinitions.
        ours: those that the stack made.
        wanted: those that the stack file asks for.
        vlans: whose bridges go from the nodes now.
    """
    by_bridge = {names.bridge(vlan): vlan for vlan in vlans}
    found = []
    for (namespace, name), item in sorted(attachments.items()):
        is_ours = (namespace, name) in ours
        own = re.fullmatch(r"vlan-(\d+)", name)
        if is_ours and own and (namespace, name) not in wanted:
            found.append(Leaving(namespace=namespace, name=name, vlan=int(own[1]), ours=True))
        elif not is_ours and (bridge := next((one for one in bridges_of(item) if one in by_bridge), None)):
            found.append(Leaving(namespace=namespace, name=name, vlan=by_bridge[bridge], ours=False))
    return found


def bridges_of(attachment: Object) -> list[str]:
    """The bridges that an attachment's CNI configuration names, alone or in a list of plugins."""
    try:
        config = json.loads((attachment.get("spec") or {}).get("config") or "{}")
    except ValueError:
        return []
    if not isinstance(config, dict):
        return []
    plugins = config.get("plugins")
    found = [config, *(plugins if isinstance(plugins, list) else [])]
    return [str(plugin["bridge"]) for plugin in found if isinstance(plugin, dict) and plugin.get("bridge")]


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
