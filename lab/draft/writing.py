"""The text of a new stack file: sections in their order, a comment where something is to be decided."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from lab.draft.questions import QUESTIONS
from lab.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lab.draft.questions import Question

HEAD = "# Written by `python -m lab init`. docs/stack-file.md explains each key; look at the lines that have a comment."
VLANS_COMMENT = "# What the physical switch calls them; a namespace's virtual machines see the VLANs that name it."


def sections(values: Mapping[str, Any], vlans: Sequence[Mapping[str, Any]], existing: frozenset[str]) -> dict[str, Any]:
    """The file's own sections, as lab/settings.py reads them; ``existing`` are namespaces that are there."""
    raw: dict[str, Any] = {}
    for question in QUESTIONS:
        value = values.get(question.key, question.usual)
        if value is None:
            continue
        *way, last = question.key.split(".")
        at = raw
        for step in way:
            at = at.setdefault(step, {})
        at[last] = value
    used = dict.fromkeys(name for vlan in vlans for name in vlan.get("namespaces", ()))
    raw["namespaces"] = [{"name": name, **({"existing": True} if name in existing else {})} for name in used]
    raw["vlans"] = [dict(vlan) for vlan in vlans]
    return raw


def text(raw: Mapping[str, Any], schema: str, kept: Mapping[str, Any] | None = None, notes: Sequence[str] = ()) -> str:
    """The file.

    Args:
        raw: its sections.
        schema: the way to the schema, for editors.
        kept: what stood in the file that it takes the place of, and is not the program's: the configuration of others,
            and Pulumi's own keys beside it.
        notes: what was read, and where; they go to its head.
    """
    kept = dict(kept or {})
    others = kept.pop("config", {})
    lines = [f"# yaml-language-server: $schema={schema}", HEAD, *(f"# {note}" for note in notes), "config:"]
    for section, questions in groupby(QUESTIONS, lambda question: question.key.partition(".")[0]):
        if section in raw:
            lines += [f"  {PROJECT}:{section}:", *_section(raw, list(questions))]
    for section in ("namespaces", "vlans"):
        if section == "vlans":
            lines.append(f"  {VLANS_COMMENT}")
        lines += _list(section, raw.get(section) or [])
    lines += _block(others, "  ")
    lines += _block(kept, "")
    return "\n".join(lines) + "\n"


def _section(raw: Mapping[str, Any], questions: Sequence[Question]) -> Iterator[str]:
    opened: list[str] = []
    for question in questions:
        *way, last = question.key.split(".")
        at: Any = raw
        for step in way:
            at = at.get(step, {})
        if last not in at:
            continue
        inner = way[1:]
        if inner and inner != opened:
            yield f"    {inner[0]}:"
        opened = inner
        comment = f" # {question.comment}" if question.comment else ""
        yield f"    {'  ' * len(inner)}{last}: {scalar(at[last])}{comment}"


def _list(section: str, items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not items:
        yield f"  {PROJECT}:{section}: []"
        return
    yield f"  {PROJECT}:{section}:"
    for item in items:
        yield f"    - {{{', '.join(f'{key}: {_flow(value)}' for key, value in item.items())}}}"


def _flow(value: Any) -> str:
    return f"[{', '.join(scalar(item) for item in value)}]" if isinstance(value, list) else scalar(value)


def scalar(value: Any) -> str:
    """A value on one line, in quotes where YAML would read another one without: "4.20", "no", "1925"."""
    in_list: str = yaml.safe_dump([value], default_flow_style=True, width=float("inf"), allow_unicode=True)
    return in_list.strip()[1:-1]


def _block(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    if values:
        for line in yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True).splitlines():
            yield f"{indent}{line}"
