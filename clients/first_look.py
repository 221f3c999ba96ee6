"""One login to each server, and what the cluster tells: where every look at a whole lab begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients import checks, credentials
from clients.cluster import facts as cluster_facts
from clients.cluster import session as cluster_session
from clients.errors import LabError, attempt
from clients.vcenter import session as vcenter_session

if TYPE_CHECKING:
    from contextlib import ExitStack

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Cluster, Object
    from clients.credentials import Logins
    from clients.vcenter.session import VCenter
    from lab.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The sessions, and the worker MachineSet; no vCenter where the lab makes no machines."""

    cluster: Cluster
    facts: ClusterFacts
    worker: Object | None
    vcenter: VCenter | None


def begin(sessions: ExitStack, settings: Settings, logins: Logins) -> Begun:
    """Logs in, for as long as the stack of sessions lasts.

    Raises:
        LabError: naming each server that does not answer.
    """
    cluster, cluster_trouble = attempt(lambda: log_in_to_cluster(sessions, logins))
    facts, facts_trouble = attempt(lambda: None if cluster is None else cluster_facts.take(cluster))
    makes_machines = settings.hypervisors.existing is None
    worker = checks.worker(settings, facts) if facts is not None and makes_machines else None
    server = settings.vcenter.server or server_of(worker)
    vcenter, vcenter_trouble = attempt(lambda: log_in_to_vcenter(sessions, logins, server) if makes_machines else None)
    troubles = [*cluster_trouble, *facts_trouble, *vcenter_trouble]
    if cluster is None or facts is None or troubles:
        raise LabError("\n".join(troubles))
    return Begun(cluster=cluster, facts=facts, worker=worker, vcenter=vcenter)


def log_in_to_cluster(sessions: ExitStack, logins: Logins) -> Cluster:
    """A session until the stack of sessions ends."""
    access = credentials.cluster(logins.get, logins.environ)
    return sessions.enter_context(cluster_session.connect(access))


def log_in_to_vcenter(sessions: ExitStack, logins: Logins, server: str | None) -> VCenter:
    """The same; ``server`` is for where the logins name none."""
    access = credentials.vcenter(logins.get, logins.environ, server)
    return sessions.enter_context(vcenter_session.connect(access))


def server_of(worker: Object | None) -> str | None:
    """The vCenter that the worker MachineSet names; on another platform it names none, and checks.cluster says so."""
    value = {} if worker is None else worker["spec"]["template"]["spec"]["providerSpec"]["value"]
    server: str | None = (value.get("workspace") or {}).get("server")
    return server
