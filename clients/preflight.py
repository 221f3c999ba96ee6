"""Looks at vCenter and the cluster before anything is made, and names all that stands in the way at once.

One login to each. What comes back is plain: the lab completed from the worker MachineSet, the hosts, the policy's
ledger. Nothing is changed here.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clients import checks, first_look
from clients.checks.template import Following
from clients.checks.trunk import Ours
from clients.cluster import facts as cluster_facts
from clients.cluster import hypervisors, retired
from clients.errors import LabError
from clients.vcenter import inventory
from lab import boot_images, names, plan, privileges
from lab.manifests import node_network
from lab.mistakes import SettingsError
from lab.template import AS_MADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clients.checks import Said
    from clients.cluster.session import Object
    from clients.credentials import Logins
    from clients.vcenter.inventory import Host, Inventory
    from clients.vcenter.session import VCenter
    from lab.plan import Lab
    from lab.settings import Settings
    from lab.template import Made


NO_TEMPLATE = Following(identity="", condition=AS_MADE)
HALF_DESTROYED = "an earlier destroy stopped half-way: what it took from the nodes is put back."


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What Pulumi's state of this stack holds already.

    ``template`` is the one that it has made, if any. ``objects`` are (kind, namespace or "", name). ``ledger`` is the
    policy's, for a policy that somebody has deleted.
    ``removes_operators``: operators that leave the state are removed from the cluster. ``adopting``: what stands and is
    nobody's counts as this stack's (`python -m lab adopt`).
    """

    port_groups: Ours = field(default_factory=Ours)
    objects: frozenset[tuple[str, str, str]] = frozenset()
    ledger: frozenset[str] = frozenset()
    template: Made | None = None
    removes_operators: bool = False
    adopting: bool = False


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What the components are built from, and what is told before: ``news`` are lines to know, ``warnings`` to heed.

    ``taken_down`` and ``taken_back``: a destroy that stopped half-way has scaled the hypervisors to 0, or reverted the
    policy; Pulumi's state shows nothing of it.
    """

    lab: Lab
    hosts: tuple[Host, ...]
    # The uuid of the distributed switch that the trunk is on, or "".
    switch: str = ""
    ledger: frozenset[str]
    template: Following
    # Hypervisors that exist; none where the lab makes them.
    nodes: tuple[str, ...] = ()
    # Of our MachineSet, as far as boot-image management goes: its labels, and whether it is enrolled.
    labels: Mapping[str, str] = field(default_factory=dict)
    enrolment: str = boot_images.NOT_ENROLLED
    taken_down: bool = False
    taken_back: bool = False
    news: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def preflight(settings: Settings, *, stack: str, where: str, logins: Logins, recorded: Recorded) -> Preflight:
    """The lab as it will be built on what is there.

    Raises:
        LabError: a line for each thing that stands in the way.
        SettingsError: for values that neither the stack file nor the worker MachineSet has.
    """
    with ExitStack() as sessions:
        begun = first_look.begin(sessions, settings, logins)
        cluster, facts, vcenter = begun.cluster, begun.facts, begun.vcenter
        makes_machines = settings.hypervisors.existing is None
        wrong = checks.cluster(settings, facts)
        if makes_machines and not checks.is_vsphere(facts):
            _raise(wrong)  # there is nothing to look for in a vCenter
        try:
            lab = plan.complete(
                settings,
                stack=stack,
                where=where,
                worker=begun.worker,
                release=facts.release,
                network_type=facts.network_type,
            )
        except SettingsError as error:
            # In another cluster there is no worker MachineSet to take values from: that is said first.
            _raise([*wrong, str(error)] if wrong else [])
            raise
        lab, scaled = checks.autoscaled(lab, facts)
        facts = cluster_facts.with_virtual_machines(cluster, facts, lab)
        found = None if vcenter is None else inventory.take(vcenter, wanted(lab))
        if recorded.adopting:
            facts, found, recorded = checks.adoption.claimed(lab, facts, found, recorded)
        there = (
            {} if vcenter is None or found is None else in_vcenter(lab, vcenter, found, recorded, facts.machine_sets)
        )
        vlans = retired.look(cluster, lab, facts, recorded.objects, recorded.ledger)
        said = [*there.values(), *checks.in_cluster(lab, facts, recorded, vlans).values()]
        said.append(checks.adoption.check(lab, facts, found, recorded))
        _raise([*wrong, *(line for check in said for line in check.refusals)])
    live = facts.policies.get(lab.policy)
    taken_down = hypervisors.is_taken_down(facts.machine_sets.get(lab.machine_set))
    taken_back = node_network.is_taken_back(live, node_network.policy(lab, vlans.ledger), lab.nic)
    following = checks.following(lab, found, recorded.template) if found else NO_TEMPLATE
    return Preflight(
        lab=lab,
        hosts=found.hosts if found else (),
        switch=on.uuid if found and (on := checks.trunk.switch(lab, found)) else "",
        nodes=checks.nodes(lab, facts),
        ledger=vlans.ledger,
        taken_down=taken_down,
        taken_back=taken_back,
        template=following,
        labels=checks.boot_images.labels(lab, facts) if makes_machines else {},
        enrolment=checks.boot_images.enrolment(lab, facts),
        news=(
            *((HALF_DESTROYED,) if taken_down or taken_back else ()),
            *scaled,
            *(line for check in said for line in check.news),
        ),
        warnings=tuple(line for check in said for line in check.warnings),
    )


def in_vcenter(
    lab: Lab, vcenter: VCenter, found: Inventory, recorded: Recorded, machine_sets: Mapping[str, Object]
) -> dict[str, Said]:
    """What the checks say of what was found there; the cluster's MachineSets may tell whose it is."""
    ours, owner = recorded.port_groups, ""

    def vms_on(name: str) -> list[str]:
        return inventory.vms_on(vcenter, lab.datacenter, lab.cluster, name)

    users = {name: vms_on(name) for name in checks.trunk.leaving(lab, found, ours)}
    if checks.trunk.is_taken(lab, found, ours):
        owner = checks.trunk.owner(lab, found, machine_sets, vms_on(lab.port_group))
    return checks.in_vcenter(lab, found, recorded, users, owner)


def _raise(found: list[str]) -> None:
    if found:
        raise LabError("\n".join(found))


def wanted(lab: Lab) -> inventory.Wanted:
    """Where the lab's parts are looked for."""
    return inventory.Wanted(
        datacenter=lab.datacenter,
        cluster=lab.cluster,
        datastore=lab.datastore,
        folder=lab.folder,
        resource_pool=lab.resource_pool,
        source=lab.template_source,
        template=lab.template_path,
        trunk=lab.port_group,
        is_distributed=lab.trunk.is_distributed,
        rule=names.apart_rule(lab.stack, lab.machine_set) if lab.anti_affinity else "",
        machine_network=lab.machine_network,
        switch=lab.switch,
        privileges=privileges.needed(lab),
    )
