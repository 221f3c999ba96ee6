"""The conditions that kubernetes-nmstate writes, as OpenShift 4.20 has it: its types, reasons, messages and its quirks.

Facts from pkg/policyconditions, pkg/enactmentstatus/conditions and pkg/node there. From 4.21 on a policy without a
matching node is Ignored and not Available, and a node that fails is tried five times; this cluster is a 4.20.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Condition = dict[str, str]

SUCCESS = "SuccessfullyConfigured"
FAILED = "FailedToConfigure"
PROGRESSING = "ConfigurationProgressing"
ABORTED = "ConfigurationAborted"
LIMIT = "MaxUnavailableLimitReached"
NO_NODE = "NoMatchingNode"

# What an enactment says besides its one true type: its reason and its message. Failing has the node's own words.
REASONS = {
    "Progressing": (PROGRESSING, "Applying desired state"),
    "Pending": (LIMIT, "Waiting for progressing nodes to finish"),
    "Aborted": (ABORTED, "policy has failing enactments, aborting"),
    "Available": (SUCCESS, "successfully reconciled"),
    "Failing": (FAILED, ""),
}
ENACTMENT_TYPES = ("Failing", "Available", "Progressing", "Pending", "Aborted")
DEFAULT_MAX_UNAVAILABLE = "50%"
PERCENT = 100


def now() -> str:
    """This moment, as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(moment: str) -> float:
    """How long ago a moment is that the API has written."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


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


def enactment(kind: str, message: str = "") -> list[Condition]:
    """An enactment whose true type is this; while it is in work its outcome is unknown."""
    reason, usual = REASONS[kind]
    told = message or usual
    found = []
    for item in ENACTMENT_TYPES:
        if item == kind:
            found.append(_condition(item, "True", reason, told))
        elif item == "Progressing" and kind == "Pending":
            found.append(_condition(item, "False", reason, told))
        elif item == "Aborted" and kind == "Failing":
            # Not a slip of this file's: the handler gives that reason.
            found.append(_condition(item, "False", SUCCESS))
        else:
            unknown = kind == "Progressing" and item in {"Failing", "Available"}
            found.append(_condition(item, "Unknown" if unknown else "False", reason))
    return found


def true_type(conditions: Sequence[Any] | None) -> str:
    """The type of the condition that is true, or nothing."""
    return next((str(item["type"]) for item in conditions or [] if item["status"] == "True"), "")


@dataclass(frozen=True, kw_only=True)
class Count:
    """Nodes with a handler that a policy selects, and the enactments of the policy's present generation."""

    matching: int
    ready: int
    available: int = 0
    failing: int = 0
    aborted: int = 0

    @property
    def finished(self) -> int:
        """Nodes with an outcome."""
        return self.available + self.failing + self.aborted


def policy(count: Count) -> list[Condition]:
    """A policy's conditions.

    Two things that a waiter trips over are as in the original: it is Available where no node matches, and it is a
    success where all matching nodes are NotReady (0 of them are still to finish).
    """
    left_out = count.matching - count.ready
    ignored = f", {left_out} nodes ignored due to NotReady state" if left_out else ""
    if not count.matching:
        message = "Policy does not match any node"
        return _policy(("True", NO_NODE, message), ("False", NO_NODE, message), ("False", PROGRESSING, ""))
    if count.failing or count.aborted:
        message = f"{count.failing}/{count.matching} nodes failed to configure"
        if count.aborted:
            message += f", {count.aborted} nodes aborted configuration"
        return _policy(("False", FAILED, ""), ("True", FAILED, message), ("False", PROGRESSING, ""))
    if count.finished < count.ready:
        message = f"Policy is progressing {count.finished}/{count.ready} nodes finished{ignored}"
        return _policy(("Unknown", PROGRESSING, ""), ("Unknown", PROGRESSING, ""), ("True", PROGRESSING, message))
    message = f"{count.available}/{count.matching} nodes successfully configured{ignored}"
    return _policy(("True", SUCCESS, message), ("False", SUCCESS, ""), ("False", PROGRESSING, ""))


def _policy(
    available: tuple[str, str, str], degraded: tuple[str, str, str], progressing: tuple[str, str, str]
) -> list[Condition]:
    """Status, reason and message of each."""
    return [
        _condition("Available", *available),
        _condition("Degraded", *degraded),
        _condition("Progressing", *progressing),
    ]


def carried_over(old: Sequence[Any] | None, new: list[Condition]) -> list[Condition]:
    """The new conditions, with the time of the last transition where nothing but the time is new."""
    before = {item["type"]: item for item in old or []}
    said = ("status", "reason", "message")
    return [
        {**item, "lastTransitionTime": there.get("lastTransitionTime", item["lastTransitionTime"])}
        if (there := before.get(item["type"])) and all(there.get(key, "") == item[key] for key in said)
        else item
        for item in new
    ]


def same(old: Sequence[Any] | None, new: Sequence[Condition]) -> bool:
    """Whether nothing but the times differs."""

    def bare(conditions: Sequence[Any]) -> list[tuple[str, str, str, str]]:
        return sorted(
            (item["type"], item["status"], item.get("reason", ""), item.get("message", "")) for item in conditions
        )

    return bare(old or []) == bare(new)


def at_once(max_unavailable: int | str | None, matching: int) -> int:
    """How many nodes may be in work at a time: a percentage is rounded up, and one is always allowed.

    What is neither a number nor a percentage counts as the default, as with the original.
    """
    wanted = DEFAULT_MAX_UNAVAILABLE if max_unavailable is None else max_unavailable
    if isinstance(wanted, str):
        share = wanted.removesuffix("%")
        if share == wanted or not share.isdecimal():
            share = DEFAULT_MAX_UNAVAILABLE.removesuffix("%")
        wanted = math.ceil(matching * int(share) / PERCENT)
    return max(1, wanted)
