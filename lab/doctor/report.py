"""What ``python -m lab doctor`` found: a list of checks, each with its outcome and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Of the JSON that `--json` prints; a reader that knows this number understands it.
FORMAT = 1


class Outcome(StrEnum):
    """What came of a check; SKIP: it was not made, for it needs what another did not find, or the lab needs none."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"


Side = Literal["stack", "cluster", "vCenter"]

# Every check by its name, in the order in which they are told: where it looks, and for what.
CHECKS: Mapping[str, tuple[Side, str]] = {
    "stack.file": ("stack", "stack file"),
    "stack.state": ("stack", "Pulumi's state"),
    "stack.values": ("stack", "values"),
    "cluster.credentials": ("cluster", "kubeconfig"),
    "cluster.reachable": ("cluster", "connection"),
    "cluster.certificate": ("cluster", "certificate"),
    "cluster.login": ("cluster", "login"),
    "cluster.rights": ("cluster", "rights"),
    "cluster.identity": ("cluster", "which cluster"),
    "cluster.release": ("cluster", "release"),
    "cluster.operators": ("cluster", "operators"),
    "cluster.network": ("cluster", "cluster network"),
    "cluster.nodes": ("cluster", "nodes"),
    "cluster.kvm": ("cluster", "/dev/kvm"),
    "cluster.nic": ("cluster", "trunk NIC"),
    "cluster.names": ("cluster", "names free"),
    "cluster.retired": ("cluster", "retired VLANs"),
    "cluster.bootImages": ("cluster", "boot images"),
    "cluster.healthChecks": ("cluster", "health checks"),
    "vcenter.credentials": ("vCenter", "credentials"),
    "vcenter.reachable": ("vCenter", "connection"),
    "vcenter.certificate": ("vCenter", "certificate"),
    "vcenter.login": ("vCenter", "login"),
    "vcenter.places": ("vCenter", "places and hosts"),
    "vcenter.privileges": ("vCenter", "privileges"),
    "vcenter.cpu": ("vCenter", "hosts' CPUs"),
    "vcenter.trunk": ("vCenter", "switch and trunk"),
    "vcenter.apart": ("vCenter", "DRS rule"),
    "vcenter.template": ("vCenter", "template"),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A thing that a check tells, and what to do about it, or nothing."""

    told: str
    remedy: str = ""

    @classmethod
    def of(cls, text: str) -> Line:
        """A line of preflight's in its two parts: what is wrong is its first sentence, what to do the rest."""
        told, stop, remedy = text.partition(". ")
        return cls(told=told, remedy=remedy) if stop else cls(told=text.removesuffix("."))

    def __str__(self) -> str:
        """The line as preflight has it."""
        return f"{self.told}. {self.remedy}" if self.remedy else self.told


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of one check."""

    check: str
    outcome: Outcome
    lines: tuple[Line, ...] = ()

    @property
    def where(self) -> Side:
        """Where it looked."""
        return CHECKS[self.check][0]

    @property
    def title(self) -> str:
        """What it looked for, for a person."""
        return CHECKS[self.check][1]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All of it: a finding for each check, in their order."""

    stack: str
    file: str
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst."""
        there = {finding.outcome for finding in self.findings}
        return next((worst for worst in (Outcome.FAIL, Outcome.WARN) if worst in there), Outcome.OK)

    def count(self, outcome: Outcome) -> int:
        """How many checks came to this."""
        return sum(finding.outcome is outcome for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The shape that docs/doctor.md describes."""
        return {
            "format": FORMAT,
            "stack": self.stack,
            "file": self.file,
            "outcome": self.outcome.value,
            "checks": [
                {
                    "check": finding.check,
                    "where": finding.where,
                    "title": finding.title,
                    "outcome": finding.outcome.value,
                    "lines": [{"told": line.told, "remedy": line.remedy} for line in finding.lines],
                }
                for finding in self.findings
            ],
        }


@dataclass(kw_only=True)
class Notes:
    """Takes down what the checks come to, in whatever order they are made."""

    _found: dict[str, Finding] = field(default_factory=dict)

    def note(
        self, check: str, *, refusals: Iterable[str] = (), warnings: Iterable[str] = (), fine: Iterable[str] = ()
    ) -> None:
        """What a check has found: it fails by a refusal, and is fine where there is neither.

        ``fine`` is what there is to know where nothing is wrong.
        """
        wrong, odd = tuple(map(Line.of, refusals)), tuple(map(Line.of, warnings))
        if wrong or odd:
            outcome = Outcome.FAIL if wrong else Outcome.WARN
            self._found[check] = Finding(check=check, outcome=outcome, lines=(*wrong, *odd))
        else:
            self._found[check] = Finding(check=check, outcome=Outcome.OK, lines=tuple(Line(told=text) for text in fine))

    def fail(self, check: str, error: Exception) -> None:
        """A check that an error has ended; each line of it is one thing."""
        self.note(check, refusals=str(error).splitlines())

    def skip(self, checks: Sequence[str], why: str) -> None:
        """These are not made, unless they are already."""
        for check in checks:
            self._found.setdefault(check, Finding(check=check, outcome=Outcome.SKIP, lines=(Line(told=why),)))

    def outcome(self, check: str) -> Outcome | None:
        """What it came to; None where it was not made yet."""
        return self._found[check].outcome if check in self._found else None

    def findings(self) -> tuple[Finding, ...]:
        """One for each check, in their order."""
        return tuple(self._found[check] for check in CHECKS)


def of(side: Side) -> list[str]:
    """The checks that look there."""
    return [check for check, (where, _) in CHECKS.items() if where == side]
