"""The -cnv template as it stands in vCenter: whether it is still as it was made, in words for a preview."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from lab import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.marker import Marker

# What a preview shows of the template: the first in all good cases, one of the others, or which features it lost.
AS_MADE = "as made"
GONE = "gone"
REPLACED = "replaced by somebody"
NOT_A_TEMPLATE = "not a template any more"
UNFINISHED = "an exchange of it was left unfinished"
# What is not put right in the template that is there, but by a new clone of the installer's.
MADE_ANEW = frozenset({GONE, REPLACED, NOT_A_TEMPLATE})

# Beside the template, while it is exchanged: its successor, and itself once it made way.
NEW, OLD = ".new", ".old"


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the hypervisors inherit: ConfigSpec's nestedHVEnabled, vPMCEnabled and flags.vvtdEnabled, and a NIC."""

    nested_virtualization: bool
    performance_counters: bool
    iommu: bool
    # The port group of a second NIC, or "". The Machine API replaces every NIC; this one is for the reader's eyes.
    trunk_nic: str


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A VM or template at one of the three paths. ``marker`` is None where it carries none that can be read."""

    marker: Marker | None
    moid: str
    # "" while vCenter is still making it, or where it may not be read.
    instance_uuid: str
    is_template: bool
    # Of its RHCOS; a clone keeps its source's.
    version: str
    datastore: str
    features: Features


@dataclass(frozen=True, kw_only=True)
class Places:
    """What stands at the template's path, and at the two beside it."""

    there: Copy | None
    new: Copy | None
    old: Copy | None

    def __iter__(self) -> Iterator[Copy | None]:
        return iter((self.there, self.new, self.old))


@dataclass(frozen=True, kw_only=True)
class Made:
    """The template as Pulumi's state has it: where it is, what it was made from, and with what."""

    path: str
    identity: str
    features: Features


def beside(path: str, suffix: str) -> str:
    """The path (or just the name) beside the template's; the name is cut where it would be too long for vSphere."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name[: names.INVENTORY_NAME_MAX - len(suffix)]}{suffix}"


def differences(wanted: Features, found: Features) -> list[str]:
    """What is not as it is wanted, a few words for each."""
    words = {"nested_virtualization": "nested virtualization", "performance_counters": "performance counters"}
    told = []
    for key in (field.name for field in fields(Features)):
        value = getattr(found, key)
        if value == getattr(wanted, key):
            continue
        if key != "trunk_nic":
            told.append(f"{words.get(key, 'the IOMMU')} {'on' if value else 'off'}")
        else:
            told.append(f"a second NIC on {value}" if value else "trunk NIC missing")
    return told


def condition(stack: str, made: Made, places: Places) -> str:
    """What happened to the template since it was made.

    Compared is what Pulumi's state recorded, not what the stack file asks for today: that is a change, not a loss.
    """
    there = places.there
    marks = [copy.marker for copy in (places.new, places.old) if copy is not None]
    is_unfinished = any(mark is not None and mark.stack == stack for mark in marks)
    if there is None:
        return UNFINISHED if is_unfinished else GONE
    if there.marker is None:
        return REPLACED
    if not there.is_template:
        return NOT_A_TEMPLATE
    lost = ", ".join(differences(made.features, there.features))
    return lost or (UNFINISHED if is_unfinished else AS_MADE)
