"""Many ways drawn as few, for a picture that a person can follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab.parts import Kind, Part, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lab.topology.model import Topology, Way

# Links that a person can follow in one picture; Mermaid, as GitHub runs it, gives up at 500 (its maxEdges).
DRAWABLE = 100


def bundled(whole: Topology, most: int = DRAWABLE) -> Topology:
    """The same with fewer ways, where it has more links than ``most``: what goes the same way is drawn as one.

    First VLANs that lead to the same namespaces; where that is still too much, all VLANs and all namespaces. What
    differs from the stack file is never hidden among what does not.
    """
    if len(whole.links) <= most:
        return whole
    by_namespaces = replace(whole, ways=_bundle(whole.ways, lambda way: way.namespaces))
    if len(by_namespaces.links) <= most:
        return by_namespaces
    return replace(whole, ways=_bundle(whole.ways, lambda way: frozenset(part.state for part in way.namespaces)))


def _bundle(ways: Sequence[Way], leads: Callable[[Way], object]) -> tuple[Way, ...]:
    bundles: dict[object, list[Way]] = {}
    for way in ways:
        kinds = tuple((part.kind, part.state) for part in way.parts)
        bundles.setdefault((kinds, way.is_guest_trunk, way.is_retired, way.state, leads(way)), []).append(way)
    return tuple(_one(bundle) for bundle in bundles.values())


def _one(ways: Sequence[Way]) -> Way:
    if len(ways) == 1:
        return ways[0]
    # Each place in the ways holds parts of one kind: one part of all, or one of each.
    places = zip(*(way.parts for way in ways), strict=True)
    namespaces = tuple(dict.fromkeys(namespace for way in ways for namespace in way.namespaces))
    are_same = all(way.namespaces == ways[0].namespaces for way in ways)
    return replace(
        ways[0],
        vlans=tuple(sorted({vlan for way in ways for vlan in way.vlans})),
        name=f"{len(ways)} {'guest trunks' if ways[0].is_guest_trunk else 'VLANs'}",
        parts=tuple(_one_part(tuple(dict.fromkeys(place))) for place in places),
        namespaces=namespaces if are_same else (_counted(namespaces),),
    )


def _one_part(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    return replace(parts[0], name=f"{parts[0].name} … {parts[-1].name}", details=(f"{len(parts)} of them",), notes=())


def _counted(namespaces: Sequence[Part]) -> Part:
    state = next((namespace.state for namespace in namespaces if namespace.state), State.AS_WANTED)
    return Part(kind=Kind.NAMESPACE, name=f"{len(namespaces)} namespaces", state=state)
