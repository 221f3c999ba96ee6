"""The trunk as it is wanted: which VLANs it carries, what it lets through, and who owns it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lab import names, ranges
from lab.mistakes import ABSENT, Mistake
from lab.ranges import Range, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lab.sections import Trunk as Section

# Kinds of switches.
STANDARD, DISTRIBUTED = "standard", "distributed"
MAC_LEARNING, PROMISCUOUS = "macLearning", "promiscuous"

# 0 is no VLAN: what has no tag is not for a trunk.
ALL: tuple[Range, ...] = ((names.VLAN_ID_MIN, names.VLAN_ID_MAX),)
# Addresses that a port group learns: vSphere's default and its most (NSX documentation, "Understanding MAC
# Management Switching Profile"; govmomi, DVSMacLearningPolicy).
LEARNED_MAX = 4096
# From these on a switch, and vCenter's API, have MAC learning (developer.broadcom.com, DVSMacManagementPolicy).
MAC_LEARNING_SINCE = (6, 6)


@dataclass(frozen=True, kw_only=True)
class Security:
    """What a distributed port group lets through; without MAC learning the last three are 0, False and ""."""

    promiscuous: bool
    forged_transmits: bool
    mac_changes: bool
    mac_learning: bool
    limit: int = 0
    # Frames to an address that has not been learned go to all that learn.
    unicast_flooding: bool = False
    # Of frames from addresses beyond the limit: "allow" or "drop".
    limit_policy: str = ""


# Nested VMs send from addresses that are not the card's, so that both let forged transmits through. Beyond the limit
# "allow": a VM too many is flooded like an unknown one, where "drop" would leave it without a network and a word.
SECURITY = {
    MAC_LEARNING: Security(
        promiscuous=False,
        forged_transmits=True,
        mac_changes=True,
        mac_learning=True,
        limit=LEARNED_MAX,
        unicast_flooding=True,
        limit_policy="allow",
    ),
    PROMISCUOUS: Security(promiscuous=True, forged_transmits=True, mac_changes=True, mac_learning=False),
}


# How Pulumi's state calls what a port group lets through.
IN_STATE = {
    "promiscuous": "promiscuous",
    "forgedTransmits": "forged_transmits",
    "macChanges": "mac_changes",
    "macLearning": "mac_learning",
    "macLimit": "limit",
    "unicastFlooding": "unicast_flooding",
    "macLimitPolicy": "limit_policy",
}


def said(carried: Sequence[Range], security: Security) -> dict[str, Any]:
    """What a distributed port group carries and lets through, as Pulumi's state has it."""
    values = asdict(security)
    return {"vlans": ranges.told(carried), **{key: values[name] for key, name in IN_STATE.items()}}


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """What the stack file asks of the trunk beside its names.

    ``ranges`` are those of a distributed port group; a standard one carries every VLAN. ``security`` is a mode, or ""
    for either, which only an existing port group may leave open.
    """

    kind: str = STANDARD
    existing: bool = False
    ranges: tuple[Range, ...] = ALL
    security: str = PROMISCUOUS

    @property
    def is_distributed(self) -> bool:
        """Whether it is one port group of a distributed switch, not one on each host."""
        return self.kind == DISTRIBUTED


def wanted(section: Section, vlans: Iterable[int]) -> Trunk:
    """What the stack file's section means for these VLANs.

    A VLAN that left the list leaves the trunk in the same run: one that is in use never gets that far
    (lab/retirement.py), but where ``retireInUse`` says that its users shall lose it.
    """
    is_distributed = section.switch.kind == DISTRIBUTED
    is_existing = section.ownership == "existing"
    usual = MAC_LEARNING if is_distributed else PROMISCUOUS
    return Trunk(
        kind=section.switch.kind,
        existing=is_existing,
        ranges=merged(vlans) if is_distributed and section.vlans != "all" else ALL,
        security=section.security or ("" if is_existing else usual),
    )


def mistakes(section: Section, vlans: Sequence[int]) -> Iterator[Mistake]:
    """Which of the section's words do not go together, or with the VLANs."""
    if section.switch.kind == STANDARD:
        if section.vlans is not None:
            reason = (
                f"a standard port group carries one VLAN or, with id {names.STANDARD_TRUNK_VLAN_ID}, all of them: "
                "there is nothing to choose"
            )
            yield _mistake("vlans", section.vlans, reason, "Leave it out, or write switch.kind: distributed")
        if section.security == MAC_LEARNING:
            reason = "a standard switch learns no addresses: only promiscuous mode brings it nested VMs' frames"
            yield _mistake("security", section.security, reason, "Leave it out, or write switch.kind: distributed")
    else:
        if section.switch.name is None:
            yield _mistake("switch.name", ABSENT, "is missing, and distributed switches have no usual name", "Write it")
        if not vlans and section.vlans != "all":
            reason = "with no VLAN configured the port group would carry none, which vSphere takes for untagged"
            yield _mistake("vlans", section.vlans or ABSENT, reason, "Add a VLAN to cnv-lab:vlans, or write all")


def _mistake(key: str, value: Any, reason: str, remedy: str) -> Mistake:
    return Mistake(key=f"{names.PROJECT}:trunk.{key}", value=value, reason=reason, remedy=remedy)
