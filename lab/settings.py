"""The stack file as one typed value: ``parse`` gives it whole, or all of its mistakes at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from lab import agreement, names, sharing
from lab.mistakes import ABSENT, Mistake, SettingsError
from lab.report.secrets import is_secret
from lab.sections import (
    Cluster,
    ExampleVm,
    GuestTrunk,
    Hypervisors,
    Namespace,
    NodeNetwork,
    Operators,
    Section,
    Template,
    Trunk,
    Vcenter,
    Vlan,
)
from lab.sharing import Layer, Sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["SECTIONS", "Settings", "SettingsError", "parse", "warnings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A stack file that holds together; what it leaves out is None until lab/plan.py completes it."""

    cluster: Cluster
    vcenter: Vcenter
    trunk: Trunk
    template: Template
    hypervisors: Hypervisors
    node_network: NodeNetwork
    namespaces: tuple[Namespace, ...]
    vlans: tuple[Vlan, ...]
    guest_trunks: tuple[GuestTrunk, ...]
    operators: Operators
    example_vm: ExampleVm | None = None
    # The files that the stack file extends, the nearest first, and which values stand where.
    extends: tuple[str, ...] = ()
    sources: Sources = field(default_factory=Sources, compare=False, repr=False)


SECTIONS: Mapping[str, type[Section]] = {
    "cluster": Cluster,
    "vcenter": Vcenter,
    "trunk": Trunk,
    "template": Template,
    "hypervisors": Hypervisors,
    "nodeNetwork": NodeNetwork,
    "operators": Operators,
    "exampleVm": ExampleVm,
}
# What is made only where its section stands.
OPTIONAL = frozenset({"exampleVm"})
LISTS: Mapping[str, type[Section]] = {"namespaces": Namespace, "vlans": Vlan}

# pydantic's kinds of a wrong type, in a stack file's words.
BELONGS = {
    "model_type": ("keys and values belong here", "Write them indented, or as {key: value}"),
    "int_type": ("a whole number belongs here", "Write it without quotes"),
    "bool_type": ("true or false belongs here", "Write it without quotes"),
    "string_type": ("text belongs here", "Write it in quotes"),
    "tuple_type": ("a list belongs here", "Begin items with -"),
    "greater_than_equal": ("this number is too small", "Write a larger one"),
}


def parse(raw: Mapping[str, object], *, where: str, shared: Sequence[Layer] = ()) -> Settings:
    """The settings in a stack file's ``cnv-lab:`` keys (without that prefix).

    Args:
        raw: section by section, as YAML or Pulumi's config gives them.
        where: the file's name, for the messages.
        shared: the files that it extends, the farthest first.

    Raises:
        SettingsError: with every mistake, not just the first.
    """
    merged = sharing.merge([*shared, Layer(where=where, raw=raw)])
    raw = merged.raw
    mistakes = [_unknown_key((key,), raw[key], (*SECTIONS, *LISTS)) for key in raw if key not in {*SECTIONS, *LISTS}]
    found: dict[str, Any] = {}
    for key, model in SECTIONS.items():
        if key in OPTIONAL and key not in raw:
            continue
        section = _read(model, raw.get(key, {}), (key,), mistakes)
        if section is not None:
            found[key] = section
    for key, model in LISTS.items():
        found[key] = _read_list(model, raw.get(key, []), key, mistakes)
    # Two kinds of entry in one list of the stack file; from here on two lists.
    found["guestTrunks"] = [item for item in found["vlans"] if isinstance(item[1], GuestTrunk)]
    found["vlans"] = [item for item in found["vlans"] if isinstance(item[1], Vlan)]
    mistakes += agreement.mistakes(found)
    if mistakes:
        raise SettingsError(where, map(merged.sources.traced, mistakes))
    return Settings(
        cluster=found["cluster"],
        vcenter=found["vcenter"],
        trunk=found["trunk"],
        template=found["template"],
        hypervisors=found["hypervisors"],
        node_network=found["nodeNetwork"],
        namespaces=tuple(item for _, item in found["namespaces"]),
        vlans=tuple(item for _, item in found["vlans"]),
        guest_trunks=tuple(item for _, item in found["guestTrunks"]),
        operators=found["operators"],
        example_vm=found.get("exampleVm"),
        extends=tuple(layer.where for layer in reversed(shared)),
        sources=merged.sources,
    )


