"""A lab's way as a small graph. Each VLAN goes one way, part by part; parts that several ways share are equal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lab import ranges
from lab.parts import Kind, Part, State


@dataclass(frozen=True, kw_only=True)
class Way:
    """How VLANs get from the NIC to namespaces.

    One VLAN, or those of a guest trunk, or (bundled) several of which each goes such a way. ``vlans`` is empty for a
    bridge of a design that the lab has left. ``parts`` come after the NIC and end before the namespaces. ``state`` is
    that of a way that the stack file does not have: extra or foreign.
    """

    vlans: tuple[int, ...]
    name: str
    parts: tuple[Part, ...]
    namespaces: tuple[Part, ...] = ()
    is_guest_trunk: bool = False
    is_retired: bool = False
    state: State = State.AS_WANTED

    @property
    def told(self) -> str:
        """The VLANs for a person: ``1925``, or ``1925-1927, 1930``."""
        return ranges.told(ranges.merged(self.vlans)) if self.vlans else ""

    @property
    def is_wanted(self) -> bool:
        """Whether the stack file has it."""
        return not self.is_retired and self.state is State.AS_WANTED


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A lab's way, whole. ``trunk`` is what all VLANs share, up to the NIC.

    ``is_live``: somebody has looked, so that parts tell how they stand; ``beside`` the NIC are then the things that it
    and the hypervisors come from.
    """

    stack: str
    bridging: str
    trunk: tuple[Part, ...]
    ways: tuple[Way, ...]
    is_live: bool = False
    beside: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part on a way once, in the order in which the ways come by it."""
        listed = [*self.trunk, *(part for way in self.ways for part in (*way.parts, *way.namespaces))]
        return tuple(dict.fromkeys(listed))

    @property
    def links(self) -> tuple[tuple[Part, Part], ...]:
        """Which part leads to which, each pair once."""
        found = list(pairwise(self.trunk))
        for way in self.ways:
            found += pairwise((self.trunk[-1], *way.parts))
            last = (self.trunk[-1], *way.parts)[-1]
            found += [(last, namespace) for namespace in way.namespaces]
        return tuple(dict.fromkeys(found))

    @property
    def vlans(self) -> tuple[int, ...]:
        """The VLANs that are in use, ascending."""
        return tuple(sorted({vlan for way in self.ways if way.is_wanted for vlan in way.vlans}))

    @property
    def namespaces(self) -> tuple[Part, ...]:
        """Those that some VLAN leads to."""
        return tuple(part for part in self.parts if part.kind is Kind.NAMESPACE)

    @property
    def differences(self) -> tuple[Part, ...]:
        """The parts that are not as the stack file has them."""
        trunk, rest = self.trunk, self.parts[len(self.trunk) :]
        return tuple(part for part in (*trunk, *self.beside, *rest) if part.state or part.notes)
