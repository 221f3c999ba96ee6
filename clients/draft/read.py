"""Reads what the cluster, its worker MachineSet and vCenter know of a lab that is to be; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clients import checks, credentials
from clients.cluster import facts as cluster_facts
from clients.cluster import session as cluster_session
from clients.errors import LabError
from clients.vcenter import inventory
from clients.vcenter import session as vcenter_session
from lab import plan, releases, settings, trunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from clients.credentials import Logins
    from clients.vcenter.inventory import Inventory
    from clients.vcenter.session import VCenter


@dataclass(kw_only=True)
class Found:
    """Values by their keys, where they come from, and why others could not be read."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    namespaces: frozenset[str] = frozenset()
    # "" where the cluster was not seen.
    release: str = ""

    def take(self, values: Mapping[str, Any]) -> None:
        """Adds those that somebody knows."""
        self.values.update({key: value for key, value in values.items() if value not in {None, ""}})


def read(logins: Logins, said: Mapping[str, Any]) -> Found:
    """What there is to know; ``said`` are values that win over it, and that lead to vCenter.

    Raises:
        LabError: the cluster is not on vSphere, so that there is nothing to make hypervisors of.
    """
    found = Found()
    worker = None
    try:
        with cluster_session.connect(credentials.cluster(logins.get, logins.environ)) as cluster:
            facts = cluster_facts.take(cluster)
    except LabError as error:
        found.troubles.append(str(error))
    else:
        worker = _of_cluster(facts, found)
    found.take(said)
    try:
        access = credentials.vcenter(logins.get, logins.environ, found.values.get("vcenter.server"))
        with vcenter_session.connect(access) as vcenter:
            _of_vcenter(vcenter, found)
    except LabError as error:
        found.troubles.append(str(error))
    if worker is not None:
        found.notes.append(f"Sizes and places are those of MachineSet {worker['metadata']['name']}.")
    return found


def _of_cluster(facts: ClusterFacts, found: Found) -> Object | None:
    if not checks.is_vsphere(facts):
        raise LabError(
            f"the cluster runs on {facts.platform}, and hypervisors are made on vSphere only. For nodes that are there "
            "already begin with a copy of examples/stacks/Pulumi.existing-nodes.yaml."
        )
    meant = settings.parse({"cluster": {"infraId": facts.infra_id}}, where="the cluster")
    worker = checks.worker(meant, facts)
    found.release, found.namespaces = facts.release, facts.namespaces
    found.notes.append(f"Read from cluster {facts.infra_id}, OpenShift {facts.release or 'of unknown release'}.")
    found.take(plan.inherited(worker))
    found.take({"cluster.infraId": facts.infra_id, "cluster.openshift": "auto", "operators.mode": _mode(facts)})
    if facts.release:
        found.take({"nodeNetwork.bridging": releases.default_bridging(facts.release, facts.network_type)})
    if worker is None:
        found.troubles.append(
            f"cluster {facts.infra_id} has no worker MachineSet of its installer's to take places and sizes from."
        )
    return worker


def _mode(facts: ClusterFacts) -> str:
    """Who installs the operators: the stack where neither is there, and something that can."""
    there = facts.operators
    is_bare = not there.nmstates and not there.hyperconvergeds and bool(facts.missing)
    return "manage" if is_bare and there.serves_subscriptions else "expect"


def _of_vcenter(vcenter: VCenter, found: Found) -> None:
    """The switch that every host has, and how large the template's disk is."""

    def of(key: str) -> str:
        return str(found.values.get(key) or "")

    if not of("vcenter.datacenter") or not of("vcenter.cluster"):
        return
    seen = inventory.take(
        vcenter,
        inventory.Wanted(
            datacenter=of("vcenter.datacenter"),
            cluster=of("vcenter.cluster"),
            datastore=of("vcenter.datastore"),
            folder=of("vcenter.folder"),
            resource_pool=of("vcenter.resourcePool"),
            source=of("template.source"),
            template="",
            trunk="",
            is_distributed=True,
        ),
    )
    found.take(_switch(seen))
    if seen.source is not None and seen.source.disks_gib:
        least = int(-(-seen.source.disks_gib[0] // 1))
        found.take({"hypervisors.diskGiB": max(least, int(found.values.get("hypervisors.diskGiB") or 0)) or None})
    found.notes.append(
        f"Switches are those of the hosts of cluster {of('vcenter.cluster')} in vCenter {vcenter.endpoint}."
    )


def _switch(seen: Inventory) -> dict[str, Any]:
    """The one distributed switch that has every host and learns MAC addresses; else the first standard one of all."""
    hosts = {host.moid for host in seen.hosts}
    able = [item for item in seen.switches if item.hosts >= hosts and item.version >= trunk.MAC_LEARNING_SINCE]
    if len(able) == 1 and hosts:
        return {"trunk.switch.kind": trunk.DISTRIBUTED, "trunk.switch.name": able[0].name}
    shared = [
        name
        for name in (seen.hosts[0].switches if seen.hosts else ())
        if all(name in host.switches for host in seen.hosts)
    ]
    return {"trunk.switch.kind": trunk.STANDARD, "trunk.switch.name": shared[0]} if shared else {}
