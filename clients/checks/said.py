"""What each check says, by the check's name: preflight refuses with it and tells it, the doctor shows it in a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.checks import boot_images, trunk
from clients.checks.apart import apart
from clients.checks.bridging import bridging
from clients.checks.existing import existing, existing_warnings, kvm
from clients.checks.health import health
from clients.checks.networks import networks
from clients.checks.nic import nic
from clients.checks.objects import objects
from clients.checks.operators import given_up, operators
from clients.checks.retired import retired, retired_in_use
from clients.checks.template import following, template
from clients.checks.vcenter import new_hosts, privileges, vcenter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.retired import Look
    from clients.preflight import Recorded
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab


@dataclass(frozen=True, kw_only=True)
class Said:
    """A check's lines: what stands in the way, what to heed, what to know."""

    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    news: tuple[str, ...] = ()


def in_cluster(lab: Lab, facts: ClusterFacts, recorded: Recorded, vlans: Look) -> dict[str, Said]:
    """Of the lab and the cluster; ``vlans`` is what leaves."""
    return {
        "cluster.nodes": Said(
            refusals=tuple(existing(lab, facts)),
            warnings=tuple(existing_warnings(lab, facts)),
        ),
        "cluster.kvm": Said(warnings=tuple(kvm(lab, facts))),
        "cluster.network": Said(refusals=tuple(bridging(lab, facts))),
        "cluster.nic": Said(refusals=tuple(nic(lab, facts))),
        "cluster.names": Said(
            refusals=(*objects(lab, facts, recorded.objects), *networks(lab, facts, recorded.objects)),
        ),
        "cluster.retired": Said(
            refusals=tuple(retired(lab, vlans.in_use)),
            warnings=tuple(retired_in_use(lab, vlans.in_use)),
            news=vlans.news,
        ),
        "cluster.operators": Said(
            refusals=(*operators(lab, facts), *given_up(lab, removes_operators=recorded.removes_operators)),
        ),
        "cluster.bootImages": Said(
            refusals=tuple(boot_images.refusals(lab, facts)),
            warnings=tuple(boot_images.warnings(lab, facts)),
            news=tuple(boot_images.news(lab, facts)),
        ),
        "cluster.healthChecks": Said(warnings=tuple(health(lab, facts))),
    }


def in_vcenter(
    lab: Lab, found: Inventory, recorded: Recorded, users: Mapping[str, Collection[str]], owner: str = ""
) -> dict[str, Said]:
    """Of the lab and vCenter; ``users`` are the VMs on each port group that leaves, ``owner`` whose is in the way."""
    ours, made = recorded.port_groups, recorded.template
    wrong = tuple(template(lab, found, made))
    follows = following(lab, found, made)
    return {
        "vcenter.places": Said(
            refusals=tuple(vcenter(lab, found)),
            news=tuple(new_hosts(lab, found, ours.standard)),
        ),
        "vcenter.privileges": Said(refusals=tuple(privileges(found))),
        "vcenter.trunk": Said(refusals=tuple(trunk.check(lab, found, ours, users, owner))),
        "vcenter.apart": Said(refusals=tuple(apart(lab, found))),
        # What becomes of the copy is only known where nothing stands in its way.
        "vcenter.template": Said(refusals=wrong) if wrong else Said(warnings=follows.warnings, news=follows.news),
    }
