"""What the doctor meets in unit tests: a cluster and a vCenter that answer, or raise what they are told to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clients.cluster import facts as cluster_facts
from clients.cluster import retired
from clients.cluster import session as cluster_session
from clients.credentials import Logins
from clients.doctor.examine import Subject, examine
from clients.preflight import Recorded
from clients.vcenter import cpus, inventory
from clients.vcenter import session as vcenter_session
from lab.doctor.report import Notes, Outcome
from lab.doctor.verdicts import HostCpu
from tests.unit import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from lab.doctor.report import Finding

RULES = [
    {
        "kind": "ClusterRole",
        "metadata": {"name": "cnv-lab"},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}],
    }
]
ENVIRON = {
    "VSPHERE_SERVER": "vcenter.lab",
    "VSPHERE_USER": "admin",
    "VSPHERE_PASSWORD": "s3cret",
    "KUBECONFIG": "/kube/config",
}


@dataclass(kw_only=True)
class Cluster:
    """What answers for the API server."""

    server: str = "https://api.hub"
    verifies: bool = True
    # Whether the user may do this; the first question is for everything.
    allowed: Callable[[Mapping[str, str]], bool] = lambda _: True

    def may(self, attributes: Mapping[str, str]) -> bool:
        """Of a right."""
        return self.allowed(attributes)


@dataclass(kw_only=True)
class World:
    """What the doctor meets; an error in a thing's place is raised."""

    connected: Any = field(default_factory=Cluster)
    seen: Any = field(default_factory=facts.cluster)
    logged_in: Any = "a session"
    inventory: Any = field(default_factory=facts.inventory)
    cpus: Any = field(default_factory=lambda: [HostCpu(name="goat-1", nested=True)])
    vlans: Any = field(default_factory=lambda: retired.Look(ledger=frozenset(), in_use={}))
    logins: int = 0


def _give(thing: Any) -> Any:
    if isinstance(thing, Exception):
        raise thing
    return thing


def meet(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in the place of the servers."""
    made = World()

    @contextmanager
    def to_cluster(_access: Any) -> Iterator[Any]:
        yield _give(made.connected)

    @contextmanager
    def to_vcenter(_access: Any) -> Iterator[Any]:
        made.logins += 1
        yield _give(made.logged_in)

    monkeypatch.setattr(cluster_session, "connect", to_cluster)
    monkeypatch.setattr(cluster_facts, "take", lambda _: _give(made.seen))
    monkeypatch.setattr(cluster_facts, "with_virtual_machines", lambda _, found, __: found)
    monkeypatch.setattr(retired, "look", lambda *_: _give(made.vlans))
    monkeypatch.setattr(vcenter_session, "connect", to_vcenter)
    monkeypatch.setattr(inventory, "take", lambda *_: _give(made.inventory))
    monkeypatch.setattr(inventory, "vms_on", lambda *_: [])
    monkeypatch.setattr(cpus, "cpus", lambda *_: _give(made.cpus))
    return made


def look(
    environ: dict[str, str] | None = None,
    config: dict[str, str] | None = None,
    recorded: Recorded | None = None,
    wanted: Any = ...,
    **sections: Any,
) -> dict[str, Finding]:
    """What it finds of the small lab, by check."""
    notes = Notes()
    notes.note("stack.file")
    notes.note("stack.state")
    subject = Subject(
        settings=facts.settings_of(**sections) if wanted is ... else wanted,
        stack=facts.STACK,
        where=facts.WHERE,
        logins=Logins(get=(config or {}).get, environ=ENVIRON if environ is None else environ),
        recorded=recorded or Recorded(),
        rules=RULES,
    )
    examine(subject, notes)
    return {finding.check: finding for finding in notes.findings()}


def told(finding: Finding) -> str:
    """Its lines."""
    return "\n".join(map(str, finding.lines))


def by_outcome(found: dict[str, Finding], outcome: Outcome) -> set[str]:
    """The checks that came to this."""
    return {check for check, finding in found.items() if finding.outcome is outcome}
