"""Resource properties on their way between the engine and an API: plain Python values, and what changed among them."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

Properties = dict[str, Any]

# What the engine sends for a value that a preview does not know yet (as `pulumi.runtime.rpc.UNKNOWN` has it).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# The engine marks a wrapped value by this pair (sdk/proto, "signature keys"); only Configure sends wrapped secrets
# to a provider that said it takes none.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a marker, not a secret


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """The properties as plain Python values.

    Protobuf knows no integers: whole numbers become ints again, for an API that refuses ``1.0``.
    """
    return {key: _plain(value) for key, value in struct.fields.items()}


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """The properties as the engine takes them."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def _plain(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    match kind:
        case "struct_value":
            fields = value.struct_value.fields
            secret = SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET
            return _plain(fields["value"]) if secret else from_struct(value.struct_value)
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case "number_value":
            return whole(value.number_value)
        case "string_value" | "bool_value":
            return getattr(value, kind)
        case _:
            return None


def whole(number: float) -> int | float:
    """An int where the number is one."""
    return int(number) if math.isfinite(number) and number.is_integer() else number


def has_unknown(value: Any) -> bool:
    """Whether something in it is an output that a preview doesn't know yet."""
    match value:
        case dict():
            return any(has_unknown(item) for item in value.values())
        case list():
            return any(has_unknown(item) for item in value)
        case _:
            return bool(value == UNKNOWN)


class Kind(Enum):
    """What happened to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


IN_PLACE = {
    Kind.ADD: provider_pb2.PropertyDiff.ADD,
    Kind.DELETE: provider_pb2.PropertyDiff.DELETE,
    Kind.UPDATE: provider_pb2.PropertyDiff.UPDATE,
}
REPLACING = {
    Kind.ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    Kind.DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    Kind.UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def changes(old: Any, new: Any, path: str = "") -> dict[str, Kind]:
    """The paths that differ, as ``pulumi preview --diff`` names them: ``spec.ports[0].name``, ``data["a.b"]``."""
    if isinstance(old, dict) and isinstance(new, dict):
        found: dict[str, Kind] = {}
        for key in [*old, *(key for key in new if key not in old)]:
            at = _member(path, key)
            if key not in new:
                found[at] = Kind.DELETE
            elif key not in old:
                found[at] = Kind.ADD
            else:
                found |= changes(old[key], new[key], at)
        return found
    if isinstance(old, list) and isinstance(new, list):
        both = min(len(old), len(new))
        found = {}
        for index in range(both):
            found |= changes(old[index], new[index], f"{path}[{index}]")
        found |= {f"{path}[{index}]": Kind.DELETE for index in range(both, len(old))}
        return found | {f"{path}[{index}]": Kind.ADD for index in range(both, len(new))}
    return {} if _same(old, new) else {path: Kind.UPDATE}


def _member(path: str, key: str) -> str:
    if any(character in key for character in '.["'):
        escaped = key.replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key


def _same(old: Any, new: Any) -> bool:
    # Python holds True for 1; an API does not.
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def diff_response(found: dict[str, Kind], *, replacing: set[str], delete_first: bool) -> provider_pb2.DiffResponse:
    """The engine's answer for a set of changes.

    Args:
        found: the paths that differ, between the inputs of last time and those of now.
        replacing: those among them that can't be changed in place.
        delete_first: whether the old one must go before the new one can be made (the same name).
    """
    detailed = {
        path: provider_pb2.PropertyDiff(kind=(REPLACING if path in replacing else IN_PLACE)[kind], inputDiff=True)
        for path, kind in found.items()
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({path.partition(".")[0].partition("[")[0] for path in found}),
        replaces=sorted(replacing & found.keys()),
        deleteBeforeReplace=delete_first and bool(replacing & found.keys()),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
