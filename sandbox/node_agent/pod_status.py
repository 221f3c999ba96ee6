"""A pod's status as a kubelet writes it: while it can't be started, while it runs, and once it has ended.

Reasons and messages after kubernetes, pkg/kubelet: kubelet_pods.go, status/, active_deadline.go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

Object = dict[str, Any]

KILLED = 137
CREATING = "ContainerCreating"


@dataclass(frozen=True, kw_only=True)
class End:
    """How a pod ended; ``pod_reason`` and ``pod_message`` where it was not by itself."""

    code: int
    reason: str
    message: str = ""
    started: str | None = None
    finished: str | None = None
    pod_reason: str = ""
    pod_message: str = ""

    @property
    def phase(self) -> str:
        """Succeeded, or Failed."""
        return "Failed" if self.code or self.pod_reason else "Succeeded"


def lost() -> End:
    """Of a pod whose node began anew, or that is past its deadline and never ran."""
    message = "The container could not be located when the pod was terminated"
    return End(code=KILLED, reason="ContainerStatusUnknown", message=message)


def by_itself(code: int, message: str, started: str, finished: str) -> End:
    """By its own exit code."""
    reason = "Error" if code else "Completed"
    return End(code=code, reason=reason, message=message, started=started, finished=finished)


def late(end: End) -> End:
    """The end of a pod that was active for longer than it may be."""
    message = "Pod was active on the node longer than the specified deadline"
    return replace(end, pod_reason="DeadlineExceeded", pod_message=message)


def waiting(pod: Mapping[str, Any], host: str, reason: str, message: str) -> Object:
    """It is on its node, and does not run yet."""
    names = " ".join(container["name"] for container in pod["spec"]["containers"])
    unready = ("False", "ContainersNotReady", f"containers with unready status: [{names}]")
    state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    return _status(pod, host, "Pending", state, {"Initialized": ("True", "", ""), "Ready": unready})


def running(pod: Mapping[str, Any], host: str, started: str) -> Object:
    """It runs; whether it is ready nobody asks it."""
    good = ("True", "", "")
    told = _status(pod, host, "Running", {"running": {"startedAt": started}}, {"Initialized": good, "Ready": good})
    if host and pod["spec"].get("hostNetwork"):
        return {**told, "podIP": host, "podIPs": [{"ip": host}]}
    return told


def ended(pod: Mapping[str, Any], host: str, end: End) -> Object:
    """It has ended, and starts no more."""
    terminated = {
        "exitCode": end.code,
        "reason": end.reason,
        "message": end.message,
        "startedAt": end.started,
        "finishedAt": end.finished,
    }
    state = {"terminated": {key: value for key, value in terminated.items() if value not in {"", None}}}
    failed = end.phase == "Failed"
    unready = ("False", "PodFailed" if failed else "PodCompleted", "")
    initialized = ("True", "" if failed else "PodCompleted", "")
    told = _status(pod, host, end.phase, state, {"Initialized": initialized, "Ready": unready})
    if end.pod_reason:
        return {**told, "reason": end.pod_reason, "message": end.pod_message}
    return told


def _status(
    pod: Mapping[str, Any], host: str, phase: str, state: Object, told: Mapping[str, tuple[str, str, str]]
) -> Object:
    old, moment = pod.get("status") or {}, conditions.now()
    runs = "running" in state
    # No image is run.
    same = {"imageID": "", "lastState": {}, "ready": runs, "restartCount": 0, "started": runs, "state": state}
    every = {
        "PodReadyToStartContainers": ("True" if runs else "False", "", ""),
        **told,
        "ContainersReady": told["Ready"],
        "PodScheduled": ("True", "", ""),
    }
    new = [
        {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": moment}
        for kind, (status, reason, message) in every.items()
    ]
    return {
        **{key: value for key, value in old.items() if key not in {"reason", "message"}},
        "phase": phase,
        "conditions": conditions.carried_over(old.get("conditions"), new),
        "containerStatuses": [
            {"name": container["name"], "image": container.get("image", ""), **same}
            for container in pod["spec"]["containers"]
        ],
        "startTime": old.get("startTime") or moment,
        **({"hostIP": host, "hostIPs": [{"ip": host}]} if host else {}),
    }


def same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a pod that waits would be told the same again."""
    keys = ("phase", "reason")
    return all(old.get(key) == new.get(key) for key in keys) and _states(old) == _states(new)


def _states(status: Mapping[str, Any]) -> list[Object]:
    return [item.get("state") or {} for item in status.get("containerStatuses") or []]
