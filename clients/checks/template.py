"""Whether the installer's template can be cloned, the copy's name is free or ours, and what became of the copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.template import AS_MADE, MADE_ANEW, NEW, OLD, REPLACED, UNFINISHED, Made, beside, condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab

# The Machine API refuses older templates (machine-api-operator, vsphere/reconciler.go).
HARDWARE_LEAST = 15


@dataclass(frozen=True, kw_only=True)
class Following:
    """Which of the installer's templates ours is to be a copy of, and in which condition it was found."""

    identity: str
    condition: str
    news: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def template(lab: Lab, found: Inventory, made: Made | None) -> Iterator[str]:
    """Whether the installer's template can be cloned, and the copy's name is free or ours.

    ``made`` is the copy as Pulumi's state has it.
    """
    source = found.source
    if source is None or not source.instance_uuid:
        if found.folder and not _stands(lab, found, made):
            yield _unreachable(lab, found)
    else:
        if len(source.disks_gib) != 1:
            yield f"template {lab.template_source} has {len(source.disks_gib)} disks; the Machine API takes just one."
        elif lab.disk_gib < source.disks_gib[0]:
            yield (
                f"cnv-lab:hypervisors.diskGiB {lab.disk_gib} is less than the disk of {lab.template_source}, "
                f"{source.disks_gib[0]:g} GiB, and a clone's disk cannot shrink."
            )
        if source.hardware < HARDWARE_LEAST:
            yield (
                f"template {lab.template_source} has hardware version {source.hardware}; the Machine API needs "
                f"{HARDWARE_LEAST} or newer. Upgrade it (govc vm.upgrade)."
            )
        if source.has_snapshot:
            yield f"template {lab.template_source} has a snapshot, which spoils the disk size of clones. Remove it."
    yield from _taken(lab, found, made)


def _taken(lab: Lab, found: Inventory, made: Made | None) -> Iterator[str]:
    """Whether the copy's name is somebody else's."""
    there, path = found.places.there, lab.template_path
    for suffix, other in ((NEW, found.places.new), (OLD, found.places.old)):
        if other is not None and other.marker is not None and other.marker.stack != lab.stack:
            yield (
                f"{beside(path, suffix)} belongs to stack {other.marker.stack}, and this stack ({lab.stack}) needs "
                f"that name while its template is exchanged. Choose another cnv-lab:template.name, here or there."
            )
    if there is None or (there.marker is not None and there.marker.stack == lab.stack):
        return
    if there.marker is None and _condition(lab, found, made) == REPLACED:
        if lab.boot_images == "leave" and lab.follow_source:
            return
        lost = "" if there.features.nested_virtualization else ", and has no nested virtualization"
        yield (
            f"{path} was replaced by somebody: it has no mark of this stack any more{lost}. OpenShift's boot-image "
            "management does that (docs/boot-images.md). Write cnv-lab:template.bootImages leave and followSource "
            "true, and `up` makes it anew; or write optOut, and delete or rename that one in vCenter."
        )
        return
    owner = (
        f"stack {there.marker.stack}, not to {lab.stack}"
        if there.marker
        else "somebody else (it has no mark of this program)"
    )
    yield (
        f"{path} is there already and belongs to {owner}. Choose another cnv-lab:template.name, or rename or delete "
        "that one in vCenter."
    )


def following(lab: Lab, found: Inventory, made: Made | None) -> Following:
    """What the copy is to be made of, when nothing stands in the way."""
    state, source, path = _condition(lab, found, made), found.source, lab.template_path
    stands, there = _stands(lab, found, made), found.places.there
    of = there.marker.identity if there and there.marker else made.identity if made else ""
    if source is None or not source.instance_uuid:
        return Following(
            identity=of,
            condition=state,
            news=tuple(_news(state, path, of)),
            warnings=(
                f"{_unreachable(lab, found)} Until then hypervisors go on being made from {path}, which stays {of}.",
            ),
        )
    now = source.identity
    if not stands or now == of:
        again = _again(lab, found) if state == REPLACED else ()
        return Following(identity=now, condition=state, news=tuple(_news(state, path, now)), warnings=tuple(again))
    told = f"the installer's template {lab.template_source} is {now} now, and {path} was made from {of}"
    if not lab.follow_source:
        warning = f"{told}. It stays, for cnv-lab:template.followSource is false; write true to have it made anew."
        return Following(identity=of, condition=state, news=tuple(_news(state, path, of)), warnings=(warning,))
    news = (f"{told}: it is made anew, and exchanged without a gap. Hypervisors that run are not touched.",)
    return Following(identity=now, condition=state, news=(*_news(state, path, now), *news))


def _again(lab: Lab, found: Inventory) -> Iterator[str]:
    """Boot-image management replaces what is not of its release's version: the copy of an older one once more."""
    there, source = found.places.there, found.source
    if there is not None and source is not None and there.version not in {"", source.version}:
        yield (
            f"what replaced {lab.template_path} is RHCOS {there.version}, and the installer's template "
            f"{lab.template_source} is {source.version or 'of an unknown version'}: a copy of that is replaced again. "
            "Have the installer's template follow the release too, or write cnv-lab:template.bootImages optOut."
        )


def _condition(lab: Lab, found: Inventory, made: Made | None) -> str:
    if made is None or made.path != lab.template_path:
        return AS_MADE
    return condition(lab.stack, made, found.places)


def _stands(lab: Lab, found: Inventory, made: Made | None) -> bool:
    """Whether a copy of ours stands that hypervisors can be made from."""
    there = found.places.there
    ours = there is not None and there.marker is not None and there.marker.stack == lab.stack
    return ours and there is not None and there.is_template and _condition(lab, found, made) not in MADE_ANEW


def _news(state: str, path: str, of: str) -> Iterator[str]:
    if state == UNFINISHED:
        yield f"template {path}: an earlier run died while it was exchanged; this is finished now."
    elif state in MADE_ANEW:
        yield f"template {path}: {state}. It is made anew, of {of}."
    elif state != AS_MADE:
        yield f"template {path}: {state}. It is put right."


def _unreachable(lab: Lab, found: Inventory) -> str:
    if found.source is not None:
        return (
            f"the installer's template {lab.template_source} may not be read by this user. Give it the privileges "
            "System.View and System.Read there."
        )
    return (
        f"the installer's template {lab.template_source} is not in {lab.folder}. Write its whole inventory path as "
        "cnv-lab:template.source (govc find / -type m -name '*rhcos*')."
    )
