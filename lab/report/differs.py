"""Field by field, what differs between a thing made by hand and the stack file's: all of it, for no diff stands below.

A pull request's table (lab/report/tell.py) is shorter: there, what repeats is left to the folded diff.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lab import names
from lab.report import tell
from lab.report import vlans as policy_vlans
from lab.report.leaves import differing
from lab.report.words import vlans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.report.leaves import Leaf

# Labels that the nodes of new Machines get.
NODE_LABELS = "spec.template.spec.metadata.labels."
# What people call what is still told by its path, first match first.
PLAIN = (
    (rf"^{re.escape(NODE_LABELS)}(.+)", r"label \1 of new nodes"),
    (rf"^{re.escape(tell.MACHINE)}\.(.+)", r"\1"),
    (r"^metadata\.annotations\.(.+)", r"annotation \1"),
    (r"^metadata\.labels\.(.+)", r"label \1"),
    (r"^spec\.desiredState\.(.+)", r"\1"),
    (r"^spec\.(.+)", r"\1"),
)
# Ours, which each gets, and of which a line tells once.
OWN = {names.STACK_LABEL, names.LEDGER_ANNOTATION, "pulumi.com/patchForce"}
INTERFACE = re.compile(r"^spec\.desiredState\.interfaces\[([^\]]+)\]")
REWRITTEN = "written anew, and means the same"


def told(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What `up` changes, or "" where that is nothing but our own label."""
    old, new = meant(live), meant(wanted)
    leaves = differing(old, new)
    parts = [*_vlans(live, wanted)]
    parts += [_leaf(leaf) for leaf in leaves if not _is_told(leaf, live, wanted)]
    if not parts and _config(live) != _config(wanted):
        parts.append(REWRITTEN)
    return "; ".join(parts)


def meant(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what is ours, and a network's configuration as what it means, be it one plugin's or a list's."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, dict):
        return inputs
    kept = {
        part: {key: value for key, value in (metadata.get(part) or {}).items() if key not in OWN}
        for part in ("labels", "annotations")
    }
    rest = {key: value for key, value in metadata.items() if key not in kept}
    quiet = {**inputs, "metadata": {**rest, **{key: value for key, value in kept.items() if value}}}
    return quiet if _config(inputs) is None else {**quiet, "spec": _plugins(str(_config(inputs)))}


def _config(inputs: Mapping[str, Any]) -> Any:
    return (inputs.get("spec") or {}).get("config")


def _plugins(written: str) -> dict[str, Any]:
    """As it stands where nobody can read it."""
    try:
        config = json.loads(written)
        first, *others = config.pop("plugins", [{}])
        further = [str(plugin["type"]) for plugin in others]
    except (ValueError, TypeError, KeyError, AttributeError):
        return {"config": written}
    found = {**config, **first, **({"further plugins": ", ".join(further)} if further else {})}
    # Of a plugin's own defaults: no address management.
    return {key: value for key, value in found.items() if value not in ({}, "", None)}


def _vlans(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Of a policy, the VLANs that its nodes get and lose."""
    before, after = (policy_vlans.carried(side.get("spec") or {}) for side in (live, wanted))
    for ids, word in ((after - before, "join"), (before - after, "leave")):
        if ids:
            yield f"{''.join(vlans(ids))} {word}{'' if len(ids) > 1 else 's'}"


def _is_told(leaf: Leaf, live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether it is of an interface that comes or goes: its VLAN is told, or that the policy drops it."""
    found = INTERFACE.match(leaf.path)
    if found is None:
        return False
    before, after = (interfaces(side).get(found[1]) for side in (live, wanted))
    return before is None or after is None or after.get("state") == "absent"


def interfaces(side: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A policy's interfaces by name."""
    listed = ((side.get("spec") or {}).get("desiredState") or {}).get("interfaces") or []
    return {str(item.get("name")): item for item in listed}


def _leaf(leaf: Leaf) -> str:
    path = tell.PLAIN.get(leaf.path) or leaf.path
    for pattern, words in PLAIN:
        path, count = re.subn(pattern, words, path)
        if count:
            break
    return f"{path} {_value(leaf.old)} → {_value(leaf.new)}"


def _value(text: str | None) -> str:
    return "nothing" if text is None else text or "empty"
