"""What the node agent does with pods on nodes with a kernel, round by round; this file answers for the guest."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from sandbox.api_server import ApiError, ApiServer
from sandbox.errors import Refusal
from sandbox.node_agent import cluster, kernel_pods
from sandbox.node_agent.cluster import Cluster
from sandbox.node_agent.events import Events
from sandbox.node_agent.kernel_pods import Kubelets
from sandbox.node_agent.scheduler import AGAIN, Scheduler
from tests.unit.node_agent_box import Api

if TYPE_CHECKING:
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

    def regroup(self) -> None:
        """Nothing passes anywhere."""


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


def test_a_pod_runs_until_its_process_has_ended() -> None:
    world = World()
    world.put_in()
    assert world.round()["phase"] == "Running"
    assert world.guest.spaces == {"uid-of-p"}
    assert world.round()["phase"] == "Running"
    world.guest.codes["uid-of-p"] = 0
    status = world.round()
    assert (status["phase"], status["containerStatuses"][0]["state"]["terminated"]["message"]) == ("Succeeded", "bye")
    assert (world.guest.codes, world.guest.spaces) == ({}, set())


def test_a_status_that_could_not_be_written_is_written_in_the_next_round() -> None:
    world = World()
    world.put_in()
    world.api.broken[f"PUT {PODS}/p/status"] = ApiError(409, "Conflict", "changed")
    with pytest.raises(ApiError):
        world.round()
    assert world.round()["phase"] == "Running"
    world.guest.codes["uid-of-p"] = 3
    world.api.broken[f"PUT {PODS}/p/status"] = ApiError(409, "Conflict", "changed")
    with pytest.raises(ApiError):
        world.round()
    assert world.round()["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3


def test_a_deleted_pod_is_asked_once_and_killed_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world, now = World(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    world.put_in()
    world.round()
    world.delete(grace=5)
    world.round()
    world.round()
    assert world.guest.told == [("uid-of-p", signal.SIGTERM)]
    now[0] += 5
    world.round()
    assert world.guest.told[1:] == [("uid-of-p", signal.SIGKILL)]
    world.guest.codes["uid-of-p"] = 137
    assert world.round() == {}, "the Pod is gone"
    assert (world.guest.codes, world.guest.spaces) == ({}, set())


def test_what_was_deleted_at_once_is_ended_without_asking() -> None:
    world = World()
    world.put_in()
    world.round()
    del world.api.stored[f"{PODS}/p"]
    world.round()
    assert (world.guest.codes, world.guest.spaces, world.guest.told) == ({}, set(), [])


def test_a_pod_whose_guest_has_ended_has_failed() -> None:
    world = World()
    world.put_in()
    world.round()
    world.guest.is_gone = True
    status = world.round()
    assert status["phase"] == "Failed"
    assert status["containerStatuses"][0]["state"]["terminated"]["reason"] == "ContainerStatusUnknown"


def test_a_pod_that_another_agent_had_started_has_failed() -> None:
    world = World()
    world.put_in(phase="Running")
    assert world.round()["phase"] == "Failed"
    assert world.guest.codes == {}


def test_a_pod_goes_with_its_node() -> None:
    world = World()
    world.put_in()
    world.round()
    world.nodes.clear()
    world.grounds.nodes.clear()
    assert world.round() == {}


@pytest.mark.parametrize("phase", ["Pending", "Running"])
def test_a_pod_without_a_command_is_left_alone(phase: str) -> None:
    world = World()
    world.put_in(phase=phase, command=())
    assert world.round() == {"phase": phase}
    assert world.guest.codes == {}


def test_a_node_that_is_not_ready_does_nothing() -> None:
    world = World()
    world.nodes["n"]["status"] = {}
    world.put_in()
    assert world.round() == {"phase": "Pending"}


def test_a_pod_that_cannot_start_is_told_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world, now = World(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    world.guest.complaint = "no such program"
    world.put_in()
    status = world.round()
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "CreateContainerError"
    assert world.guest.spaces == set()
    version = world.api.version
    now[0] += kernel_pods.AGAIN
    world.round()
    assert world.api.version == version, "nothing is written again"
    (event,) = world.api.all(cluster.events_of("blue")).values()
    assert (event["reason"], event["message"]) == ("Failed", "Error: container create failed: no such program")
    world.guest.complaint = ""
    assert world.round()["phase"] == "Pending", "not yet"
    now[0] += kernel_pods.AGAIN
    assert world.round()["phase"] == "Running"


def test_a_pod_that_runs_for_too_long_is_ended_and_has_failed() -> None:
    world = World()
    world.put_in(activeDeadlineSeconds=0)
    world.round()
    world.round()
    assert world.guest.told == [("uid-of-p", signal.SIGTERM)]
    world.guest.codes["uid-of-p"] = 0
    status = world.round()
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


def test_a_pod_that_never_started_is_late_as_well() -> None:
    world = World()
    world.guest.complaint = "no such program"
    world.put_in(activeDeadlineSeconds=0)
    world.round()
    world.kubelets._next.clear()
    status = world.round()
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


BRIDGE = "bridge.network.kubevirt.io/br-1928"


def unbound(world: World) -> dict[str, Any]:
    """A pod that needs a bridge, and has no node."""
    container = {"name": "c", "command": ["true"], "resources": {"requests": {BRIDGE: "1"}}}
    world.put_in(nodeName="", containers=[container])
    return dict(world.api.all(PODS)["p"])


def test_a_pod_without_a_node_is_bound_where_its_bridge_is() -> None:
    world = World()
    world.nodes["a"] = {**world.nodes["n"], "metadata": {"name": "a"}}
    world.grounds.nodes["n"].bridges = {BRIDGE}
    pod = unbound(world)
    assert world.scheduler.take_step(pod, world.nodes, [pod])
    assert world.api.all(f"{PODS}/p/binding")["p"]["target"]["name"] == "n"
    assert not world.scheduler.take_step(pod, world.nodes, [pod]), "it has a node"


def test_a_pod_that_needs_nothing_is_bound_to_a_node_that_runs_it() -> None:
    world = World()
    world.nodes = {"a": {**world.nodes["n"], "metadata": {"name": "a"}}, **world.nodes}
    world.put_in(nodeName="")
    pod = world.api.all(PODS)["p"]
    assert world.scheduler.take_step(pod, world.nodes, [pod])
    assert pod["spec"]["nodeName"] == "n"


def test_why_a_pod_has_no_node_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, now = World(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pod = unbound(world)
    assert not world.scheduler.take_step(pod, world.nodes, [pod])
    pod = world.api.all(PODS)["p"]
    (told,) = pod["status"]["conditions"]
    assert (told["reason"], told["message"]) == ("Unschedulable", f"0/1 nodes are available: 1 Insufficient {BRIDGE}.")
    version = world.api.version
    now[0] += AGAIN
    world.scheduler.take_step(pod, world.nodes, [pod])
    assert world.api.version == version
    world.grounds.nodes["n"].bridges = {BRIDGE}
    assert not world.scheduler.take_step(pod, world.nodes, [pod]), "not yet"
    now[0] += AGAIN
    assert world.scheduler.take_step(pod, world.nodes, [pod])


@pytest.mark.parametrize("changed", [{"affinity": {"nodeAffinity": {}}}, {"nodeName": "n"}])
def test_a_pod_that_is_not_the_schedulers_is_left_alone(changed: dict[str, Any]) -> None:
    world = World()
    world.put_in(**{"nodeName": "", **changed})
    pod = world.api.all(PODS)["p"]
    assert not world.scheduler.take_step(pod, world.nodes, [pod])
    world.grounds.nodes.clear()
    world.put_in(nodeName="")
    pod = world.api.all(PODS)["p"]
    assert not world.scheduler.take_step(pod, world.nodes, [pod]), "no node has a kernel"
