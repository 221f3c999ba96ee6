"""The doctor's look at vCenter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients import checks, credentials
from clients.doctor import steps
from clients.errors import LabError, attempt
from clients.preflight import in_vcenter, wanted
from clients.vcenter import cpus, inventory
from clients.vcenter import session as vcenter_session
from clients.vcenter.session import LoginError, UnreachableError, UntrustedError
from lab import privileges
from lab.doctor import verdicts
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from clients.cluster.session import Object
    from clients.credentials import Logins, VCenterAccess
    from clients.preflight import Recorded
    from clients.vcenter.inventory import Inventory
    from clients.vcenter.session import VCenter
    from lab.doctor.report import Notes
    from lab.doctor.verdicts import HostCpu
    from lab.plan import Lab

UNVERIFIED = (
    "vCenter's certificate is not looked at (vsphere:allowUnverifiedSsl): whoever stands in between can read the "
    "password. Point SSL_CERT_FILE to vCenter's CA (https://<vcenter>/certs/download.zip has it), and take that out."
)


def reach(logins: Logins, server: str | None, sessions: ExitStack, notes: Notes) -> VCenter | None:
    """Reaches it and logs in, once: repeats lock accounts."""
    try:
        access = credentials.vcenter(logins.get, logins.environ, server)
    except LabError as error:
        steps.ended(notes, "vCenter", "vcenter.credentials", error)
        return None
    notes.note("vcenter.credentials", fine=[f"{access.user} at {access.endpoint}"])
    try:
        session = sessions.enter_context(vcenter_session.connect(access))
    except LabError as error:
        last = _step(error)
        _reached(notes, access, last)
        steps.ended(notes, "vCenter", last, error)
        return None
    _reached(notes, access, "")
    return session


def _step(error: LabError) -> str:
    """Which of the steps the error has ended."""
    match error:
        case UntrustedError():
            return "vcenter.certificate"
        case LoginError():
            return "vcenter.login"
        case UnreachableError():
            return "vcenter.reachable"
    return "vcenter.login"


def _reached(notes: Notes, access: VCenterAccess, last: str) -> None:
    fine = {
        "vcenter.reachable": [access.endpoint],
        "vcenter.certificate": ["verified"],
        "vcenter.login": [access.user],
    }
    warnings = {} if access.verify_tls else {"vcenter.certificate": [UNVERIFIED]}
    steps.passed(notes, fine, warnings, last)


def check(vcenter: VCenter, lab: Lab, recorded: Recorded, machine_sets: Mapping[str, Object], notes: Notes) -> None:
    """Preflight's checks of it, and what its hosts can do; MachineSets of the cluster may tell whose things are."""
    try:
        found = inventory.take(vcenter, wanted(lab))
        said = in_vcenter(lab, vcenter, found, recorded, machine_sets)
    except LabError as error:
        steps.ended(notes, "vCenter", "vcenter.places", error)
        return
    steps.told(notes, said, _fine(lab, found))
    hosts, trouble = attempt(lambda: cpus.cpus(vcenter, lab))
    if hosts is None:
        notes.note("vcenter.cpu", refusals=trouble)
    elif not hosts:
        notes.skip(["vcenter.cpu"], f"cluster {lab.cluster} has no hosts")
    else:
        judged = verdicts.cpus(lab, hosts)
        notes.note("vcenter.cpu", refusals=judged.refusals, warnings=judged.warnings, fine=[_asked(lab, hosts)])


def _fine(lab: Lab, found: Inventory) -> dict[str, list[str]]:
    """What there is to know where nothing is wrong."""
    version = ".".join(str(part) for part in found.api_version)
    hosts = few([host.name for host in found.hosts])
    source = found.source
    return {
        "vcenter.places": [f"API {version}; cluster {lab.cluster} with {hosts}"],
        "vcenter.privileges": [f"all {len(privileges.needed(lab))} that the lab needs"],
        "vcenter.trunk": [_trunk(lab, found)],
        "vcenter.apart": ["free or this stack's" if lab.anti_affinity else "none is wanted"],
        "vcenter.template": [
            f"{lab.template_source}: RHCOS {source.version or 'of unknown version'}, hardware version "
            f"{source.hardware}, {source.disks_gib[0]:g} GiB, no snapshot"
            if source is not None and source.disks_gib
            else lab.template_source
        ],
    }


def _trunk(lab: Lab, found: Inventory) -> str:
    on = checks.trunk.switch(lab, found)
    version = f" {'.'.join(map(str, on.version))}" if on is not None and lab.trunk.is_distributed else ""
    there = "exists, and will do" if lab.trunk.existing else "is free or this stack's"
    return f"{lab.trunk.kind} switch {lab.switch}{version}: port group {lab.port_group} {there}"


def _asked(lab: Lab, hosts: list[HostCpu]) -> str:
    """The features that the template asks for, and that hosts have."""
    asked = {
        "nested virtualization": (lab.nested_virtualization, [host.nested for host in hosts]),
        "performance counters": (lab.performance_counters, [host.counters for host in hosts]),
        "IOMMU": (lab.iommu, [host.iommu for host in hosts]),
    }
    told = [
        what if None not in said else f"{what} (vCenter does not tell)"
        for what, (is_asked, said) in asked.items()
        if is_asked
    ]
    return f"{', '.join(told) or 'nothing is asked of them'}: {few([host.name for host in hosts])}"
