"""Which chapter of the post a resource belongs to, what it is called there, and what is told of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.report import tell
from lab.report.words import Name, Words, listed, vlans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.report.preview import Step

TRUNK, TEMPLATE, HYPERVISORS, NODE_NETWORK = "Trunk", "Template", "Hypervisors", "Node network"
ATTACHMENTS, OPERATORS, EXAMPLE = "Attachments", "Operators", "Example VM"
# What is made only so that `up` waits and `destroy` asks; and the logins.
HELPERS = "Waits and guards"
# What this program's stack cannot have made, as far as this version knows.
OTHERS = "Others"
VLAN_NETWORK = re.compile(r"vlan-(\d{1,4})")
CHAPTERS = (TRUNK, TEMPLATE, HYPERVISORS, NODE_NETWORK, ATTACHMENTS, OPERATORS, EXAMPLE, HELPERS, OTHERS)

PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
DISTRIBUTED = "vsphere:index/distributedPortGroup:DistributedPortGroup"
MACHINE_SET = "kubernetes:machine.openshift.io/v1beta1:MachineSet"
POLICY = "kubernetes:nmstate.io/v1:NodeNetworkConfigurationPolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
ATTACHMENT = "kubernetes:k8s.cni.cncf.io/v1:NetworkAttachmentDefinition"
CLUSTER_NETWORK = "kubernetes:k8s.ovn.org/v1:ClusterUserDefinedNetwork"
VIRTUAL_MACHINE = "kubernetes:kubevirt.io/v1:VirtualMachine"
DYNAMIC = "pulumi-python:dynamic/cnvlab:"
COPY = f"{DYNAMIC}Template"

# Steps of the same subject and with the same words become one row, with the places of all.
Subject = Callable[["Step"], Words]
Place = Callable[["Step"], str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a type of resource is told: ``place`` is what tells one from others of the same subject."""

    chapter: str
    subject: Subject
    told: tell.Teller = tell.of_update
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    chapter: str
    op: str
    subject: Words
    told: Words
    places: tuple[str, ...]
    gone: bool = False

    @property
    def where(self) -> Words:
        """The places; of VLANs' networks the VLANs."""
        ids = [VLAN_NETWORK.fullmatch(place) for place in self.places]
        own = [int(found[1]) for found in ids if found]
        others = [place for place, found in zip(self.places, ids, strict=True) if not found]
        told = [part for part in (vlans(own) if own else (), listed(others)) if part]
        return (*told[0], " and ", *told[1]) if len(told) > 1 else next(iter(told), ())


def _named(text: str) -> Subject:
    return lambda step: (f"{text} ", Name(tell.name_of(step)))


def _field(text: str, key: str) -> Subject:
    return lambda step: (f"{text} ", Name(str(step.inputs.get(key) or step.name)))


def _plain(text: str) -> Subject:
    return lambda _step: (text,)


def _on_switch(step: Step) -> Words:
    return ("port group ", Name(tell.name_of(step)), " on ", Name(str(step.inputs.get("virtualSwitchName"))), " of")


def _host(step: Step) -> str:
    """The component names each after its host (components/trunk_port_group.py)."""
    return step.name.removeprefix("trunk-")


def _in_namespace(step: Step) -> Words:
    return ("networks in namespace ", Name(str(step.inputs.get("metadata", {}).get("namespace"))), ":")


def _helper(text: str) -> Kind:
    return Kind(chapter=HELPERS, subject=_plain(text), told=tell.nothing)


