"""Whether the DRS rule that is to keep the hypervisors apart is nobody else's: it is known by its name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import names
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab


def apart(lab: Lab, found: Inventory) -> Iterator[str]:
    """What is of that name and not about this lab's Machines; a run that died may have left one that is."""
    rule = found.rule
    if rule is None:
        return
    told = f"DRS rule {names.apart_rule(lab.stack, lab.machine_set)!r} of cluster {lab.cluster} is there already, "
    otherwise = "Rename it in vCenter, or write another cnv-lab:hypervisors.name, or antiAffinity: false."
    others = sorted(name for name in rule.vms if not name.startswith(f"{lab.machine_set}-"))
    if not rule.keeps_apart:
        yield f"{told}and keeps no VMs apart: it is not by this stack. {otherwise}"
    elif others:
        yield f"{told}and not by this stack: it is about {few(others)}. {otherwise}"
