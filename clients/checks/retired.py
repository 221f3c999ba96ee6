"""Whether VLANs and attachments that leave the stack file are free to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.namespaces import few
from lab import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lab.plan import Lab
    from lab.retirement import Leaving


def retired(lab: Lab, in_use: Mapping[Leaving, Sequence[str]]) -> Iterator[str]:
    """A line for each network that goes although somebody hangs on it."""
    for item, users in in_use.items():
        if item.vlan not in lab.retire_in_use:
            yield (
                f"{_told(lab, item, users)}. Detach them first (oc edit vm NAME -n {item.namespace}: take the network "
                "and its interface out, and restart it; oc delete pod); or, if they may lose it, write "
                f"retireInUse: [{item.vlan}] under cnv-lab:nodeNetwork."
            )


def retired_in_use(lab: Lab, in_use: Mapping[Leaving, Sequence[str]]) -> Iterator[str]:
    """A warning for each network that goes although somebody hangs on it, for the stack file says so."""
    for item, users in in_use.items():
        if item.vlan in lab.retire_in_use:
            yield f"{_told(lab, item, users)}: they lose it (retireInUse)."


def _told(lab: Lab, item: Leaving, users: Sequence[str]) -> str:
    whence = f"namespace {item.namespace}" if item.vlan in lab.vlan_ids else "the stack file"
    whose = "" if item.ours else f" (not this stack's, on bridge {names.bridge(item.vlan)})"
    return f"VLAN {item.vlan} leaves {whence}, and {item.namespace}/{item.name}{whose} is in use by {few(users)}"
