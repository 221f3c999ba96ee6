"""Kubelets and a scheduler for one node with a kernel; this file answers for the guest and the API server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sandbox.errors import Refusal
from sandbox.node_agent import cluster
from sandbox.node_agent.cluster import Cluster
from sandbox.node_agent.events import Events
from sandbox.node_agent.kernel_pods import Kubelets
from sandbox.node_agent.scheduler import Scheduler
from tests.unit.node_agent_box import Api

if TYPE_CHECKING:
    from sandbox.api_server import ApiServer
    from sandbox.node_agent.simulated import Networks

PODS = cluster.pods_of("blue")
READY = {
    "addresses": [{"type": "InternalIP", "address": "192.168.4.61"}],
    "conditions": [{"type": "Ready", "status": "True"}],
}


@dataclass
class Guest:
    """Starts all that it is asked to; remembers what it was told."""

    name: str = "n"
    codes: dict[str, int | None] = field(default_factory=dict)
    told: list[tuple[str, int]] = field(default_factory=list)
    spaces: set[str] = field(default_factory=set)
    is_gone: bool = False
    complaint: str = ""

    def ask(self, what: str, **wanted: Any) -> Any:
        if self.is_gone:
            raise Refusal("guest n has ended")
        match what:
            case "make_namespace":
                self.spaces.add(wanted["name"])
            case "end_namespace":
                self.spaces.remove(wanted["name"])
            case "start_pod":
                if self.complaint:
                    return self.complaint
                self.codes[wanted["uid"]] = None
                return ""
            case "look_at_pods":
                return {uid: {"code": code, "words": "bye", "output": ""} for uid, code in self.codes.items()}
            case "tell_pod":
                self.told.append((wanted["uid"], wanted["number"]))
            case "forget_pod":
                self.codes.pop(wanted["uid"], None)
        return None


@dataclass
class Home:
    guest: Guest = field(default_factory=Guest)
    bridges: set[str] = field(default_factory=set)

    def resources(self) -> set[str]:
        return self.bridges


@dataclass
class Grounds:
    """The nodes with a kernel."""

    nodes: dict[str, Home] = field(default_factory=lambda: {"n": Home()})
    # How often somebody asked what the trunk lets through.
    asked: int = 0

    def regroup(self) -> None:
        self.asked += 1


@dataclass
class World:
    api: Api = field(default_factory=Api)
    grounds: Grounds = field(default_factory=Grounds)
    nodes: dict[str, Any] = field(
        default_factory=lambda: {"n": {"metadata": {"name": "n"}, "spec": {}, "status": READY}}
    )

    def __post_init__(self) -> None:
        api = Cluster(cast("ApiServer", self.api))
        self.kubelets = Kubelets(api, cast("Networks", self.grounds), Events(api))
        self.scheduler = Scheduler(api, cast("Networks", self.grounds), Events(api))

    @property
    def guest(self) -> Guest:
        return self.grounds.nodes["n"].guest

    def put_in(self, *, phase: str = "Pending", command: tuple[str, ...] = ("true",), **spec: Any) -> None:
        container = {"name": "c", "command": list(command)}
        spec = {"nodeName": "n", "restartPolicy": "Never", "containers": [container], **spec}
        metadata = {"name": "p", "namespace": "blue"}
        self.api.put_in(PODS, {"metadata": metadata, "spec": spec, "status": {"phase": phase}})

    def delete(self, grace: int) -> None:
        pod = self.api.all(PODS)["p"]
        gone = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": grace}
        self.api.put_in(PODS, {**pod, "metadata": {**pod["metadata"], **gone}})

    def round(self) -> dict[str, Any]:
        """The pod's status after a round; nothing once it is gone."""
        pods = list(self.api.all(PODS).values())
        self.kubelets.look(pods)
        for pod in pods:
            self.kubelets.take_step(pod, self.nodes)
        return dict(self.api.all(PODS).get("p", {}).get("status", {}))
