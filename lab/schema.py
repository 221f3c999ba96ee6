"""The stack file as a JSON Schema, for editors: they complete keys, and mark what is wrong while it is typed.

It knows less than lab/settings.py does: what goes together, and what a name may look like, ``check`` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from lab import names, sharing
from lab.sections import GuestTrunk, Section, Vlan
from lab.settings import LISTS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]
# Meanings by section and key, a nested section's key after a dot: ("trunk", "switch.kind").
Meanings = dict[tuple[str, str], str]

DIALECT = "http://json-schema.org/draft-07/schema#"
GUEST_TRUNKS = "guest trunks"
# By section, what a stack file may leave to the file that it extends; never what an entry of a list is found by.
LEFT_TO_SHARED: Mapping[str, tuple[str, ...]] = {
    "cluster": ("infraId",),
    "exampleVm": ("vlan", "namespace"),
    "vlans": ("name",),
}


def stack_file(meanings: Mapping[tuple[str, str], str]) -> Schema:
    """The schema of a whole ``Pulumi.<stack>.yaml``; what is not ours in it may be as it likes.

    Args:
        meanings: what each key means, in a line or two; those of a guest trunk as section ``guest trunks``.
    """
    models: dict[str, type[Section]] = {**SECTIONS, **LISTS, GUEST_TRUNKS: GuestTrunk}
    _, whole = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template="#/definitions/{model}"
    )
    definitions: dict[str, Schema] = _plain(whole["$defs"])
    for section, model in models.items():
        _describe(definitions, model, {key: text for (of, key), text in meanings.items() if of == section})
    for section, left in LEFT_TO_SHARED.items():
        definition = definitions[models[section].__name__]
        definition["required"] = [key for key in definition["required"] if key not in left]
    # A misspelt section is one that nobody reads; other programs' keys are theirs.
    known = "|".join((sharing.KEY, *SECTIONS, *LISTS))
    return {
        "$schema": DIALECT,
        "title": f"A stack file of {names.PROJECT}",
        "type": "object",
        "required": [sharing.CONFIG],
        "properties": {
            sharing.CONFIG: {
                "type": "object",
                "properties": _sections(meanings),
                "patternProperties": {f"^{sharing.PREFIX}(?!({known})$)": False},
                "if": {"required": [_key(sharing.KEY)]},
                "else": _complete(),
            }
        },
        "definitions": definitions,
    }


def shared_file(meanings: Mapping[tuple[str, str], str], of: str) -> Schema:
    """The schema of a file that stack files extend.

    Args:
        meanings: as ``stack_file`` takes them.
        of: where the schema of stack files is, seen from this one.
    """
    return {
        "$schema": DIALECT,
        "title": f"What labs of {names.PROJECT} share",
        "type": "object",
        "required": [sharing.CONFIG],
        "additionalProperties": False,
        "properties": {
            sharing.CONFIG: {
                "type": "object",
                "additionalProperties": False,
                "properties": _sections(meanings, of),
            }
        },
    }


def _sections(meanings: Mapping[tuple[str, str], str], of: str = "") -> Schema:
    return {
        _key(sharing.KEY): {"type": "string", "description": meanings.get((sharing.KEY, sharing.KEY), "")},
        **{_key(section): _of(model, of) for section, model in SECTIONS.items()},
        **{_key(section): {"type": "array", "items": _item(model, of)} for section, model in LISTS.items()},
    }


def _complete() -> Schema:
    """What must stand in a stack file that extends no other."""
    asked: Schema = {section: {"required": list(left)} for section, left in LEFT_TO_SHARED.items()}
    return {
        "required": [_key("cluster")],
        "properties": {_key(section): {"items": keys} if section in LISTS else keys for section, keys in asked.items()},
    }


def _key(section: str) -> str:
    return f"{sharing.PREFIX}{section}"


def _of(model: type[Section], of: str) -> Schema:
    return {"$ref": f"{of}#/definitions/{model.__name__}"}


def _item(model: type[Section], of: str) -> Schema:
    """An entry of ``vlans`` is one VLAN, or by its ``kind`` a guest trunk."""
    if model is not Vlan:
        return _of(model, of)
    is_trunk = {"required": ["kind"], "properties": {"kind": {"const": "trunk"}}}
    return {"if": is_trunk, "then": _of(GuestTrunk, of), "else": _of(Vlan, of)}


def _plain(schema: Any) -> Any:
    """Without what pydantic says of its own accord: titles made from keys, defaults that are nothing or a section."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _plain(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and (value is None or isinstance(value, dict)))
    }


def _describe(definitions: dict[str, Schema], model: type[Section], meanings: Mapping[str, str]) -> None:
    """Writes the meanings to the section's keys, and those of sections in it."""
    keys = definitions[model.__name__]["properties"]
    for field in model.model_fields.values():
        inner = [part for part in (field.annotation, *_options(field.annotation)) if _is_section(part)]
        for section in inner:
            prefix = f"{field.alias}."
            _describe(
                definitions,
                section,
                {key.removeprefix(prefix): text for key, text in meanings.items() if key.startswith(prefix)},
            )
        if field.alias is not None and field.alias in meanings:
            keys[field.alias]["description"] = meanings[field.alias]


def _options(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
