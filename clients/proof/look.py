"""A proof's look at both servers: the lab, its hypervisors, and as much as vCenter tells of the wire between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients import checks, first_look, survey
from clients.cluster import facts as cluster_facts
from clients.cluster import node_network
from clients.errors import LabError, attempt
from clients.preflight import wanted
from clients.vcenter import inventory
from lab import plan
from lab.parts import Kind, Part
from lab.proof import choice
from lab.proof.path import Trunk
from lab.topology.live.trunk import port_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Cluster
    from clients.credentials import Logins
    from clients.vcenter.session import VCenter
    from lab.plan import Lab
    from lab.settings import Settings

BY_HAND = "the hypervisors exist, and nothing is made in vSphere"


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a proof begins with."""

    cluster: Cluster
    facts: ClusterFacts
    lab: Lab
    nodes: tuple[str, str]
    trunk: Trunk
    notes: tuple[str, ...]


def look(  # noqa: PLR0913  what a look at a lab takes, and the nodes that are meant
    sessions: ExitStack, settings: Settings, *, stack: str, where: str, logins: Logins, nodes: Sequence[str]
) -> Look:
    """Logs in and looks around. vCenter may be silent: it only tells more.

    Raises:
        LabError: the cluster can't be asked, or is another; or there are no two hypervisors.
        SettingsError: for values that neither the stack file nor the worker MachineSet has.
    """
    cluster = first_look.log_in_to_cluster(sessions, logins)
    facts = cluster_facts.take(cluster)
    if wrong := checks.cluster(settings, facts):
        raise LabError("\n".join(wrong))
    worker = checks.worker(settings, facts) if settings.hypervisors.existing is None else None
    lab = plan.complete(
        settings, stack=stack, where=where, worker=worker, release=facts.release, network_type=facts.network_type
    )
    try:
        there = facts.nodes_with(lab.node_selector)
        able = choice.able(lab, there, node_network.enactments(cluster, lab.policy), nodes)
    except choice.RefusedError as error:
        raise LabError(str(error)) from None
    if lab.existing is not None:
        vcenter, trouble = None, [BY_HAND]
    else:
        server = settings.vcenter.server or first_look.server_of(worker)
        vcenter, trouble = attempt(lambda: first_look.log_in_to_vcenter(sessions, logins, server))
    hosts, untold = ({}, trouble) if vcenter is None else attempt(lambda: hosts_of(vcenter, lab, able))
    pair = choice.apart(able, hosts or {})
    under = tuple((hosts or {}).get(name, "") for name in pair)
    trunk, unseen = (None, untold) if vcenter is None else attempt(lambda: _trunk(vcenter, lab, (under[0], under[1])))
    silent = [*dict.fromkeys((*untold, *unseen))]
    notes = [f"vCenter was not asked: {' '.join(silent)}"] if silent else []
    trunk = trunk or Trunk(port_group=lab.port_group)
    return Look(
        cluster=cluster,
        facts=facts,
        lab=lab,
        nodes=pair,
        trunk=trunk,
        notes=(*notes, *_told(lab, trunk, pair)),
    )


def _told(lab: Lab, trunk: Trunk, pair: tuple[str, str]) -> list[str]:
    told = []
    if trunk.is_one_host:
        told.append(
            f"both nodes are on ESXi host {trunk.hosts[0]}: the physical switch between hosts is not tried. Choose "
            "others with --node, or have them kept apart (cnv-lab:hypervisors.antiAffinity)"
        )
    elif not all(trunk.hosts) and lab.existing is None:
        told.append(f"whether {' and '.join(pair)} are on different ESXi hosts is not known")
    return told


def hosts_of(vcenter: VCenter, lab: Lab, nodes: Sequence[str]) -> Mapping[str, str]:
    """The ESXi host under each node, whose VM has its name."""
    found = {}
    for name in nodes:
        vm = inventory.find_vm(vcenter, name, lab.folder)
        host = None if vm is None else vcenter.read(vm, "runtime.host").get("runtime.host")
        if host is not None:
            found[name] = str(vcenter.read(host, "name").get("name", ""))
    return found


def _trunk(vcenter: VCenter, lab: Lab, hosts: tuple[str, str]) -> Trunk:
    found = survey.in_vcenter(lab, inventory.take(vcenter, wanted(lab)))
    part = port_group(Part(kind=Kind.PORT_GROUP, name=lab.port_group), lab, found)
    return Trunk(port_group=lab.port_group, hosts=hosts, found=found, notes=part.notes)
