"""The conditions that kubernetes-nmstate writes, with its types, reasons and messages (pkg/policyconditions there).

A handler writes every type each time; exactly one of them is what counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Condition = dict[str, str]

SUCCESS = "SuccessfullyConfigured"
FAILED = "FailedToConfigure"
PROGRESSING = "ConfigurationProgressing"
ABORTED = "ConfigurationAborted"
LIMIT = "MaxUnavailableLimitReached"
NO_NODE = "NoMatchingNode"
ENACTMENT_TYPES = ("Failing", "Available", "Progressing", "Pending", "Aborted")
DEFAULT_MAX_UNAVAILABLE = "50%"
PERCENT = 100


def now() -> str:
    """This moment, as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(kind: str, status: str, reason: str, message: str = "") -> Condition:
    moment = now()
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
    }


def enactment(kind: str, reason: str, message: str) -> list[Condition]:
    """An enactment whose true condition is this type; while it is in work the outcome is unknown."""
    others = "Unknown" if kind == "Progressing" else "False"
    outcome = {"Failing", "Available"}
    return [
        _condition(item, "True", reason, message)
        if item == kind
        else _condition(item, others if item in outcome else "False", reason)
        for item in ENACTMENT_TYPES
    ]


def true_type(conditions: list[Any] | None) -> str:
    """The type of the condition that is true, or nothing."""
    return next((str(item["type"]) for item in conditions or [] if item["status"] == "True"), "")


@dataclass(frozen=True, kw_only=True)
class Count:
    """The enactments of a policy's present generation; ``matching`` nodes are Ready, ``ignored`` ones are not."""

    matching: int
    ignored: int = 0
    available: int = 0
    failing: int = 0
    aborted: int = 0

    @property
    def finished(self) -> int:
        """Nodes with an outcome."""
        return self.available + self.failing + self.aborted


def policy(count: Count) -> list[Condition]:
    """A policy's conditions. Without a matching node it is Available up to OpenShift 4.20, which this cluster is."""
    ignored = f", {count.ignored} nodes ignored due to NotReady state" if count.ignored else ""
    if not count.matching:
        return _policy("True", "False", "False", NO_NODE, f"Policy does not match any node{ignored}")
    if count.finished < count.matching:
        message = f"Policy is progressing {count.finished}/{count.matching} nodes finished"
        return _policy("Unknown", "Unknown", "True", PROGRESSING, message)
    if count.failing or count.aborted:
        message = f"{count.failing}/{count.matching} nodes failed to configure{ignored}"
        if count.aborted:
            message += f", {count.aborted} nodes aborted configuration"
        return _policy("False", "True", "False", FAILED, message)
    message = f"{count.available}/{count.matching} nodes successfully configured{ignored}"
    return _policy("True", "False", "False", SUCCESS, message)


def _policy(available: str, degraded: str, progressing: str, reason: str, message: str) -> list[Condition]:
    return [
        _condition("Available", available, reason, message),
        _condition("Degraded", degraded, reason, message if degraded == "True" else ""),
        _condition("Progressing", progressing, reason, message if progressing == "True" else ""),
        _condition("Ignored", "False", reason),
    ]


def same(old: list[Any] | None, new: list[Condition]) -> bool:
    """Whether nothing but the times differs."""
    times = {"lastHeartbeatTime", "lastTransitionTime"}

    def bare(conditions: list[Any]) -> list[dict[str, Any]]:
        found = [{key: value for key, value in item.items() if key not in times and value != ""} for item in conditions]
        return sorted(found, key=lambda item: str(item["type"]))

    return bare(old or []) == bare(list(new))


def at_once(max_unavailable: int | str | None, matching: int) -> int:
    """How many nodes may be in work at a time; a percentage is rounded up, and one is always allowed."""
    wanted = DEFAULT_MAX_UNAVAILABLE if max_unavailable is None else max_unavailable
    if isinstance(wanted, str):
        wanted = math.ceil(matching * int(wanted.rstrip("%")) / PERCENT)
    return max(1, wanted)
