"""Looks at what there is of a lab, right or wrong: for its picture. Nothing is changed, and nothing stands in the way.

What preflight looks at, and by the same functions; but no objection is raised here.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from clients import checks, first_look
from clients.cluster import node_network
from clients.errors import LabError
from clients.preflight import wanted
from clients.vcenter import inventory
from lab import plan
from lab.topology.live import DistributedPortGroup, Found, InVCenter, StandardPortGroup

if TYPE_CHECKING:
    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from clients.credentials import Logins
    from clients.vcenter.inventory import Host, Inventory
    from lab.plan import Lab
    from lab.settings import Settings


def survey(settings: Settings, *, stack: str, where: str, logins: Logins) -> tuple[Lab, Found]:
    """The lab as the stack file means it in this cluster, and what there is of it.

    Raises:
        LabError: naming each server that does not answer, or that this is another cluster.
        SettingsError: for values that neither the stack file nor the worker MachineSet has.
    """
    with ExitStack() as sessions:
        begun = first_look.begin(sessions, settings, logins)
        cluster, facts, vcenter = begun.cluster, begun.facts, begun.vcenter
        if facts.infra_id != settings.cluster.infra_id:
            raise LabError("\n".join(checks.cluster(settings, facts)))
        lab = plan.complete(
            settings,
            stack=stack,
            where=where,
            worker=begun.worker,
            release=facts.release,
            network_type=facts.network_type,
        )
        lab, _ = checks.autoscaled(lab, facts)
        there = None if vcenter is None else inventory.take(vcenter, wanted(lab))
        enactments = node_network.enactments(cluster, lab.policy)
    return lab, found(lab, facts, enactments, there)


def found(lab: Lab, facts: ClusterFacts, enactments: list[Object], there: Inventory | None) -> Found:
    """What the facts say of this lab."""
    nodes = facts.nodes_with(lab.node_selector)
    return Found(
        vcenter=None if there is None else in_vcenter(lab, there),
        machine_set=facts.machine_sets.get(lab.machine_set),
        nodes=nodes,
        network_states={name: item for name, item in facts.network_states.items() if name in nodes},
        policies=facts.policies,
        enactments=enactments,
        namespaces=facts.namespaces,
        attachments=facts.attachments,
        cluster_networks=facts.cluster_networks,
    )


def in_vcenter(lab: Lab, there: Inventory) -> InVCenter:
    """What vCenter has, as the pure core reads it."""
    on = checks.trunk.switch(lab, there)
    trunk = next((item.settings for item in there.trunks if on is not None and item.switch == on.moid), None)
    return InVCenter(
        hosts={host.name: _port_group(lab, host) for host in there.hosts},
        off_switch=[host.name for host in there.hosts if on is not None and host.moid not in on.hosts],
        distributed=DistributedPortGroup(ranges=trunk.ranges, security=trunk.security) if trunk else None,
        template=there.places.there,
    )


def _port_group(lab: Lab, host: Host) -> StandardPortGroup | None:
    group = next((item for item in host.port_groups if item.name == lab.port_group), None)
    if group is None:
        return None
    return StandardPortGroup(
        switch=group.switch,
        vlan=group.vlan,
        promiscuous=group.promiscuous,
        forged_transmits=group.forged_transmits,
    )
