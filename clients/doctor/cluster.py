"""The doctor's look at the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients import checks, credentials
from clients.cluster import access, hypervisors, retired
from clients.cluster import facts as cluster_facts
from clients.cluster import session as cluster_session
from clients.cluster.session import FORBIDDEN, UNAUTHORIZED, RefusedError, UnreachableError, UntrustedError
from clients.doctor import steps
from clients.errors import LabError, attempt
from clients.preflight import HALF_DESTROYED
from lab.doctor import rights as lab_rights
from lab.doctor import verdicts
from lab.doctor.report import Outcome
from lab.manifests import in_apply_order
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Cluster
    from clients.credentials import Logins
    from clients.preflight import Recorded
    from lab.doctor.report import Notes
    from lab.plan import Lab
    from lab.settings import Settings


def reach(logins: Logins, sessions: ExitStack, notes: Notes) -> tuple[Cluster | None, ClusterFacts | None]:
    """Reaches it, logs in and looks around; what is None could not be had."""
    try:
        access = credentials.cluster(logins.get, logins.environ)
        cluster = sessions.enter_context(cluster_session.connect(access))
    except LabError as error:
        steps.ended(notes, "cluster", "cluster.credentials", error)
        return None, None
    origin = "kubernetes:kubeconfig" if access.content is not None else access.path or "~/.kube/config"
    notes.note("cluster.credentials", fine=[f"{origin}{f', context {access.context}' if access.context else ''}"])
    try:
        facts = cluster_facts.take(cluster)
    except LabError as error:
        _told_of(notes, cluster, error)
        return cluster, None
    _reached(notes, cluster, "")
    return cluster, facts


def _told_of(notes: Notes, cluster: Cluster, error: LabError) -> None:
    """Which of the steps the error has ended; those before it went well."""
    match error:
        case UntrustedError():
            last = "cluster.certificate"
        case UnreachableError():
            last = "cluster.reachable"
        case RefusedError(status=status) if status == UNAUTHORIZED:
            last = "cluster.login"
        case RefusedError(status=status) if status == FORBIDDEN:
            last = "cluster.rights"
        case _:
            last = "cluster.identity"
    _reached(notes, cluster, last)
    steps.ended(notes, "cluster", last, error)


def _reached(notes: Notes, cluster: Cluster, last: str) -> None:
    """The steps before the last one."""
    fine = {
        "cluster.reachable": [cluster.server],
        "cluster.certificate": ["verified"],
        "cluster.login": ["accepted"],
    }
    odd = (
        "the API server's certificate is not looked at (insecure-skip-tls-verify): whoever stands in between can read "
        "the login. Put its CA into the kubeconfig (certificate-authority-data)."
    )
    warnings = {} if cluster.verifies else {"cluster.certificate": [odd]}
    steps.passed(notes, fine, warnings, last)


def rights(cluster: Cluster, rules: Sequence[Mapping[str, Any]], lab: Lab | None, notes: Notes) -> None:
    """Whether its user may do there what this lab needs; also where a look at it was refused for want of them."""
    if notes.outcome("cluster.login") is not Outcome.OK:
        return
    needed = lab_rights.needed(rules, lab)
    missing, trouble = attempt(lambda: access.lacking(cluster, needed))
    if missing or trouble or notes.outcome("cluster.rights") is not Outcome.FAIL:
        refusals = lab_rights.refusals(missing or []) + trouble
        notes.note("cluster.rights", refusals=refusals, fine=[f"all {len(needed)} that this lab needs"])


def identify(settings: Settings, facts: ClusterFacts, notes: Notes) -> None:
    """Whether it is the one that the stack file means, and of which release."""
    on = facts.platform or "a platform that it does not tell"
    notes.note("cluster.identity", refusals=checks.cluster(settings, facts), fine=[f"{facts.infra_id}, on {on}"])
    odd = verdicts.release(settings.cluster.openshift, facts.release)
    notes.note("cluster.release", warnings=odd, fine=[f"OpenShift {facts.release}"])


def check(cluster: Cluster, lab: Lab, facts: ClusterFacts, recorded: Recorded, notes: Notes) -> Lab:
    """Preflight's checks of it; gives the lab with the replicas that it really has."""
    lab, scaled = checks.autoscaled(lab, facts)
    try:
        facts = cluster_facts.with_virtual_machines(cluster, facts, lab)
        vlans = retired.look(cluster, lab, facts, recorded.objects, recorded.ledger)
    except LabError as error:
        notes.fail("cluster.retired", error)
        vlans = retired.Look(ledger=recorded.ledger, in_use={})
    said = checks.in_cluster(lab, facts, recorded, vlans)
    if notes.outcome("cluster.retired") is Outcome.FAIL:
        said.pop("cluster.retired")
    half = (HALF_DESTROYED,) if hypervisors.is_taken_down(facts.machine_sets.get(lab.machine_set)) else ()
    fine = {**_fine(lab, facts), "cluster.nodes": [*_nodes(lab, facts), *scaled, *half]}
    steps.told(notes, said, fine)
    if lab.existing is None:
        nodes = facts.nodes_with(lab.node_selector)
        notes.note("cluster.kvm", refusals=verdicts.kvm(nodes), fine=fine["cluster.kvm"])
    return lab


def _fine(lab: Lab, facts: ClusterFacts) -> dict[str, list[str]]:
    """What there is to know where nothing is wrong."""
    there = sorted(facts.nodes_with(lab.node_selector))
    where = f"on {few(there)}, and not their way out" if there else "to be seen when there is a hypervisor"
    able = [name for name in there if verdicts.kvm_of(facts.nodes[name]) not in {"", "0"}]
    mode = {
        "expect": "NMState and OpenShift Virtualization are up",
        "manage": "this stack installs them",
        "ignore": "not asked (mode ignore)",
    }
    return {
        "cluster.kvm": [f"on {few(able)}" if able else "to be seen when there is a hypervisor"],
        "cluster.network": [f"{facts.network_type or 'not told'}; bridges: {lab.bridging}"],
        "cluster.nic": [f"{lab.nic}: {where}"],
        "cluster.names": [f"{len(in_apply_order(lab))} objects"],
        "cluster.retired": ["none leaves that is in use"],
        "cluster.operators": [mode[lab.operators.mode]],
        "cluster.bootImages": ["no template of this stack is managed by the cluster"],
        "cluster.healthChecks": ["none has the hypervisors under its eyes"],
    }


def _nodes(lab: Lab, facts: ClusterFacts) -> list[str]:
    if lab.existing is not None:
        return [f"hypervisors that exist: {few(checks.nodes(lab, facts))}"]
    there = facts.nodes_with(lab.node_selector)
    return [f"MachineSet {lab.machine_set}: {lab.replicas} wanted, {len(there)} there"]
