"""What several labs have in common: a file with the sections of a stack file, over which the stack file lays its own.

A key's value comes from one file, whole: the nearest to the stack file that writes it. The lists' entries are sections
of their own, which find each other by what they are called by: a VLAN by its id, a guest trunk and a namespace by its
name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lab import names
from lab.mistakes import ABSENT, Mistake, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PREFIX = f"{names.PROJECT}:"
KEY = "extends"
CONFIG = "config"

# What the entries of each list are called by; a guest trunk among the VLANs has a name.
_LISTS = {"namespaces": "name", "vlans": "id"}
_GUEST_TRUNK, _ITS_NAME = "trunk", "name"

# Read by who logs in, and is given no more than the stack file: in another context it would change another cluster.
_OF_LOGINS = (("cluster", "context"),)

# A mistake's key: its section, its place in a list, its key there, and how it goes on.
_WAY = re.compile(rf"^{PREFIX}(\w+)(?:\[(\d+)\])?(?:\.(\w+))?(.*)$", re.DOTALL)
# Another entry, in a mistake's reason.
_ENTRY = re.compile(r"\b(vlans|namespaces)\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one file writes: its sections, without their prefix. ``where`` is the file's name, for messages."""

    where: str
    raw: Mapping[str, Any]


# A section, and a key in it; in a list, a place among all entries, and a key in the entry there.
_Way = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where merged values stand: in which file, and for an entry of a list at which place there."""

    of: Mapping[_Way, tuple[str, int]] = field(default_factory=dict)

    def traced(self, mistake: Mistake) -> Mistake:
        """The mistake with the file and the key that it is to be mended in; of no file where it is the stack file."""
        found = _WAY.match(mistake.key)
        if found is None:
            return mistake
        section, place, key, rest = found[1], found[2], found[3], found[4]
        way: _Way = (section, *([] if place is None else [int(place)]), *([] if key is None else [key]))
        known = next((way[:end] for end in range(len(way), 0, -1) if way[:end] in self.of), None)
        if known is None or (len(known) < len(way) and mistake.value is ABSENT and place is None):
            return mistake  # what no file writes is missing in the stack file
        where, own = self.of[known]
        entry = "" if place is None else f"[{place if len(known) == 1 else own}]"
        return replace(
            mistake,
            where=where,
            key=f"{PREFIX}{section}{entry}{'' if key is None else f'.{key}'}{rest}",
            reason=_ENTRY.sub(lambda other: self._entry(other[1], int(other[2]), where), mistake.reason),
        )

    def _entry(self, section: str, place: int, here: str) -> str:
        where, own = self.of.get((section, place), (here, place))
        return f"{section}[{own}]" + ("" if where == here else f" of {where}")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The sections that several files mean together."""

    raw: dict[str, Any]
    sources: Sources


def extended(layer: Layer) -> str | None:
    """The file that this one extends, as it writes it; None for none.

    Raises:
        SettingsError: it is no path that could be followed.
    """
    value = layer.raw.get(KEY)
    if value is None and KEY not in layer.raw:
        return None
    remedy = f"Write a path that begins at the folder of {layer.where}, such as labs/house.yaml"
    if is_encrypted(value):
        reason = "the way to a file is no secret"
        raise _refused(layer.where, KEY, ABSENT, reason, "Set it again without --secret")
    if not isinstance(value, str) or not value.strip():
        raise _refused(layer.where, KEY, value, "a path belongs here", remedy)
    path = PurePosixPath(value)
    if path.is_absolute() or value.startswith("~"):
        raise _refused(layer.where, KEY, value, "this path means something on one machine only", remedy)
    if path.name.startswith("Pulumi."):
        reason = "this is a file of Pulumi's, into which it writes a lab's own values"
        remedy = "Move what is shared to a file of another name, such as labs/house.yaml, and extend that"
        raise _refused(layer.where, KEY, value, reason, remedy)
    return value


def shared(config: Mapping[Any, Any], where: str, beside: Iterable[str] = ()) -> Layer:
    """What a shared file writes.

    Args:
        config: what stands under its ``config:``.
        where: its name, for messages.
        beside: what stands beside ``config:``.

    Raises:
        SettingsError: with what cannot stand in such a file. Values of others' keys are not shown: they may be logins.
    """
    raw = {str(key).removeprefix(PREFIX): value for key, value in config.items() if str(key).startswith(PREFIX)}
    others = [str(key) for key in config if not str(key).startswith(PREFIX)]
    if wrong := [*_not_read(beside, others), *_of_one_stack(raw)]:
        raise SettingsError(where, wrong)
    return Layer(where=where, raw=raw)


