"""What namespaces really have to plug into, and what of it is nobody's in the stack file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lab import manifests, plugs
from lab.manifests.cluster_networks import maker
from lab.manifests.network_attachments import SHARED, usable
from lab.parts import Kind, Part, State
from lab.topology.live.marks import MISSING, is_of, lacking, marked, noted, owner
from lab.topology.model import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lab.plan import Lab
    from lab.topology.live.facts import Found

Object = dict[str, Any]
# By namespace and name.
Place = tuple[str, str]


class Attachments:
    """The attachments that the lab has to have, beside those that are there."""

    def __init__(self, lab: Lab, found: Found) -> None:
        self._lab = lab
        self._found = found
        self._networks = {item["metadata"]["name"]: item for item in manifests.cluster_networks(lab)}
        self._wanted = {
            (item["metadata"]["namespace"], item["metadata"]["name"]): item
            for item in manifests.network_attachments(lab)
        }
        self._standing = dict.fromkeys((place, name) for _, name, place in usable(lab))

    def look(self, part: Part) -> Part:
        """The part as the cluster has it; what is neither attachment nor namespace comes back as it was."""
        if part.kind is Kind.NAMESPACE:
            is_there = part.name in self._found.namespaces
            return part if is_there else replace(part, state=State.MISSING, notes=(MISSING,))
        if part.kind is Kind.CUDN:
            part = self._network(part)
        if part.kind not in {Kind.NAD, Kind.CUDN} or part.state is State.MISSING:
            return part
        name = part.name.removeprefix(f"{SHARED}/") if self._lab.shared_attachments else part.name
        places = [place for place in self._standing if place[1] == name]
        troubles = {place[0]: told for place in places if (told := self._trouble(place))}
        part = marked(part, troubles, [place for place, _ in places], "in")
        theirs = [(place, live) for place in places if (live := self._live(place)) and not self._is_ours(live)]
        if part.state:
            return part
        return noted(part, State.FOREIGN, (f"{owner(live)} in {place}" for (place, _), live in theirs))

    def _network(self, part: Part) -> Part:
        live = self._found.cluster_networks.get(part.name)
        if live is None:
            return replace(part, state=State.MISSING, notes=(MISSING,))
        differs = lacking(self._networks[part.name]["spec"], live["spec"])
        if differs:
            return noted(part, State.DIFFERS, (differs,))
        return part if is_of(self._lab.stack, live) else noted(part, State.FOREIGN, (owner(live),))

    def _live(self, place: Place) -> Object | None:
        return self._found.attachments.get(place)

    def _trouble(self, place: Place) -> str:
        live = self._live(place)
        if live is None:
            return MISSING
        wanted = self._wanted.get(place)
        return "" if wanted is None else lacking(wanted["spec"], live["spec"])

    def _is_ours(self, live: Object) -> bool:
        return is_of(self._lab.stack, live) or maker(live) in self._networks

    def others(self, ways: Sequence[Way]) -> Iterator[Way]:
        """Attachments that the stack file does not have: this stack's own, and others' on its bridges."""
        carriers = _carriers(ways)
        known = {part.name: part for way in ways for part in way.namespaces}
        for (namespace, name), live in sorted(self._found.attachments.items()):
            if (namespace, name) in self._standing:
                continue
            found = plugs.of_attachment(live)
            before = next((carriers[carrier] for carrier, _ in sorted(found) if carrier in carriers), None)
            is_ours = self._is_ours(live)
            if before is None and not is_ours:
                continue
            note = f"in {namespace}, not in the stack file" if is_ours else f"in {namespace}, {owner(live)}"
            state = State.EXTRA if is_ours else State.FOREIGN
            yield Way(
                vlans=tuple(sorted({vlan for _, vlan in found if vlan})),
                name="",
                parts=(*(before or ()), Part(kind=Kind.NAD, name=f"{namespace}/{name}", state=state, notes=(note,))),
                namespaces=(known.get(namespace) or Part(kind=Kind.NAMESPACE, name=namespace),),
                state=state,
            )


def _carriers(ways: Sequence[Way]) -> dict[str, tuple[Part, ...]]:
    """What an attachment can plug into, by its name, with the parts up to it."""
    found: dict[str, tuple[Part, ...]] = {}
    for way in ways:
        for place, part in enumerate(way.parts):
            if part.kind in {Kind.BRIDGE, Kind.MAPPING}:
                found.setdefault(part.name, way.parts[: place + 1])
    return found
