"""Brings vCenter to one template as it is wanted, from wherever an earlier run or somebody else has left it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clients.errors import LabError
from clients.vcenter import template as templates
from clients.vcenter import template_change as change
from lab import exchange
from lab.exchange import At, Step

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter
    from clients.vcenter.template import TemplateSpec
    from lab.marker import Marker
    from lab.template import Copy


def ensure(vcenter: VCenter, spec: TemplateSpec, marker: Marker, *, may_claim: bool = False) -> Copy:
    """Makes the template, exchanges it for a newer one, or puts its features right: whatever it takes.

    Args:
        vcenter: the session.
        spec: what is wanted.
        marker: its mark; what it is made from is filled in when it is cloned. Without an id, one that stands is taken
            back with its own.
        may_claim: whether a template without a mark at its path is what somebody has put in its place.

    Raises:
        LabError: when a name belongs to somebody else, or vCenter refuses. The next run goes on from there.
    """
    for _ in range(exchange.STEPS_MAX):
        places = templates.places(vcenter, spec.path)
        there = _at(spec, marker, places.there)
        if there is At.FOREIGN and may_claim and places.there is not None and places.there.marker is None:
            there = At.LOST
        new, old = _at(spec, marker, places.new), _at(spec, marker, places.old)
        if new is At.WANTED and places.new is not None and places.new.features != spec.features:
            new = At.OURS
        step = exchange.next_step(there, new, old)
        if step is Step.DONE and places.there is not None:
            is_right = places.there.features == spec.features
            return places.there if is_right else change.reconfigure(vcenter, spec)
        _take(vcenter, spec, marker, step)
    raise LabError(f"{spec.path} is changed by somebody else all the time. Run `pulumi up` when they have ended.")


def taken_back(vcenter: VCenter, path: str, marker: Marker) -> Marker:
    """The mark with the id of this resource's template that stands already, for a state that knows nothing of it."""
    for copy in templates.places(vcenter, path):
        if copy is not None and copy.marker is not None and copy.marker.belongs_with(marker):
            return replace(marker, id=copy.marker.id)
    return marker


def delete(vcenter: VCenter, path: str, identity: str) -> bool:
    """Destroys the template and what an exchange left beside it, where they carry this id.

    Returns:
        Whether what stands at the path now is somebody else's, and stays.

    Raises:
        LabError: when vCenter refuses.
    """
    places = templates.places(vcenter, path)
    for copy, where in zip(places, templates.paths(path), strict=True):
        if copy is not None and _has(identity, copy):
            change.destroy(vcenter, where)
    return places.there is not None and not _has(identity, places.there)


def _has(identity: str, copy: Copy) -> bool:
    return copy.marker is not None and copy.marker.id == identity


def _at(spec: TemplateSpec, marker: Marker, copy: Copy | None) -> At:
    if copy is None:
        return At.NOTHING
    if copy.marker is None or not copy.marker.belongs_with(marker):
        return At.FOREIGN
    wanted = (
        copy.marker.id == marker.id
        and copy.marker.identity == spec.identity
        # A VM may have been started, and its disk is worth nothing then: Ignition runs on its first boot only.
        and copy.is_template
        and change.holds(spec, copy.datastore)
    )
    return At.WANTED if wanted else At.OURS


def _take(vcenter: VCenter, spec: TemplateSpec, marker: Marker, step: Step) -> None:
    path, new, old = templates.paths(spec.path)
    match step:
        case Step.CLONE:
            change.clone(vcenter, spec, path, marker)
        case Step.CLONE_BESIDE:
            change.clone(vcenter, spec, new, marker)
        case Step.CLAIM:
            change.claim(vcenter, path, marker)
        case Step.MAKE_WAY:
            # Between these two calls no template has the name, and a Machine that is made right then fails for good.
            # vCenter has no call that renames two at once.
            change.rename(vcenter, path, old)
            change.rename(vcenter, new, path)
        case Step.MOVE_IN:
            change.rename(vcenter, new, path)
        case Step.MOVE_BACK:
            change.rename(vcenter, old, path)
        case Step.DESTROY_NEW:
            change.destroy(vcenter, new)
        case Step.DESTROY_OLD:
            change.destroy(vcenter, old)
        case _:
            raise _refusal(vcenter, spec, step)


def _refusal(vcenter: VCenter, spec: TemplateSpec, step: Step) -> LabError:
    path, new, old = templates.paths(spec.path)
    where, remedy = {
        Step.REFUSE_NEW: (new, "The template's successor needs that name for a moment: rename that one"),
        Step.REFUSE_OLD: (old, "The template makes way to that name for a moment: rename that one"),
    }.get(step, (path, "Choose another cnv-lab:template.name, or rename or delete that one"))
    copy = templates.look(vcenter, where)
    if copy is not None and not copy.instance_uuid:
        return LabError(f"vCenter is at work on {where}. Run `pulumi up` again when its task has ended.")
    mark = copy.marker if copy else None
    owner = f"stack {mark.stack}" if mark else "somebody else (it carries no mark of this program)"
    return LabError(f"{where} is there already and belongs to {owner}. {remedy} in vCenter.")
