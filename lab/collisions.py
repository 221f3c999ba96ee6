"""What labs would take from each other: names of which there is one only, and nodes' parts that have one master only.

Preflight refuses each of these against what really stands; here stack files are compared, before there is anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from lab import localnets, names, rivals
from lab.manifests import in_apply_order, network_attachments, policy
from lab.manifests.cluster_networks import KIND as CLUSTER_NETWORK
from lab.manifests.machine_set import KIND as MACHINE_SET
from lab.manifests.network_attachments import KIND as ATTACHMENT
from lab.manifests.network_attachments import standing
from lab.manifests.node_network import KIND as POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lab.plan import Lab

PORT_GROUP, TEMPLATE, OPERATORS = "port group", "template", "operators"
REMEDIES: Mapping[str, str] = {
    PORT_GROUP: (
        "Write another cnv-lab:trunk.portGroup in all but one; or ownership: existing, to use that of the one that "
        "makes it"
    ),
    TEMPLATE: "Write another cnv-lab:template.name in all but one",
    MACHINE_SET: "Write another cnv-lab:hypervisors.name in all but one",
    POLICY: "Write another cnv-lab:nodeNetwork.name in all but one",
    "Namespace": "Write existing: true for it in all but one",
    ATTACHMENT: "Take the namespace out of that VLAN, or guest trunk, in all but one",
    CLUSTER_NETWORK: "Take the namespaces out of that VLAN in all but one, or write attachments: nad there",
    "VirtualMachine": "Write another cnv-lab:exampleVm.name in all but one",
    OPERATORS: "Write cnv-lab:operators.mode expect in all but one",
}
ALIKE = "Write the same cnv-lab:nodeNetwork.mtu in both"
NODES = "Write labels that no node of the other has as cnv-lab:hypervisors.existing.nodeSelector"
TOLD: Mapping[str, str] = {"bridge": "bridge {}", "NIC": "NIC {}", "mapping": "OVN's bridge mapping {}"}


@dataclass(frozen=True, kw_only=True)
class Collision:
    """``what`` there is one of, ``place`` where; ``labs`` are those that would each have it, by their files' names."""

    what: str
    place: str
    labs: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        """One line: what, where, whose, what to do."""
        *first, last = self.labs
        return f"{self.what} {self.place}: wanted by {', '.join(first)} and {last}. {self.remedy}."


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A name that a lab takes; ``scope`` is where it is one of its kind."""

    kind: str
    name: str
    scope: tuple[str, ...]
    place: str


def collisions(labs: Mapping[str, Lab]) -> list[Collision]:
    """What two or more of these labs, by their files' names, would each have."""
    owners: dict[_Claim, list[str]] = {}
    clusters = {file: _cluster(lab, labs.values()) for file, lab in labs.items()}
    for file, lab in labs.items():
        for claim in dict.fromkeys(_claims(lab, clusters[file])):
            owners.setdefault(claim, []).append(file)
    # A distributed port group is one of its name in two places: told once.
    once = {(claim.kind, claim.name, *who): (claim, who) for claim, who in reversed(owners.items()) if len(who) > 1}
    found = [
        Collision(
            what=f"{claim.kind} {claim.name}".rstrip(), place=claim.place, labs=tuple(who), remedy=REMEDIES[claim.kind]
        )
        for claim, who in reversed(once.values())
    ]
    for one, other in combinations(labs, 2):
        if clusters[one] == clusters[other]:
            found += [
                *_on_nodes((one, other), labs[one], labs[other]),
                *_networks((one, other), labs[one], labs[other]),
            ]
    return found


def _cluster(lab: Lab, labs: Iterable[Lab]) -> tuple[str, ...]:
    """The cluster: a copy of it that belongs to another vCenter, such as a sandbox's, is another one.

    A lab that makes no machines knows of no vCenter; where the other labs of its cluster agree on one, it is that.
    """
    known = {other.server for other in labs if other.infra_id == lab.infra_id and other.existing is None}
    return lab.infra_id, next(iter(known)) if lab.existing is not None and len(known) == 1 else lab.server


def _claims(lab: Lab, scope: tuple[str, ...]) -> Iterator[_Claim]:
    yield from _in_vcenter(lab) if lab.existing is None else ()
    place = f"in cluster {lab.infra_id}"
    for item in in_apply_order(lab):
        # Whoever makes an attachment, there is one of its name: see below.
        if item["kind"] != ATTACHMENT:
            name = "/".join(filter(None, (_namespace(item), item["metadata"]["name"])))
            yield _Claim(kind=item["kind"], name=name, scope=scope, place=place)
    for namespace, attachments in standing(lab).items():
        for name in attachments:
            yield _Claim(kind=ATTACHMENT, name=f"{namespace}/{name}", scope=scope, place=place)
    if lab.operators.mode == "manage":
        yield _Claim(kind=OPERATORS, name="", scope=scope, place=place)


def _namespace(item: Mapping[str, Mapping[str, str]]) -> str:
    """The namespace, where a reader needs it: every MachineSet is in the same."""
    namespace = item["metadata"].get("namespace", "")
    return "" if namespace == names.MACHINE_API_NAMESPACE else namespace


def _in_vcenter(lab: Lab) -> Iterator[_Claim]:
    """The Machine API finds a network by its name among those of the compute cluster, whatever its kind."""
    if not lab.trunk.existing:
        places = {f"on the hosts of {lab.cluster} in {lab.server}": lab.cluster}
        if lab.trunk.is_distributed:
            places[f"on switch {lab.switch} in {lab.server}"] = lab.switch
        for place, where in places.items():
            scope = (lab.server, lab.datacenter, where)
            yield _Claim(kind=PORT_GROUP, name=lab.port_group, scope=scope, place=place)
    yield _Claim(
        kind=TEMPLATE, name=lab.template_name, scope=(lab.server, lab.folder), place=f"in {lab.folder} of {lab.server}"
    )


def _on_nodes(files: Sequence[str], one: Lab, other: Lab) -> Iterator[Collision]:
    """Two policies for the same part of the same nodes; what has one name as a whole is told by that."""
    is_told = one.policy == other.policy or (one.machine_set != "" and one.machine_set == other.machine_set)
    if not is_told and rivals.meet(one, other):
        for kind, name in rivals.contested(one, policy(other)["spec"]):
            place = f"on nodes of both in cluster {one.infra_id}"
            yield Collision(what=TOLD[kind].format(name), place=place, labs=tuple(files), remedy=NODES)


def _networks(files: Sequence[str], one: Lab, other: Lab) -> Iterator[Collision]:
    """Two networks of OVN-Kubernetes by one name, of which different things are said."""
    ours, theirs = (localnets.of_attachments(network_attachments(lab)) for lab in (one, other))
    for name in sorted(ours.keys() & theirs.keys()):
        if differences := localnets.unlike(ours[name], theirs[name]):
            what = f"network {name} ({', '.join(differences)})"
            place = f"in cluster {one.infra_id}"
            yield Collision(what=what, place=place, labs=tuple(files), remedy=ALIKE)
