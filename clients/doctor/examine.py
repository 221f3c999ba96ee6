"""Looks at vCenter and the cluster as preflight does, and goes on after what stands in the way."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clients import checks
from clients.doctor import cluster, vcenter
from clients.first_look import server_of
from lab import plan
from lab.doctor.report import Notes, Outcome, of
from lab.mistakes import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.cluster.facts import ClusterFacts
    from clients.credentials import Logins
    from clients.preflight import Recorded
    from lab.plan import Lab
    from lab.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is looked at: a stack file's settings (None where it has mistakes), and what the state has of the stack."""

    settings: Settings | None
    stack: str
    where: str
    logins: Logins
    recorded: Recorded
    # Of docs/rbac.yaml, the documents.
    rules: Sequence[Mapping[str, Any]]


def examine(subject: Subject, notes: Notes) -> None:
    """Makes every check that can be made, and says of the others why not."""
    with ExitStack() as sessions:
        asked, facts = cluster.reach(subject.logins, sessions, notes)
        settings = subject.settings
        if settings is None:
            if asked is not None:
                cluster.rights(asked, subject.rules, None, notes)
            vcenter.reach(subject.logins, None, sessions, notes)
            _skip_all(notes, "the stack file has mistakes")
            return
        if facts is not None:
            cluster.identify(settings, facts, notes)
        lab = _complete(subject, settings, facts, notes)
        if asked is not None:
            cluster.rights(asked, subject.rules, lab, notes)
        if asked is not None and facts is not None and lab is not None:
            lab = cluster.check(asked, lab, facts, subject.recorded, notes)
        if settings.hypervisors.existing is not None:
            notes.skip(of("vCenter"), "not asked: the hypervisors exist, and nothing is made in vSphere")
        elif facts is not None and not checks.is_vsphere(facts):
            notes.skip(of("vCenter"), "not asked: the cluster is not on vSphere")
        else:
            worker = None if facts is None else checks.worker(settings, facts)
            server = settings.vcenter.server or server_of(worker)
            session = vcenter.reach(subject.logins, server, sessions, notes)
            if session is not None and lab is not None:
                machine_sets = {} if facts is None else facts.machine_sets
                vcenter.check(session, lab, subject.recorded, machine_sets, notes)
        _skip_all(notes, "it takes the values that are missing")


def _complete(subject: Subject, settings: Settings, facts: ClusterFacts | None, notes: Notes) -> Lab | None:
    """The lab; without the cluster only where the stack file itself has all that it takes."""
    makes_machines = settings.hypervisors.existing is None
    worker = checks.worker(settings, facts) if facts is not None and makes_machines else None
    try:
        lab = plan.complete(
            settings,
            stack=subject.stack,
            where=subject.where,
            worker=worker,
            **({} if facts is None else {"release": facts.release, "network_type": facts.network_type}),
        )
    except SettingsError as error:
        if facts is None:
            notes.skip(["stack.values"], "the stack file leaves values to the worker MachineSet, which was not seen")
        elif notes.outcome("cluster.identity") is Outcome.FAIL:
            notes.skip(["stack.values"], "of another cluster than the stack file's nothing is taken")
        else:
            notes.fail("stack.values", error)
        return None
    whence = f"what is left out comes from MachineSet {worker['metadata']['name']}" if worker else "all are written"
    notes.note("stack.values", fine=[whence])
    return lab


def _skip_all(notes: Notes, why: str) -> None:
    """What no check has said a word on by now."""
    for side in ("stack", "cluster", "vCenter"):
        notes.skip(of(side), why)
