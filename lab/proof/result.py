"""What a proof came to: for each VLAN and direction, whether frames arrive, and what drops them if not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.proof.verdicts import Drop

# Of the JSON's shape: a key more does not change it.
FORMAT = 1


class Outcome(StrEnum):
    """From good to bad, for a run as a whole: what is known to be dropped outweighs what nobody knows."""

    ARRIVES = "arrives"
    NOT_TRIED = "not tried"
    DROPPED = "dropped"


EXIT_CODES = {Outcome.ARRIVES: 0, Outcome.DROPPED: 1, Outcome.NOT_TRIED: 2}


class Reach(StrEnum):
    """Between what frames were tried."""

    MACHINES = "VM to VM"
    CARDS = "NIC to NIC"


@dataclass(frozen=True, kw_only=True)
class Direction:
    """From one node to the other; ``drop`` is None where frames arrive."""

    source: str
    target: str
    drop: Drop | None


@dataclass(frozen=True, kw_only=True)
class VlanResult:
    """One VLAN's. ``why`` is for what was not tried; then there are no directions.

    ``attachment`` is a namespace and name, or "" for a VLAN that the stack file gives to nobody: frames are then tried
    from NIC to NIC.
    """

    vlan: int
    name: str
    attachment: str = ""
    reach: Reach = Reach.CARDS
    directions: tuple[Direction, ...] = ()
    why: str = ""

    @property
    def drops(self) -> tuple[Drop, ...]:
        """What drops its frames, each once."""
        return tuple(dict.fromkeys(item.drop for item in self.directions if item.drop is not None))

    @property
    def outcome(self) -> Outcome:
        """Whether all arrives."""
        if self.why:
            return Outcome.NOT_TRIED
        return Outcome.DROPPED if self.drops else Outcome.ARRIVES


@dataclass(frozen=True, kw_only=True)
class Result:
    """A run's. ``hosts`` are the ESXi hosts under the nodes, "" where nobody told; ``notes`` what was not looked at."""

    stack: str
    nodes: tuple[str, str]
    hosts: tuple[str, str]
    notes: tuple[str, ...]
    vlans: tuple[VlanResult, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst."""
        order = [*Outcome]
        return max((item.outcome for item in self.vlans), key=order.index, default=Outcome.NOT_TRIED)

    @property
    def exit_code(self) -> int:
        """Of the command."""
        return EXIT_CODES[self.outcome]

    def count(self, outcome: Outcome) -> int:
        """How many VLANs came to this."""
        return sum(item.outcome is outcome for item in self.vlans)

    def as_json(self) -> dict[str, Any]:
        """As docs/prove.md has it."""
        return {
            "format": FORMAT,
            "stack": self.stack,
            "outcome": self.outcome,
            "nodes": [{"name": name, "host": host} for name, host in zip(self.nodes, self.hosts, strict=True)],
            "notes": [*self.notes],
            "vlans": [_vlan(item) for item in self.vlans],
        }


def _vlan(item: VlanResult) -> dict[str, Any]:
    directions = [
        {"from": way.source, "to": way.target, "drop": None if way.drop is None else asdict(way.drop)}
        for way in item.directions
    ]
    return {
        "vlan": item.vlan,
        "name": item.name,
        "attachment": item.attachment,
        "outcome": item.outcome,
        "reach": item.reach,
        "why": item.why,
        "directions": directions,
    }
