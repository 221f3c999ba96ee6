"""One step of a policy's way to its nodes, as the handlers on these nodes take it together: who is next, who is done.

Facts in, writes out; nothing is read or written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import conditions, kubelet
from sandbox.node_agent.conditions import Condition, Count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to write, in this order: enactments' conditions by node, enactments to drop by node, the policy's own."""

    enactments: Mapping[str, Sequence[Condition]]
    dropped: frozenset[str]
    policy: Sequence[Condition]


def in_work(policy: Object, nodes: Mapping[str, Object], enactments: Mapping[str, Object]) -> list[str]:
    """The nodes that the last step has set to work, and whose network is to be configured now."""
    generation = policy["metadata"]["generation"]
    ready, _ = _matching(policy, nodes)
    return [name for name in sorted(ready) if _outcome(enactments.get(name), generation) == "Progressing"]


def step(
    policy: Object, nodes: Mapping[str, Object], enactments: Mapping[str, Object], configured: Mapping[str, str]
) -> Step:
    """The next step.

    Args:
        policy: the policy.
        nodes: the nodes that have a handler, by name.
        enactments: the policy's enactments by node, of any generation.
        configured: what became of the nodes in work: a node's complaint, or nothing where it took the state.
    """
    ready, not_ready = _matching(policy, nodes)
    generation = policy["metadata"]["generation"]
    kinds = {name: _outcome(enactments.get(name), generation) for name in sorted(ready | not_ready)}
    changes: dict[str, list[Condition]] = {}

    def write(name: str, kind: str, message: str = "") -> None:
        changes[name] = conditions.enactment(kind, message)
        kinds[name] = kind

    for name, complaint in configured.items():
        write(name, "Failing" if complaint else "Available", complaint)
    failed = "Failing" in kinds.values()
    free = conditions.at_once(policy["spec"].get("maxUnavailable"), len(ready)) - len(configured)
    for name in sorted(ready):
        if kinds[name] not in {"", "Pending"}:
            continue
        if failed:
            write(name, "Aborted")
        elif free > 0:
            free -= 1
            write(name, "Progressing")
        elif not kinds[name]:
            write(name, "Pending")
    told = list(kinds.values())
    count = Count(
        matching=len(kinds),
        ready=len(ready),
        available=told.count("Available"),
        failing=told.count("Failing"),
        aborted=told.count("Aborted"),
    )
    return Step(enactments=changes, dropped=frozenset(set(enactments) - set(kinds)), policy=conditions.policy(count))


def _matching(policy: Object, nodes: Mapping[str, Object]) -> tuple[set[str], set[str]]:
    """The Ready nodes that the policy selects, and the others that it selects."""
    selector = (policy["spec"].get("nodeSelector") or {}).items()
    found = {name for name, node in nodes.items() if selector <= (node["metadata"].get("labels") or {}).items()}
    ready = {name for name in found if kubelet.is_ready(nodes[name])}
    return ready, found - ready


def _outcome(enactment: Object | None, generation: int) -> str:
    """The enactment's true type; nothing where it is of another generation."""
    status = (enactment or {}).get("status") or {}
    if status.get("policyGeneration") != generation:
        return ""
    return conditions.true_type(status.get("conditions"))
