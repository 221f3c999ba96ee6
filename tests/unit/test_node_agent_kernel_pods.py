"""What the node agent does with pods on nodes with a kernel, round by round."""

from __future__ import annotations

import signal
import time

import pytest

from sandbox.api_server import ApiError
from sandbox.node_agent import cluster, kernel_pods
from tests.unit.kernel_pods_world import PODS, World


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


def test_what_the_trunk_lets_through_is_asked_before_a_pod_begins_and_while_it_runs() -> None:
    world = World()
    world.round()
    assert world.grounds.asked == 0, "nobody sends"
    world.put_in()
    world.round()
    assert world.grounds.asked == 1
    world.round()
    assert world.grounds.asked == 2


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
