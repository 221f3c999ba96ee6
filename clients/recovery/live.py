"""Looks in vCenter and the cluster for what a state says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients import credentials
from clients.cluster import session as cluster_session
from clients.cluster.kinds import CLUSTER_NETWORK, MACHINE_SET, NAMESPACE, NETWORK_ATTACHMENT, POLICY
from clients.errors import LabError, attempt
from clients.vcenter import faults
from clients.vcenter import session as vcenter_session
from lab import marker
from lab.recovery import Live

if TYPE_CHECKING:
    from clients.cluster.session import Object
    from clients.credentials import Logins
    from clients.vcenter.session import VCenter
    from lab.marker import Marker
    from lab.recovery import Wanted
    from lab.resources import ObjectKey

# A task's description in the API's terms.
CLONING = "VirtualMachine.clone"
# What the program makes of Kubernetes' kinds.
KINDS = {
    (kind.api_version, kind.name): kind
    for kind in (MACHINE_SET, POLICY, NAMESPACE, NETWORK_ATTACHMENT, CLUSTER_NETWORK)
}
# What a standard port group lets through: the provider's words, and the API's.
SECURITY = {
    "allowPromiscuous": "allowPromiscuous",
    "allowForgedTransmits": "forgedTransmits",
    "allowMacChanges": "macChanges",
}


def look(wanted: Wanted, logins: Logins, server: str | None) -> Live:
    """What of it is there; a server of which nothing is wanted is not asked.

    Raises:
        LabError: naming each server that does not answer.
    """
    objects, cluster_trouble = attempt(lambda: _objects(wanted, logins) if wanted.objects else {})
    found, vcenter_trouble = attempt(
        lambda: (
            _in_vcenter(wanted, logins, server)
            if wanted.port_groups or wanted.distributed or wanted.templates
            else Live()
        )
    )
    if objects is None or found is None:
        raise LabError("\n".join([*cluster_trouble, *vcenter_trouble]))
    return replace(found, objects=objects)


def _objects(wanted: Wanted, logins: Logins) -> dict[ObjectKey, Object]:
    found = {}
    with cluster_session.connect(credentials.cluster(logins.get, logins.environ)) as cluster:
        for key in sorted(wanted.objects):
            api_version, kind, namespace, name = key
            known = KINDS.get((api_version, kind))
            if known is None:
                raise LabError(
                    f"{kind} {name} ({api_version}) was being made, a kind that recover does not know. Look whether it "
                    "is there; take it into the state (pulumi import), or off the list (pulumi refresh "
                    "--clear-pending-creates); then recover again."
                )
            item = cluster.get(known, name, namespace or None)
            if item is not None:
                found[key] = item
    return found


def _in_vcenter(wanted: Wanted, logins: Logins, server: str | None) -> Live:
    with vcenter_session.connect(credentials.vcenter(logins.get, logins.environ, server)) as vcenter:
        try:
            groups = {
                (host, spec.name): spec
                for host in sorted({host for host, _ in wanted.port_groups})
                for spec in _port_groups(vcenter, host)
            }
            distributed = {
                (switch, name): moid
                for switch in sorted({switch for switch, _ in wanted.distributed})
                for name, moid in _distributed(vcenter, switch).items()
            }
            for source in set(wanted.templates.values()):
                _refuse_to_guess(vcenter, source)
            marks = {path: mark for path in wanted.templates if (mark := _mark(vcenter, path)) is not None}
        except vmodl.MethodFault as error:
            raise faults.explain(error, "show its port groups and templates") from None
    return Live(
        port_groups={key: (spec.vlanId, spec.vswitchName) for key, spec in groups.items()},
        security={key: _security(spec) for key, spec in groups.items()},
        distributed=distributed,
        templates=marks,
    )


def _port_groups(vcenter: VCenter, moid: str) -> list[Any]:
    """The specifications of a host's port groups; none of a host that is gone."""
    host = vim.HostSystem(moid, vcenter.content.propertyCollector._stub)  # noqa: SLF001, pyVmomi's own way
    try:
        facts = vcenter.read(host, "config.network.portgroup")
    except vmodl.fault.ManagedObjectNotFound:
        return []
    return [group.spec for group in facts.get("config.network.portgroup", [])]


def _security(spec: Any) -> dict[str, bool]:
    """The port group's own settings; what it leaves to its switch the provider reads as no."""
    security = getattr(getattr(spec, "policy", None), "security", None)
    return {key: bool(getattr(security, field, False)) for key, field in SECURITY.items()}


def _distributed(vcenter: VCenter, uuid: str) -> dict[str, str]:
    """The ids of a distributed switch's port groups, by name; none of a switch that is gone."""
    try:
        switch = vcenter.content.dvSwitchManager.QueryDvsByUuid(uuid)
    except vim.fault.NotFound:
        return {}
    groups = [] if switch is None else vcenter.read(switch, "portgroup").get("portgroup", [])
    facts = vcenter.properties(groups, ["name"])
    return {known.get("name", ""): item._GetMoId() for item, known in zip(groups, facts, strict=True)}  # noqa: SLF001


def _refuse_to_guess(vcenter: VCenter, source: str) -> None:
    """A clone that a dead run asked for goes on without it, for minutes, and is no template before its end.

    Raises:
        LabError: vCenter is still cloning from this source.
    """
    vm = vcenter.find(source)
    tasks = [] if vm is None else vcenter.read(vm, "recentTask").get("recentTask", [])
    for task in vcenter.properties(tasks, ["info.state", "info.descriptionId"]):
        if task.get("info.state") in {"queued", "running"} and task.get("info.descriptionId") == CLONING:
            raise LabError(f"vCenter is still cloning {source}. Wait for that task's end, and recover again.")


def _mark(vcenter: VCenter, path: str) -> Marker | None:
    vm = vcenter.find(path)
    return None if vm is None else marker.read(vcenter.read(vm, "config.annotation").get("config.annotation"))
