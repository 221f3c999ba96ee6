"""One step of a policy's way to its nodes, as nmstate's handlers take it together: who is next, who is done.

Facts in, writes out; nothing is read or written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import conditions
from sandbox.node_agent.conditions import Count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]

DEFAULT_MESSAGES = {
    "Progressing": (conditions.PROGRESSING, "Applying desired state"),
    "Pending": (conditions.LIMIT, "maximal number of nodes are already processing policy configuration"),
    "Aborted": (conditions.ABORTED, "Configuration aborted: policy configuration failed on other nodes"),
    "Available": (conditions.SUCCESS, "successfully reconciled"),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to write: enactments' conditions by node, enactments to drop, the policy's conditions."""

    enactments: Mapping[str, list[conditions.Condition]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    policy: list[conditions.Condition] = field(default_factory=list)


def matching(policy: Object, nodes: Mapping[str, Object]) -> tuple[set[str], set[str]]:
    """The Ready and the other nodes that the policy selects."""
    selector = (policy["spec"].get("nodeSelector") or {}).items()
    found = {name for name, node in nodes.items() if selector <= (node["metadata"].get("labels") or {}).items()}
    ready = {name for name in found if _is_ready(nodes[name])}
    return ready, found - ready


def _is_ready(node: Object) -> bool:
    told = (node.get("status") or {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in told)


def step(
    policy: Object, nodes: Mapping[str, Object], enactments: Mapping[str, Object], configure: Callable[[str], str]
) -> Step:
    """The next step.

    Args:
        policy: the policy.
        nodes: the cluster's nodes by name.
        enactments: the policy's enactments by node.
        configure: brings a node to the policy's state; gives the node's complaint, or nothing.
    """
    ready, not_ready = matching(policy, nodes)
    generation = policy["metadata"]["generation"]
    now = {name: _outcome(enactments.get(name), generation) for name in sorted(ready)}
    changes: dict[str, list[conditions.Condition]] = {}

    def write(name: str, kind: str, reason: str, message: str) -> None:
        changes[name] = conditions.enactment(kind, reason, message)
        now[name] = kind

    finishing = [name for name, kind in now.items() if kind == "Progressing"]
    for name in finishing:
        complaint = configure(name)
        if complaint:
            write(name, "Failing", conditions.FAILED, complaint)
        else:
            write(name, "Available", *DEFAULT_MESSAGES["Available"])
    failed = "Failing" in now.values()
    free = conditions.at_once(policy["spec"].get("maxUnavailable"), len(ready)) - len(finishing)
    for name in [name for name, kind in now.items() if kind in {"", "Pending"}]:
        if failed:
            write(name, "Aborted", *DEFAULT_MESSAGES["Aborted"])
        elif free > 0:
            free -= 1
            write(name, "Progressing", *DEFAULT_MESSAGES["Progressing"])
        elif not now[name]:
            write(name, "Pending", *DEFAULT_MESSAGES["Pending"])
    kinds = list(now.values())
    count = Count(
        matching=len(ready),
        ignored=len(not_ready),
        available=kinds.count("Available"),
        failing=kinds.count("Failing"),
        aborted=kinds.count("Aborted"),
    )
    return Step(
        enactments=changes, dropped=frozenset(set(enactments) - ready - not_ready), policy=conditions.policy(count)
    )


def _outcome(enactment: Object | None, generation: int) -> str:
    """The enactment's true condition; nothing where it is of an earlier generation."""
    status = (enactment or {}).get("status") or {}
    if status.get("policyGeneration") != generation:
        return ""
    return conditions.true_type(status.get("conditions"))
