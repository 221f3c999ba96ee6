"""What differs between two JSON values, leaf by leaf."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# How Pulumi writes what it will know only when it is done (pulumi, sdk/go/common/resource/plugin/rpc.go).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TOLD = "(known after up)"
# By these a list's items are known, whatever their order: interfaces and ports, VLANs, Kubernetes' conditions.
IDENTITIES = ("name", "key", "id")


class _Missing:
    """No value at all, which null is not."""


MISSING = _Missing()


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A place that differs: dots and indices, and what stood and will stand there, as a person reads it.

    ``old`` or ``new`` is None where there is nothing.
    """

    path: str
    old: str | None
    new: str | None


def differing(old: Any, new: Any) -> list[Leaf]:
    """The leaves that differ, in the order in which they stand. Nothing at all on a side is no leaf."""
    return list(_walk("", old or MISSING, new or MISSING))


def _walk(path: str, old: Any, new: Any) -> Iterator[Leaf]:
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return
    before, after = _opened(old, new), _opened(new, old)
    if before is None or after is None:
        yield Leaf(path=path, old=_told(old), new=_told(new))
        return
    for key in dict.fromkeys([*before, *after]):
        yield from _walk(_joined(path, key), before.get(key, MISSING), after.get(key, MISSING))


def _opened(value: Any, other: Any) -> dict[str, Any] | None:
    """What a value holds, by key; None for a leaf. Nothing holds nothing where the other side holds something."""
    if value is MISSING:
        return {} if _opened(other, None) else None
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)  # an attachment's configuration
        except ValueError:
            return None
    if isinstance(value, list):
        return _by_identity(value)
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) and value else None


def _by_identity(items: list[Any]) -> dict[str, Any] | None:
    if not items:
        return None
    for identity in IDENTITIES:
        found = {f"[{item[identity]}]": item for item in items if isinstance(item, dict) and identity in item}
        if len(found) == len(items):
            return found
    return {f"[{index}]": item for index, item in enumerate(items)}


def _joined(path: str, key: str) -> str:
    return f"{path}{key}" if key.startswith("[") or not path else f"{path}.{key}"


def _told(value: Any) -> str | None:
    if value is MISSING:
        return None
    if value == UNKNOWN:
        return UNKNOWN_TOLD
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
