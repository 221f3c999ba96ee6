"""How a pod of a proof fares, by its status and its events: whether to wait for it, and what it told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Object = dict[str, Any]

# The kubelet's reasons of a container that waits, which do not pass by waiting.
HOPELESS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)
# The kubelet's event, with the CNI plugins' words; it goes on trying.
NO_NETWORK = "FailedCreatePodSandBox"


@dataclass(frozen=True)
class Told:
    """It has run, and this is its termination message."""

    message: str


@dataclass(frozen=True)
class Runs:
    """It runs."""


@dataclass(frozen=True)
class Waits:
    """It has not begun; ``why`` as far as anybody says."""

    why: str


@dataclass(frozen=True)
class Stuck:
    """It does not begin. ``is_network``: the CNI plugins refused."""

    why: str
    is_network: bool = False


Fate = Told | Runs | Waits | Stuck


def fate(pod: Object | None, events: Sequence[Object] = ()) -> Fate:  # noqa: PLR0911  a pod has as many fates
    """The pod's; None for one that somebody has deleted."""
    if pod is None:
        return Stuck("somebody deleted it")
    status: Mapping[str, Any] = pod.get("status") or {}
    containers = status.get("containerStatuses") or [{}]
    state: Mapping[str, Any] = containers[0].get("state") or {}
    if ended := state.get("terminated"):
        message = ended.get("message") or ""
        return Told(message) if message else Stuck(f"it ended without a word ({_reason(ended, 'exit code')})")
    if status.get("phase") in {"Failed", "Succeeded"}:
        return Stuck(f"the kubelet ended it: {_reason(status)}")
    if "running" in state:
        return Runs()
    waiting = state.get("waiting") or {}
    if waiting.get("reason") in HOPELESS:
        return Stuck(_reason(waiting))
    refusals = [item for item in events if item.get("reason") == NO_NETWORK]
    if refusals:
        newest = max(refusals, key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime") or ""))
        return Stuck(" ".join(str(newest.get("message", "")).split()), is_network=True)
    warned = [item for item in events if item.get("type") == "Warning"]
    if warned:
        return Waits(_reason(warned[-1]))
    return Waits(str(waiting.get("reason") or "no kubelet has begun it"))


def _reason(item: Mapping[str, Any], otherwise: str = "") -> str:
    parts = [str(item[key]) for key in ("reason", "message") if item.get(key)]
    if otherwise and "exitCode" in item:
        parts.append(f"{otherwise} {item['exitCode']}")
    return ": ".join(parts) or "it does not say why"
