"""What ``pulumi preview --json`` has printed, as data.

The shape is Pulumi's ``PreviewDigest`` (pulumi, pkg/display/json.go), filled by ``ShowPreviewDigest``
(pkg/backend/display/json.go): secrets blinded, steps that change nothing left out, of a replacement's three steps the
one called ``replace``, and each diagnostic with its "error: " before it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.report.secrets import Redactor

# What changes something (pulumi, pkg/resource/deploy/step.go). Not here: same, read, and refresh, which becomes an
# update or a delete where it finds a difference.
CREATE, UPDATE, REPLACE, DELETE, IMPORT = "create", "update", "replace", "delete", "import"
REFRESH = "refresh"
QUIET = frozenset({"same", REFRESH, "read", "discard"})
# Where a plugin was found (pulumi, sdk/go/common/workspace/plugins.go): of the machine, and nobody's who reviews.
OF_THE_MACHINE = re.compile(r"using pulumi-\S+ from \$PATH at ")
# Of the stack itself: its outputs.
STACK = "pulumi:pulumi:Stack"


class PreviewError(Exception):
    """It is no preview's JSON; says why."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to one resource. ``old`` and ``new`` are its inputs, empty where there are none.

    ``paths`` are the differences as the provider told them; ``gone`` is told of one that a refresh found missing.
    """

    op: str
    type: str
    name: str
    component: bool = False
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    replaced_for: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    gone: bool = False

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it will be; of one that goes, what it was."""
        return self.new or self.old


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """What the engine, a provider or the program said; ``resource`` is the logical name of whom it is about."""

    severity: str
    message: str
    resource: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A preview; ``counts`` is Pulumi's own count of resources by what happens to them."""

    steps: tuple[Step, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    maybe_corrupt: bool = False

    def said(self, *severities: str) -> tuple[Diagnostic, ...]:
        """What was said at these severities, once each."""
        return tuple(dict.fromkeys(item for item in self.diagnostics if item.severity in severities))

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change a resource; components group them, and the stack's outputs follow."""
        return tuple(step for step in self.steps if not step.component and step.type != STACK)


def read(text: str, redactor: Redactor) -> Preview:
    """The preview.

    Raises:
        PreviewError: when it is none; Pulumi prints none where it never came to run the program.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise PreviewError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise PreviewError("JSON, but no preview")
    try:
        found = redactor.value(found)
        return Preview(
            steps=_once_each(found.get("steps") or []),
            diagnostics=tuple(_diagnostics(found.get("diagnostics") or [])),
            counts={str(op): int(count) for op, count in (found.get("changeSummary") or {}).items()},
            maybe_corrupt=bool(found.get("maybeCorrupt")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PreviewError(f"JSON, but no preview: {error!r}") from None


def _step(item: Mapping[str, Any]) -> Step:
    old, new = item.get("oldState") or {}, item.get("newState") or {}
    state = new or old
    paths = tuple(item.get("detailedDiff") or {})
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    if item["op"] == UPDATE and before == after:
        # What a refresh found stands in the outputs only, beside what is the server's own affair.
        before, after = _only(old.get("outputs") or {}, paths), _only(new.get("outputs") or {}, paths)
    type_, name = type_and_name(str(item["urn"]))
    return Step(
        op=str(item["op"]),
        type=type_,
        name=name,
        component=not state.get("custom", True),
        old=_plain(before),
        new=_plain(after),
        replaced_for=tuple(item.get("replaceReasons") or ()),
        paths=paths,
    )


def type_and_name(urn: str) -> tuple[str, str]:
    """Of ``urn:pulumi:<stack>::<project>::<types, the parents' first>$<type>::<name>``."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2], parts[3]


def _plain(value: Any) -> Any:
    """Without the providers' own notes: ``__provider``, ``__initialApiVersion`` and the like."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if not str(key).startswith("__")}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _only(outputs: Mapping[str, Any], paths: tuple[str, ...]) -> dict[str, Any]:
    """The outputs that the provider says differ, by the first part of their paths."""
    roots = {path.replace("[", ".").split(".", 1)[0] for path in paths}
    return {key: value for key, value in outputs.items() if key in roots}


def _diagnostics(items: list[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    for item in map(_diagnostic, items):
        if not OF_THE_MACHINE.match(item.message):
            yield item


def _diagnostic(item: Mapping[str, Any]) -> Diagnostic:
    severity = str(item.get("severity", "info"))
    message = str(item.get("message", "")).strip("\n").removeprefix(f"{severity}: ")
    urn = str(item.get("urn") or "")
    type_, name = type_and_name(urn) if urn else (STACK, "")
    return Diagnostic(severity=severity, message=message, resource="" if type_ == STACK else name)


def _once_each(items: list[Mapping[str, Any]]) -> tuple[Step, ...]:
    """With ``--refresh`` a resource has the refresh's step and then the program's; the latter says all.

    What the refresh has looked for and the program makes is gone. A delete that comes last is another object of the
    same name, which an earlier run left to be deleted.
    """
    looked_for = {type_and_name(str(item["urn"])) for item in items if item["op"] == REFRESH}
    found: dict[tuple[str, ...], Step] = {}
    for step in (_step(item) for item in items if item["op"] not in QUIET):
        key = (step.type, step.name)
        before = found.get(key)
        gone = step.op == CREATE and (key in looked_for or (before is not None and before.op == DELETE))
        if before is not None and step.op == DELETE:
            found[*key, "left over"] = step
        else:
            old = step.old or (before.old if before is not None and not gone else {})
            found[key] = replace(step, old=old, gone=gone)
    return tuple(found.values())
