"""Which privileges the session's user lacks: one question for all objects, whatever roles and groups they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from clients.vcenter import distributed, faults
from lab.privileges import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clients.vcenter.inventory import Wanted
    from clients.vcenter.session import Facts, VCenter
    from lab.privileges import Privilege


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An object that privileges may be asked for on: its name, or its inventory path; None where it is not there."""

    place: Place
    name: str
    reference: Any


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A privilege that is missing on an object of this name, or of this inventory path."""

    privilege: Privilege
    where: str


def lacking(vcenter: VCenter, needed: Sequence[Privilege], candidates: Sequence[Candidate]) -> tuple[Lacking, ...]:
    """What this user lacks of the privileges that are needed; of what is not there nothing is said.

    Raises:
        LabError: the user may not read one of the objects, and so not ask either.
    """
    asked = [(item, on) for item in needed for on in candidates if on.place is item.place and on.reference is not None]
    if not asked:
        return ()
    objects = {_key(on.reference): on.reference for _, on in asked}
    session = vcenter.read(vcenter.content.sessionManager, "currentSession")["currentSession"]
    with faults.explained("tell which privileges this user has"):
        answer = vcenter.content.authorizationManager.HasPrivilegeOnEntities(
            entity=list(objects.values()), sessionId=session.key, privId=sorted({item.id for item, _ in asked})
        )
    held = {(_key(found.entity), one.privId) for found in answer for one in found.privAvailability if one.isGranted}
    return tuple(
        Lacking(privilege=item, where=on.name) for item, on in asked if (_key(on.reference), item.id) not in held
    )


def around(vcenter: VCenter, wanted: Wanted, found: Sequence[tuple[Any, Facts]]) -> Iterator[Candidate]:
    """The cluster's hosts and networks, of those that inventory.py has found, that privileges are asked for on."""
    for item, facts in found:
        if isinstance(item, vim.HostSystem):
            yield Candidate(place=Place.HOST, name=facts.get("name", ""), reference=item)
        elif facts.get("name") == wanted.machine_network:
            yield Candidate(place=Place.MACHINE_NETWORK, name=wanted.machine_network, reference=item)
    places = {item.place for item in wanted.privileges}
    if Place.TRUNK in places:
        yield from _trunk(vcenter, wanted, found)
    if Place.SWITCH in places:
        yield from _switch(vcenter, wanted, found)


def _trunk(vcenter: VCenter, wanted: Wanted, found: Sequence[tuple[Any, Facts]]) -> Iterator[Candidate]:
    """A port group that is still to be made will have what its folder hands down."""
    there = [item for item, facts in found if isinstance(item, vim.Network) and facts.get("name") == wanted.trunk]
    for item in there:
        yield Candidate(place=Place.TRUNK, name=wanted.trunk, reference=item)
    if not there:
        path = f"/{wanted.datacenter}/network"
        yield Candidate(place=Place.TRUNK, name=path, reference=vcenter.find(path))


def _switch(vcenter: VCenter, wanted: Wanted, found: Sequence[tuple[Any, Facts]]) -> Iterator[Candidate]:
    switches = {
        _key(facts[distributed.SWITCH]): facts[distributed.SWITCH] for _, facts in found if distributed.SWITCH in facts
    }
    known = vcenter.properties(list(switches.values()), ["name", "parent"])
    for item, facts in zip(switches.values(), known, strict=True):
        if facts.get("name") == wanted.switch:
            yield Candidate(place=Place.SWITCH, name=wanted.switch, reference=item)
            yield Candidate(
                place=Place.SWITCH_FOLDER, name=f"the folder of {wanted.switch}", reference=facts.get("parent")
            )


def _key(reference: Any) -> str:
    key: str = reference._GetMoId()  # noqa: SLF001, pyVmomi's own way
    return key