KINDS = {
    PORT_GROUP: Kind(chapter=TRUNK, subject=_on_switch, told=tell.port_group, place=_host),
    DISTRIBUTED: Kind(chapter=TRUNK, subject=_named("distributed port group"), told=tell.distributed),
    f"{DYNAMIC}PortGroupSettings": Kind(chapter=TRUNK, subject=_plain("the port group's trunk"), told=tell.settings),
    COPY: Kind(chapter=TEMPLATE, subject=_named("template"), told=tell.template),
    f"{DYNAMIC}BootImageOptOut": Kind(chapter=TEMPLATE, subject=_plain("exception from boot-image management")),
    MACHINE_SET: Kind(chapter=HYPERVISORS, subject=_named("MachineSet"), told=tell.machine_set),
    f"{DYNAMIC}AntiAffinity": Kind(chapter=HYPERVISORS, subject=_field("DRS rule", "rule")),
    POLICY: Kind(chapter=NODE_NETWORK, subject=_named("policy"), told=tell.policy),
    NAMESPACE: Kind(chapter=ATTACHMENTS, subject=_named("namespace")),
    ATTACHMENT: Kind(chapter=ATTACHMENTS, subject=_in_namespace, told=tell.attachment, place=tell.name_of),
    CLUSTER_NETWORK: Kind(
        chapter=ATTACHMENTS, subject=_plain("cluster-wide networks:"), told=tell.attachment, place=tell.name_of
    ),
    f"{DYNAMIC}Operator": Kind(chapter=OPERATORS, subject=_field("operator", "operator")),
    VIRTUAL_MACHINE: Kind(chapter=EXAMPLE, subject=_named("virtual machine")),
    f"{DYNAMIC}HypervisorRollout": _helper("waits for hypervisors"),
    f"{DYNAMIC}HypervisorDrain": _helper("drains hypervisors at destroy"),
    f"{DYNAMIC}PolicyRollout": _helper("waits for the nodes' network"),
    f"{DYNAMIC}PolicyRevert": _helper("takes the nodes' network back at destroy"),
    f"{DYNAMIC}OperatorRollout": _helper("waits for operators"),
    f"{DYNAMIC}NamespaceGuard": _helper("asks before namespaces go"),
    f"{DYNAMIC}OperatorsGuard": _helper("asks before operators go"),
    f"{DYNAMIC}TeardownCheck": _helper("looks before a destroy begins"),
    "pulumi:providers:kubernetes": _helper("logs in to the cluster"),
    "pulumi:providers:vsphere": _helper("logs in to vCenter"),
}


def kind_of(step: Step) -> Kind:
    """How this step is told; what nobody here knows is told by its type and its logical name."""
    return KINDS.get(step.type) or Kind(chapter=OTHERS, subject=lambda it: (Name(it.type), " ", Name(it.name)))


def in_order(steps: Sequence[Step]) -> list[Step]:
    """By chapter and name: the engine works side by side, and no two of its previews have the same order."""
    return sorted(steps, key=lambda step: (CHAPTERS.index(kind_of(step).chapter), step.type, step.name, step.op))


def rows(steps: Sequence[Step]) -> list[Row]:
    """The table, in the chapters' order."""
    found: dict[tuple[str, str, Words, Words, bool], list[str]] = {}
    for step in steps:
        kind = kind_of(step)
        key = (kind.chapter, step.op, kind.subject(step), kind.told(step), step.gone)
        found.setdefault(key, []).extend([kind.place(step)] if kind.place else [])
    told = [
        Row(chapter=chapter, op=op, subject=subject, told=words, places=tuple(sorted(places)), gone=gone)
        for (chapter, op, subject, words, gone), places in found.items()
    ]
    return sorted(_helpers_together(told), key=lambda row: CHAPTERS.index(row.chapter))


def _helpers_together(told: list[Row]) -> list[Row]:
    """One row for all of them that share a fate: nobody reviews them one by one."""
    helpers: dict[tuple[str, bool], list[Row]] = {}
    for row in told:
        if row.chapter == HELPERS:
            helpers.setdefault((row.op, row.gone), []).append(row)
    together = []
    for (op, gone), alike in helpers.items():
        subject = "; ".join("".join(row.subject) for row in alike)
        together.append(Row(chapter=HELPERS, op=op, subject=(subject,), told=(), places=(), gone=gone))
    return [*(row for row in told if row.chapter != HELPERS), *together]
