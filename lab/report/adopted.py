"""What stands already, in the words in which a pull request tells of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names, resources
from lab.report import chapters, differs
from lab.report.chapters import Row
from lab.report.leaves import differing
from lab.report.look_twice import look_twice
from lab.report.preview import CREATE, UPDATE, Step, type_and_name
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lab.adoption import Standing, Template
    from lab.resources import Resource

AS_WANTED = "as the stack file says"
POLICY = "NodeNetworkConfigurationPolicy"
# What of an object is in force as a whole: more of it by hand would make the rest mean something else.
IN_FORCE = {
    "MachineSet": ("spec.selector.",),
    POLICY: ("spec.nodeSelector.", "spec.desiredState.", "spec.capture"),
}
# Of the engine, and what groups.
NOT_TOLD = ("pulumi:pulumi:Stack", resources.PROVIDERS)


def report(standing: Sequence[Standing], template: Template | None, planned: Sequence[Resource]) -> list[str]:
    """The lines: a chapter of the post each, what stands of it, and what the next `up` changes of that."""
    lines = ["What stands already, and what the next `pulumi up` changes of it:"]
    told = [(row.chapter, f"{_subject_of(row)}: {''.join(row.told)}") for row in _rows(standing)]
    if template is not None:
        told.append((chapters.TEMPLATE, _template(template)))
    chapter = ""
    for where, line in sorted(told, key=lambda item: chapters.CHAPTERS.index(item[0])):
        lines += ["", where] if where != chapter else []
        lines.append(f"  {line}")
        chapter = where
    mind = list(_mind(standing))
    lines += ["", "Look twice:", *(f"  {line}" for line in mind)] if mind else []
    missing = _missing(standing, template, planned)
    return [*lines, "", "Not there yet, made by the next `pulumi up`:", *missing] if missing else lines


def refusals(standing: Sequence[Standing]) -> list[str]:
    """A line for each that cannot be taken over as it is."""
    lines = []
    for item in standing:
        what = _subject(item)
        if item.owner:
            lines.append(f"{what} is stack {item.owner}'s: give it up there, or choose another name here.")
        lines += [
            f"{what}: {leaf.path} is {'not set' if leaf.old is None else leaf.old}, the stack file means {leaf.new}, "
            "and it cannot be changed as it stands: Pulumi would delete it and make it anew. Change the stack file, or "
            "delete it."
            for leaf in differing(item.live, _wanted(item))
            if leaf.path in item.final
        ]
        lines += [
            f"{what}: {path} is set by hand, the stack file has no word for it, and it would stay in force beside what "
            "the stack file says. Take it out first."
            for path in item.beyond
            if path.startswith(IN_FORCE.get(_kind(item), ()))
        ]
    return lines


def _rows(standing: Iterable[Standing]) -> list[Row]:
    """One line for things of the same subject with the same differences, with the places of all."""
    found: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for item in standing:
        step = _step(item)
        kind = chapters.kind_of(step)
        told = differs.told(item.live, _wanted(item)) or AS_WANTED
        found.setdefault((kind.chapter, kind.subject(step), told), []).extend([kind.place(step)] if kind.place else [])
    return [
        Row(chapter=chapter, op=UPDATE, subject=subject, told=(told,), places=tuple(sorted(places)))
        for (chapter, subject, told), places in found.items()
    ]


def _kind(item: Standing) -> str:
    return str(item.planned["type"]).rpartition(":")[2]


def _step(item: Standing) -> Step:
    kind, name = type_and_name(item.urn)
    return Step(op=UPDATE, type=kind, name=name, old=differs.meant(item.live), new=differs.meant(_wanted(item)))


def _wanted(item: Standing) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = item.planned["inputs"]
    return inputs


def _subject_of(row: Row) -> str:
    return " ".join(filter(None, ["".join(row.subject), "".join(row.where)]))


def _template(found: Template) -> str:
    subject = f"template {found.path}"
    if found.anew:
        return f"{subject}: deleted, and cloned anew: {found.anew}"
    return f"{subject}: {'; '.join(f'{word}, is put right' for word in found.lost) or AS_WANTED}"


def _mind(standing: Sequence[Standing]) -> Iterator[str]:
    """What should not be read over."""
    for words in look_twice([_step(item) for item in standing]):
        yield "".join(words)
    for item in standing:
        if item.beyond:
            yield f"{_subject(item)}: {few(item.beyond)} stays as it is: the stack file has no word for it."
        if _kind(item) == POLICY:
            yield from _dropped(item)
        if _kind(item) == "MachineSet":
            yield from _of_machines(item)


def _dropped(item: Standing) -> Iterator[str]:
    if more := sorted(differs.interfaces(item.live).keys() - differs.interfaces(_wanted(item)).keys()):
        yield (
            f"{_subject(item)} drops {few(more)}, which the stack file has no word for: on the nodes nothing changes, "
            "and nobody looks after it any more. Give it a policy of its own first."
        )


def _of_machines(item: Standing) -> Iterator[str]:
    for leaf in differing(item.live, _wanted(item)):
        if leaf.path.startswith(differs.NODE_LABELS) and leaf.new is not None:
            yield (
                "A label reaches new nodes only. On those that run: oc label node -l "
                f"{names.MACHINE_SET_LABEL}={_wanted(item)['metadata']['name']} "
                f"{leaf.path.removeprefix(differs.NODE_LABELS)}={leaf.new}"
            )
    before, after = ((side.get("spec") or {}).get("replicas", 1) for side in (item.live, _wanted(item)))
    if before > after:
        yield (
            f"{_subject(item)} would be scaled from {before} to {after}: a hypervisor is drained and goes. To keep "
            f"it, write cnv-lab:hypervisors.replicas: {before}."
        )


def _subject(item: Standing) -> str:
    if item.planned["type"] == resources.PORT_GROUP:
        host, name = resources.port_group(item.planned)
        return f"port group {name} on host {host}"
    if not resources.is_object(item.planned):
        return f"port group {item.planned['inputs'].get('name', '')}"
    _, kind, *_ = key = resources.object_key(item.planned)
    return f"{kind} {resources.object_id(key)}"


def _missing(standing: Sequence[Standing], template: Template | None, planned: Sequence[Resource]) -> list[str]:
    there = {item.urn for item in standing} | ({template.planned["urn"]} if template else set())
    steps = []
    for item in planned:
        kind, name = type_and_name(item["urn"])
        if item["urn"] not in there and item.get("custom", True) and not kind.startswith(NOT_TOLD):
            steps.append(Step(op=CREATE, type=kind, name=name, new=item.get("inputs") or {}))
    return [f"  {_subject_of(row)}" for row in chapters.rows(steps) if row.chapter != chapters.HELPERS]
