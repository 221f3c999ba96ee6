"""Looks before anything is deleted: a destroy runs without the program, and so without its preflight.

Half-way through, a server that does not answer would leave a lab that is neither there nor gone; and a port group that
somebody's VM is on would refuse at the very end, when all that was built on it is gone already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyVmomi import vmodl

from clients import credentials
from clients.cluster import fleet
from clients.cluster import session as cluster_session
from clients.errors import LabError, attempt
from clients.vcenter import faults, inventory
from clients.vcenter import session as vcenter_session
from lab import template
from lab.template import NEW, OLD
from lab.words import few

if TYPE_CHECKING:
    from clients.credentials import Logins

NEEDS_BOTH = (
    "Nothing has been deleted: destroy needs both servers. Run it again when they answer. Where one is gone for good, "
    "docs/recover.md says how to go on without it."
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands, as far as looking before its destroy needs it; ``template`` is the template's name.

    ``port_group`` is "" for one that somebody else made: it stays, with all that is on it. Then, and where nothing of
    the stack is in vCenter, that is not asked.
    """

    server: str
    datacenter: str
    cluster: str
    port_group: str
    machine_set: str
    template: str


def check(logins: Logins, standing: Standing) -> None:
    """Whether a destroy would get to its end.

    Raises:
        LabError: a line for each server that cannot be reached or refuses the login, or naming the VMs on the trunk.
    """
    ours, cluster_trouble = attempt(lambda: _machines(logins, standing))
    there, vcenter_trouble = attempt(lambda: _on_the_trunk(logins, standing) if standing.port_group else [])
    troubles = [*cluster_trouble, *vcenter_trouble]
    if troubles:
        raise LabError("\n".join([*troubles, NEEDS_BOTH]))
    # The template, and what an exchange of it that died has left beside it: all of it goes with the template.
    templates = {standing.template, *(template.beside(standing.template, suffix) for suffix in (NEW, OLD))}
    strangers = sorted(set(there or ()) - set(ours or ()) - templates)
    if strangers:
        raise LabError(
            f"port group {standing.port_group} could not be removed: on it is {few(strangers)}, "
            "which this stack did not make. Nothing has been deleted. Put that network card on another port group, "
            "and run destroy again."
        )


def _machines(logins: Logins, standing: Standing) -> list[str]:
    """The hypervisors; a Machine's VM has the Machine's name."""
    with cluster_session.connect(credentials.cluster(logins.get, logins.environ)) as cluster:
        return [machine["metadata"]["name"] for machine in fleet.machines(cluster, standing.machine_set)]


def _on_the_trunk(logins: Logins, standing: Standing) -> list[str]:
    access = credentials.vcenter(logins.get, logins.environ, standing.server)
    with vcenter_session.connect(access) as vcenter:
        if not standing.port_group:
            return []
        try:
            return inventory.vms_on(vcenter, standing.datacenter, standing.cluster, standing.port_group)
        except vmodl.MethodFault as error:
            raise faults.explain(error, f"tell which VMs are on port group {standing.port_group}") from None
