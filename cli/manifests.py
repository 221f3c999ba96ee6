"""Kubernetes objects as YAML that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are; a NAD's configuration is one."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
# A block that two interfaces share is written twice: anchors are for machines.
_Dumper.ignore_aliases = lambda _dumper, _data: True  # type: ignore[method-assign,assignment]


def to_yaml(objects: Iterable[dict[str, Any]]) -> str:
    """The objects as one stream, in their order, keys in theirs."""
    return yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, explicit_start=True, width=120, allow_unicode=True)
