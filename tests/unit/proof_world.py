"""An API server and two kubelets, in the place of a cluster in which a proof is made."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clients.cluster.kinds import EVENT, IMAGE_STREAM_TAG, POD
from clients.cluster.session import FORBIDDEN, RefusedError
from tests.unit.proofs import NODES, World, cards

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.proof.reports import Report

Object = dict[str, Any]


def message(report: Report, **changes: Any) -> str:
    """A report as a pod writes it."""
    told: Object = {}
    for name, value in {**dict(report), **changes}.items():
        told[name] = _plain(value)
    return json.dumps(told)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [_plain(item) for item in value]
    return " ".join(part or "-" for part in value) if isinstance(value, tuple) else value


@dataclass
class Cluster:
    """An API server with kubelets that end each pod at once, with what it is to tell."""

    tells: Callable[[Object], Object]
    pods: dict[tuple[str, str], Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    refuses: str = ""
    status: int = FORBIDDEN
    # How many looks a deleted pod stays.
    lingers: int = 1
    image: Object | None = None
    now: float = 0.0

    def apply(self, kind: Any, item: Object) -> Object:
        assert kind is POD
        name = item["metadata"]["name"]
        if self.refuses and self.refuses in name:
            raise RefusedError("the API server refused it: unable to validate.", self.status, "unable to validate")
        made = deepcopy(item)
        made["metadata"]["uid"] = f"uid-{name}"
        self.pods[item["metadata"]["namespace"], name] = made
        self.made.append(name)
        return made

    def list(self, kind: Any, namespace: str | None = None, labels: Any = None, fields: Any = None) -> list[Object]:
        assert (fields is None) == (kind is POD)
        if kind is EVENT:
            return [item for item in self.events if item["namespace"] == namespace]
        for key, pod in [*self.pods.items()]:
            if pod.get("going", 0) == 1:
                del self.pods[key]
            elif "going" in pod:
                pod["going"] -= 1
            else:
                pod["status"] = self.tells(pod)
        wanted = (labels or {}).items()
        return [deepcopy(pod) for pod in self.pods.values() if wanted <= pod["metadata"]["labels"].items()]

    def delete(self, kind: Any, name: str, namespace: str) -> None:
        assert kind is POD
        self.pods[namespace, name].setdefault("going", self.lingers)

    def get(self, kind: Any, name: str, namespace: str) -> Object | None:
        assert (kind, name, namespace) == (IMAGE_STREAM_TAG, "tools:latest", "openshift")
        return self.image

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


def told(text: str) -> Object:
    return {"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"exitCode": 0, "message": text}}}]}


RUNNING: Object = {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}
WAITING: Object = {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}


@dataclass
class Kubelets:
    """What each pod tells; a test changes one kind's."""

    world: World
    cards: Callable[[int], str] | None = None
    machines: Callable[[int, Object], Object] | None = None
    watchers: Callable[[int], str] | None = None

    def __call__(self, pod: Object) -> Object:
        side = NODES.index(pod["spec"]["nodeName"])
        if "-cards-" in pod["metadata"]["name"]:
            return told(self.cards(side) if self.cards else message(cards(self.world.way, side), trouble=""))
        if "-watch-" in pod["metadata"]["name"]:
            return told(self.watchers(side) if self.watchers else message(self.world.watchers()[side], trouble=""))
        if self.machines:
            return self.machines(side, pod)
        return told(self.machine(side, pod))

    def machine(self, side: int, pod: Object, **changes: Any) -> str:
        """All arrives, at the address that was asked for."""
        (asked,) = json.loads(pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"])
        return message(self.world.machines()[side], address=asked["mac"], **changes)
