"""Whether the installer's template can be cloned, and the copy's name is free or ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import marker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab

# The Machine API refuses older templates (machine-api-operator, vsphere/reconciler.go).
HARDWARE_LEAST = 15


def template(lab: Lab, found: Inventory) -> Iterator[str]:
    """Whether the installer's template can be cloned, and the copy's name is free or ours."""
    source, target = found.source, found.target
    if source is None and found.folder:
        yield (
            f"the installer's template {lab.template_source} is not in {lab.folder}. Write its whole inventory path as "
            "cnv-lab:template.source (govc find / -type m -name '*rhcos*')."
        )
    if source is not None:
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
    if target is not None:
        mark = marker.read(target.notes)
        if mark is None or mark.stack != lab.stack:
            owner = f"stack {mark.stack}" if mark else "somebody else (it has no mark of this program)"
            yield (
                f"{lab.template_path} is there already and belongs to {owner}. Choose another cnv-lab:template.name, "
                "or rename or delete that one in vCenter."
            )