def warnings(settings: Settings) -> list[str]:
    """What works but is probably not meant."""
    attached: list[Vlan | GuestTrunk] = [*settings.vlans, *settings.guest_trunks]
    return [
        *agreement.warnings(settings.hypervisors, settings.template, settings.namespaces, attached),
        # How many nodes exist, preflight finds out.
        *agreement.drains(settings.operators, 0 if settings.hypervisors.existing else settings.hypervisors.replicas),
    ]


def _read_list(model: type[Section], value: object, key: str, mistakes: list[Mistake]) -> Sequence[tuple[int, Section]]:
    """The list's good items with their places, so that one bad item does not hide what is wrong with the others."""
    if not isinstance(value, list | tuple):
        mistakes.append(
            Mistake(key=_key((key,)), value=value, reason="a list belongs here", remedy="Begin items with -")
        )
        return []
    read = ((place, _read(_kind(model, item), item, (key, place), mistakes)) for place, item in enumerate(value))
    return [(place, item) for place, item in read if item is not None]


def _kind(model: type[Section], item: object) -> type[Section]:
    """An entry of ``vlans`` is one VLAN, or by its ``kind`` a guest trunk."""
    return GuestTrunk if model is Vlan and isinstance(item, dict) and item.get("kind") == "trunk" else model


def _read(model: type[Section], value: object, path: tuple[str | int, ...], mistakes: list[Mistake]) -> Any:
    if sharing.is_encrypted(value):
        mistakes.append(
            Mistake(
                key=_key(path),
                value=ABSENT,
                reason="the lab's shape is no secret, and previews could not show an encrypted one",
                remedy="Set it again without --secret",
            )
        )
        return None
    try:
        return TypeAdapter(model).validate_python(value)
    except ValidationError as error:
        mistakes += _mistakes(error, model, path)
        return _without_mistakes(error, model, value)


def _without_mistakes(error: ValidationError, model: type[Section], value: object) -> Section | None:
    """The section as it reads without its bad keys, for the checks across sections; None where too little is left."""
    bad = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
    if not isinstance(value, dict) or not bad:
        return None
    try:
        return TypeAdapter(model).validate_python({key: item for key, item in value.items() if key not in bad})
    except ValidationError:
        return None


def _mistakes(error: ValidationError, model: type[Section], path: tuple[str | int, ...]) -> Iterator[Mistake]:
    for detail in error.errors(include_url=False):
        place = (*path, *detail["loc"])
        context = detail.get("ctx", {})
        match detail["type"]:
            case "refused":
                reason, remedy = context["reason"], context["remedy"]
                yield Mistake(key=_key(place), value=detail["input"], reason=reason, remedy=remedy)
            case "extra_forbidden":
                yield _unknown_key(place, detail["input"], _keys(model, detail["loc"][:-1]))
            case "missing":
                yield Mistake(key=_key(place), value=ABSENT, reason="is missing", remedy="Write it")
            case kind:
                reason, remedy = BELONGS.get(kind, (detail["msg"][:1].lower() + detail["msg"][1:], "Mend the value"))
                yield Mistake(key=_key(place), value=detail["input"], reason=reason, remedy=remedy)


def _keys(model: type[Section], way: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the (possibly nested) section at this way knows."""
    for step in way:
        field = next(field for field in model.model_fields.values() if field.alias == step)
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, Section)):
            return ()
        model = field.annotation
    return tuple(field.alias or "" for field in model.model_fields.values())


def _unknown_key(place: tuple[str | int, ...], value: object, known: Sequence[str]) -> Mistake:
    if is_secret(str(place[-1])):
        reason = "a login has no place here: this file is kept with others, and previews show it"
        remedy = "Take it out, change it, and set the new one by pulumi config set --secret or in the environment"
        return Mistake(key=_key(place), value=ABSENT, reason=reason, remedy=remedy)
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    remedy = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(known)}"
    return Mistake(key=_key(place), value=value, reason="no such key", remedy=remedy.rstrip("."))


def _key(path: tuple[str | int, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"{names.PROJECT}:{steps.removeprefix('.')}"
