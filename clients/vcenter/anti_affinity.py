"""Keeps the hypervisors on different hosts: a rule of DRS, which names their VMs one by one.

The Machine API makes these VMs, replaces them, and knows of no rule: who is in it is seen to at each `up`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from clients.errors import LabError
from clients.vcenter import tasks
from clients.vcenter.inventory import find_cluster, find_vm

if TYPE_CHECKING:
    from collections.abc import Collection

    from clients.vcenter.session import VCenter

# A rule of vSphere's about VMs that are to be apart is one of two VMs or more.
LEAST = 2


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the rule is and where its VMs are; ``folder`` is an inventory path, ``rule`` the rule's name."""

    datacenter: str
    cluster: str
    folder: str
    rule: str


def are_apart(vcenter: VCenter, place: Place, names: Collection[str]) -> bool:
    """Whether the rule is in force about just these VMs; with fewer than two there is to be none."""
    rule = _rule(vcenter, _cluster(vcenter, place), place)
    if rule is None or not rule.enabled:
        return len(names) < LEAST
    # A VM that is gone has no name any more.
    there = {facts["name"] for facts in vcenter.properties(list(rule.vm), ["name"]) if "name" in facts}
    return len(names) >= LEAST and there == set(names)


def keep_apart(vcenter: VCenter, place: Place, names: Collection[str]) -> None:
    """Makes the rule one of just these VMs; with fewer than two there is none.

    Not mandatory: with fewer hosts than hypervisors DRS would refuse to start one.

    Raises:
        LabError: the cluster or a VM is not there, or vCenter refuses.
    """
    cluster = _cluster(vcenter, place)
    rule = _rule(vcenter, cluster, place)
    if len(names) < LEAST:
        _remove(vcenter, cluster, rule)
        return
    vms = [_vm(vcenter, place, name) for name in sorted(names)]
    wanted = vim.cluster.AntiAffinityRuleSpec(name=place.rule, enabled=True, mandatory=False, userCreated=True, vm=vms)
    if rule is not None:
        wanted.key = rule.key
    _change(vcenter, cluster, vim.cluster.RuleSpec(operation="add" if rule is None else "edit", info=wanted))
    if not vcenter.read(cluster, "configurationEx.drsConfig.enabled").get("configurationEx.drsConfig.enabled"):
        vcenter.report(
            f"warning: DRS is off in cluster {place.cluster}, so that nobody follows rule {place.rule}. Turn it on "
            "there, or write hypervisors.antiAffinity: false."
        )


def let_go(vcenter: VCenter, place: Place) -> None:
    """Takes the rule away; one that is gone is no failure, and neither is its cluster."""
    cluster = find_cluster(vcenter, place.datacenter, place.cluster)
    if cluster is not None:
        _remove(vcenter, cluster, _rule(vcenter, cluster, place))


def _remove(vcenter: VCenter, cluster: Any, rule: Any | None) -> None:
    if rule is not None:
        _change(vcenter, cluster, vim.cluster.RuleSpec(operation="remove", removeKey=rule.key))


def _change(vcenter: VCenter, cluster: Any, change: Any) -> None:
    spec = vim.cluster.ConfigSpecEx(rulesSpec=[change])
    tasks.run(
        vcenter,
        lambda: cluster.ReconfigureComputeResource_Task(spec, modify=True),
        f"{change.operation} the rule that keeps hypervisors apart",
    )


def _rule(vcenter: VCenter, cluster: Any, place: Place) -> Any | None:
    rules = vcenter.read(cluster, "configurationEx.rule").get("configurationEx.rule", [])
    return next((rule for rule in rules if rule.name == place.rule), None)


def _cluster(vcenter: VCenter, place: Place) -> Any:
    found = find_cluster(vcenter, place.datacenter, place.cluster)
    if not isinstance(found, vim.ClusterComputeResource):
        raise LabError(
            f"{place.cluster} is no cluster of hosts in vCenter: hypervisors can't be kept apart there. "
            "Write hypervisors.antiAffinity: false."
        )
    return found


def _vm(vcenter: VCenter, place: Place, name: str) -> Any:
    found = find_vm(vcenter, name, place.folder)
    if found is None:
        raise LabError(
            f"VM {name} is not in folder {place.folder}, where the Machine API puts it. Run `pulumi up` again; if it "
            "stays so, somebody moved it."
        )
    return found
