"""Whether VLANs and attachments that leave the stack file are free to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.retirement import told
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lab.plan import Lab
    from lab.retirement import Leaving


def retired(lab: Lab, in_use: Mapping[Leaving, Sequence[str]]) -> Iterator[str]:
    """A line for each network that goes although somebody hangs on it."""
    for item, users in in_use.items():
        if not item.vlans <= lab.retire_in_use:
            vlans = ", ".join(map(str, sorted(item.vlans - {0})))
            yield (
                f"{_told(lab, item, users)}. {_detach(item)}; or, if they may lose it, write retireInUse: [{vlans}] "
                "under cnv-lab:nodeNetwork."
            )


def _detach(item: Leaving) -> str:
    if item.moves_to:
        return (
            "What runs loses the network until it starts anew: stop it first "
            f"(virtctl stop NAME -n {item.namespace}; oc delete pod), and start it again afterwards"
        )
    return (
        f"Detach them first (oc edit vm NAME -n {item.namespace}: take the network and its interface out, and restart "
        "it; oc delete pod)"
    )


def retired_in_use(lab: Lab, in_use: Mapping[Leaving, Sequence[str]]) -> Iterator[str]:
    """A warning for each network that goes although somebody hangs on it, for the stack file says so."""
    for item, users in in_use.items():
        if item.vlans <= lab.retire_in_use:
            yield f"{_told(lab, item, users)}: they lose it (retireInUse)."


def _told(lab: Lab, item: Leaving, users: Sequence[str]) -> str:
    several = len(item.vlans) > 1
    if item.moves_to:
        way = f"from {item.carrier} to {item.moves_to}" if item.carrier != item.moves_to else "to a network made anew"
        whence = f"{'move' if several else 'moves'} {way}"
    else:
        place = f"namespace {item.namespace}" if item.vlans <= set(lab.vlan_ids) else "the stack file"
        whence = f"{'leave' if several else 'leaves'} {place}"
    whose = "" if item.ours else f" (not this stack's, on bridge {item.carrier})"
    return f"{told(item.vlans)} {whence}, and {item.namespace}/{item.name}{whose} is in use by {few(users)}"
