"""How many VLANs a bridge design stands on a node: what comes out of the times in capacity.csv.

That file is the record of one `make bench-node OPTIONS=--write`; nothing here is from anywhere else.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from lab import names, ranges
from lab.manifests.bridging import DESIGNS
from lab.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

RECORD = Path(__file__).with_name("capacity.csv")
# Seconds that kubernetes-nmstate's handler gives nmstate (DesiredStateConfigurationTimeout in its pkg/client).
HANDLER = 480
# A node that runs VMs is slower than the one that was measured, which did nothing else: a quarter of that time is the
# most that a design may take there.
SLOWER = 4
# What a policy grows by: two interfaces for each VLAN, or a tag of the trunk's, which neighbours are one of.
VLANS, RANGES = "VLANs", "ranges of VLANs"
UNITS = {"vlan-aware": RANGES}


class Measured(BaseModel, frozen=True):
    """A policy on a node; ``complaint`` is nmstate's where it was not applied, and then there are no numbers."""

    design: str
    vlans: int
    # That these ids are.
    ranges: int
    # Seconds by the clock and of CPUs: for the policy, for the same once more, and for nmstate's look at the node.
    apply_s: float = 0
    apply_cpu_s: float = 0
    again_s: float = 0
    again_cpu_s: float = 0
    show_s: float = 0
    show_cpu_s: float = 0
    # The most that each held, and by how much more than before is in use afterwards.
    nmstatectl_mib: int = 0
    network_manager_mib: int = 0
    stays_mib: int = 0
    complaint: str = ""

    @property
    def size(self) -> int:
        """In the design's unit."""
        return self.ranges if unit(self.design) == RANGES else self.vlans

    @property
    def slowest_s(self) -> float:
        """A policy that changes is applied again: that counts as much as the first time.

        Of CPUs: the node has one, which is busy all the time. By the clock also the machine's other work would count.
        """
        return max(self.apply_cpu_s, self.again_cpu_s)

    @property
    def fits(self) -> bool:
        """Whether a node in use has time for it."""
        return not self.complaint and self.slowest_s * SLOWER <= HANDLER

    def __str__(self) -> str:
        """As a sentence goes on about it."""
        return f"{self.size} took {self.slowest_s:.0f} s" if not self.complaint else f"{self.size} were not applied"


@cache
def record() -> tuple[Measured, ...]:
    """All that was measured, by design and size."""
    with RECORD.open(encoding="utf-8", newline="") as file:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
    return tuple(sorted(map(Measured.model_validate, rows), key=lambda row: (row.design, row.size)))


def unit(design: str) -> str:
    """What counts in this design."""
    return UNITS.get(design, VLANS)


def size(design: str, vlans: Collection[int]) -> int:
    """How much of that these VLANs are."""
    return len(ranges.merged(vlans)) if unit(design) == RANGES else len(vlans)


def limit(design: str) -> int:
    """The largest size that was measured and fits, up to the first that does not; what was never measured has none."""
    fitting, beyond = _split(design)
    if not fitting:
        return 0 if beyond else names.VLAN_ID_MAX
    return fitting[-1].size


def told(design: str) -> str:
    """The sizes on both sides of the limit, and what they took."""
    fitting, beyond = _split(design)
    return " and ".join(map(str, [*fitting[-1:], *beyond[:1]]))


def _split(design: str) -> tuple[list[Measured], list[Measured]]:
    rows = [row for row in record() if row.design == design]
    first = next((place for place, row in enumerate(rows) if not row.fits), len(rows))
    return rows[:first], rows[first:]


def mistakes(design: str, vlans: Collection[int], possible: Collection[str] = tuple(DESIGNS)) -> Iterator[Mistake]:
    """More VLANs than the design stands; ``possible`` are the designs that may take its place."""
    found, most = size(design, vlans), limit(design)
    if found <= most:
        return
    reason = (
        f"these are {found} {unit(design)}, and this design is refused above {most}: where it was measured "
        f"{told(design)}; a node in use is slower, and kubernetes-nmstate gives up at {HANDLER} s"
    )
    others = [other for other in possible if limit(other) >= size(other, vlans)]
    remedy = f"Write bridging: {' or '.join(others)}" if others else f"Take some out: at most {most} {unit(design)}"
    if unit(design) == RANGES:
        remedy += "; or give the VLANs ids that are neighbours, which are one range"
    yield Mistake(key=f"{names.PROJECT}:nodeNetwork.bridging", value=design, reason=reason, remedy=remedy)