def _not_read(beside: Iterable[str], others: Iterable[str]) -> Iterator[Mistake]:
    """What nobody would read, beside ``config:`` and in it."""
    for key in beside:
        reason = f"of a shared file only what stands under {CONFIG}: is read"
        yield Mistake(key=key, value=ABSENT, reason=reason, remedy="Leave it out")
    for key in others:
        reason = f"Pulumi reads this key from the stack file alone, and of a shared file only {PREFIX}… is read"
        remedy = "Write it into the stack file: pulumi config set, and logins with --secret"
        yield Mistake(key=key, value=ABSENT, reason=reason, remedy=remedy)


def _of_one_stack(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """What means something for one stack, or one login, only."""
    for way in (way for section, value in raw.items() for way in _encrypted(section, value)):
        reason = "it is encrypted, and only the stack that it was encrypted for could read it"
        remedy = "Write it in clear: no secret belongs here"
        yield Mistake(key=f"{PREFIX}{way}", value=ABSENT, reason=reason, remedy=remedy)
    for section, key in _OF_LOGINS:
        if isinstance(found := raw.get(section), dict) and key in found:
            reason = "it is part of a login, which Pulumi hands to the providers from the stack file alone"
            yield Mistake(key=f"{PREFIX}{section}.{key}", value=ABSENT, reason=reason, remedy="Write it there")


def _encrypted(way: str, value: object) -> Iterator[str]:
    if is_encrypted(value):
        yield way
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _encrypted(f"{way}.{key}", item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _encrypted(f"{way}[{place}]", item)


def is_encrypted(value: object) -> bool:
    """Whether a value stands as Pulumi writes encrypted ones."""
    return isinstance(value, dict) and set(value) == {"secure"}


def merge(layers: Sequence[Layer]) -> Merged:
    """The sections that these files mean together, the farthest from the stack file first, the stack file last."""
    raw: dict[str, Any] = {}
    of: dict[_Way, tuple[str, int]] = {}
    for layer in layers:
        for section, value in layer.raw.items():
            below = raw.get(section)
            if section == KEY:
                continue
            if section in _LISTS and isinstance(value, list) and isinstance(below, list | None):
                raw[section] = _entries(section, below or [], value, layer.where, of)
            elif section not in _LISTS and _is_section(value) and (below is None or _is_section(below)):
                raw[section] = {**(below or {}), **value}
                of[section,] = (layer.where, 0)
                of.update({(section, str(key)): (layer.where, 0) for key in value})
            else:
                raw[section] = value
                for way in [way for way in of if way[0] == section]:
                    del of[way]
                of[section,] = (layer.where, 0)
    return Merged(raw=raw, sources=Sources(of=of))


def _entries(
    section: str, below: list[Any], written: list[Any], where: str, of: dict[_Way, tuple[str, int]]
) -> list[Any]:
    """The list with what a file writes of it. What stands twice in one file stays so: that is its mistake."""
    found = [*below]
    places = {_called(section, entry): place for place, entry in reversed([*enumerate(below)])}
    places.pop(None, None)
    for own, entry in enumerate(written):
        place = places.pop(_called(section, entry), len(found))
        if place == len(found):
            found.append(entry)
        else:
            found[place] = {**found[place], **entry}
        of[section, place] = (where, own)
        of.update({(section, place, str(key)): (where, own) for key in (entry if isinstance(entry, dict) else ())})
    return found


def _called(section: str, entry: object) -> tuple[str, str | int] | None:
    """By what an entry is found; None for one that has nothing of the kind."""
    if not isinstance(entry, dict):
        return None
    is_guest = section == "vlans" and entry.get("kind") == _GUEST_TRUNK
    value = entry.get(_ITS_NAME if is_guest else _LISTS[section])
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    return (_GUEST_TRUNK if is_guest else section), value


def _is_section(value: object) -> bool:
    return isinstance(value, dict) and not is_encrypted(value)


def _refused(where: str, section: str, value: object, reason: str, remedy: str) -> SettingsError:
    return SettingsError(where, [Mistake(key=f"{PREFIX}{section}", value=value, reason=reason, remedy=remedy)])
