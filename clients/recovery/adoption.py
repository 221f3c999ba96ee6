"""Takes over what somebody has made by hand: looks, and writes it into the state as `recover` does.

Changed on the servers are two notes only: the template's mark, and the policy's ledger. All else is the next `up`'s.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clients import credentials
from clients.checks.adoption import with_ledger
from clients.cluster import session as cluster_session
from clients.cluster.kinds import POLICY
from clients.credentials import Logins
from clients.errors import LabError
from clients.recovery import live
from clients.recovery.recover import reread
from clients.vcenter import inventory, port_group_settings, template_change
from clients.vcenter import session as vcenter_session
from clients.vcenter import template as templates
from lab import adoption, names, resources, trunk
from lab.manifests import node_network
from lab.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.recovery.pulumi import Stack
    from clients.vcenter.session import VCenter
    from lab.adoption import Standing, Template
    from lab.resources import Resource
    from lab.template import Copy


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the next `up` would make, and what of it stands. ``said`` is what preflight has to tell of it."""

    planned: Sequence[Resource]
    standing: Sequence[Standing]
    template: Template | None
    said: Sequence[tuple[str, str]] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands that the state does not have."""
        return not self.standing and self.template is None


def look(stack: Stack, environ: Mapping[str, str]) -> Found:
    """What stands already of what the next `up` would make; nothing is changed.

    Raises:
        LabError: naming what could not be looked at, or what is in the way of any `up`.
    """
    if stack.export()["deployment"].get("pending_operations"):
        raise LabError(f"a run of stack {stack.name} died: `python -m lab recover --stack {stack.name}` first.")
    planned, said = stack.planned(adoption.SWITCH)
    logins = Logins(get=stack.config().get, environ=environ)
    server = _server(planned)
    wanted = adoption.wanted(item for item in planned if _is_known(item))
    standing = adoption.standing(planned, live.look(wanted, logins, server))
    if groups := [item for item in standing if item.planned["type"] == resources.DISTRIBUTED_PORT_GROUP]:
        with vcenter_session.connect(credentials.vcenter(logins.get, logins.environ, server)) as vcenter:
            found = port_group_settings.read(vcenter, groups[0].identity)
        if found is not None:
            standing += adoption.settings(planned, trunk.said(found.ranges or (), found.security))
    copy = next((item for item in planned if item["type"] == resources.TEMPLATE), None)
    template = None
    if copy is not None:
        with vcenter_session.connect(credentials.vcenter(logins.get, logins.environ, server)) as vcenter:
            there = templates.look(vcenter, resources.template_path(copy))
            mark = None if there is None else _mark(vcenter, copy, there)
        template = adoption.template(copy, there, mark)
    return Found(planned=planned, standing=standing, template=template, said=said)


def carry_out(stack: Stack, found: Found, environ: Mapping[str, str]) -> None:
    """Takes it over. A run that dies in between is begun again: it takes what is left.

    Raises:
        LabError: it could not be written.
    """
    logins = Logins(get=stack.config().get, environ=environ)
    if providers := adoption.missing_providers(found.planned):
        stack.make_only(providers, adoption.SWITCH)
    if found.template is not None:
        _claim(found.template, logins, _server(found.planned))
    for item in found.standing:
        if item.planned["inputs"].get("kind") == node_network.KIND:
            _note_ledger(item, logins)
    exported = stack.export()
    stack.write(exported, adoption.written(exported["deployment"], found.planned, found.standing))
    if recorded := [item.urn for item in found.standing if item.is_recorded]:
        reread(stack, recorded)


def _is_known(item: Resource) -> bool:
    """Whether it is of a kind that is looked for; virtual machines are not taken over."""
    if not resources.is_object(item):
        return True
    api_version, kind, *_ = resources.object_key(item)
    return (api_version, kind) in live.KINDS


def _server(planned: Sequence[Resource]) -> str | None:
    """The vCenter that the plan is for, where nothing else names one."""
    known = (item.get("inputs", {}).get("server") for item in planned)
    return next((str(name) for name in known if name), None)


def _mark(vcenter: VCenter, planned: Resource, there: Copy) -> Marker:
    inputs = planned["inputs"]
    source = inventory.describe(vcenter, inventory.find_vm(vcenter, inputs["source"], inputs["folder"]))
    of, version = adoption.origin(there, *((source.instance_uuid, source.version) if source else ("", "")))
    return Marker(id=str(uuid.uuid4()), stack=inputs["stack"], name=inputs["label"], source=of, version=version)


def _claim(template: Template, logins: Logins, server: str | None) -> None:
    with vcenter_session.connect(credentials.vcenter(logins.get, logins.environ, server)) as vcenter:
        there = templates.look(vcenter, template.path)
        if there is None or there.marker is not None:
            raise LabError(f"{template.path} has changed while it was looked at. Run it again.")
        template_change.claim(vcenter, template.path, _mark(vcenter, template.planned, there))


def _note_ledger(item: Standing, logins: Logins) -> None:
    name: str = item.planned["inputs"]["metadata"]["name"]
    with cluster_session.connect(credentials.cluster(logins.get, logins.environ)) as cluster:
        policy: dict[str, Any] | None = cluster.get(POLICY, name)
        if policy is not None:
            ledger = with_ledger(policy)["metadata"]["annotations"][names.LEDGER_ANNOTATION]
            cluster.merge(POLICY, name, {"metadata": {"annotations": {names.LEDGER_ANNOTATION: ledger}}})
