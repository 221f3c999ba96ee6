"""Which node a pod gets where nodes have a kernel, and what it is told if none."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox.node_agent import scheduler
from tests.unit.kernel_pods_world import PODS, World

BRIDGE = "bridge.network.kubevirt.io/br-1928"


def node(name: str, **spec: Any) -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": spec, "status": status}


def test_a_node_is_taken_by_its_labels_its_bridges_and_its_health() -> None:
    chosen = {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}}
    assert scheduler.against(chosen, node("node-1"), {BRIDGE}, {BRIDGE}) == []
    assert scheduler.against(chosen, node("node-2"), {BRIDGE}, {BRIDGE}) == [scheduler.OTHER]
    assert scheduler.against(chosen, node("node-1"), set(), {BRIDGE}) == [f"Insufficient {BRIDGE}"]
    assert scheduler.against(chosen, node("node-1", unschedulable=True), {BRIDGE}, {BRIDGE}) == [scheduler.CORDONED]
    assert scheduler.against(chosen, {**node("node-1"), "status": {}}, set(), set()) == [scheduler.NOT_READY]


def test_why_no_node_is_taken_is_counted() -> None:
    reasons = [[scheduler.OTHER], [scheduler.OTHER], [f"Insufficient {BRIDGE}"]]
    assert scheduler.unschedulable(reasons) == (
        f"0/3 nodes are available: 1 Insufficient {BRIDGE}, 2 node(s) didn't match Pod's node affinity/selector."
    )


def test_a_pods_own_requests_name_bridges() -> None:
    container = {"resources": {"requests": {BRIDGE: "1", "cpu": "1"}}}
    assert scheduler.asked_for({"spec": {"containers": [container]}}) == {BRIDGE}


def test_the_node_with_the_fewest_pods_is_taken() -> None:
    there: list[dict[str, Any]] = [{"spec": {"nodeName": name}} for name in ("a", "a", "b")] + [{"spec": {}}]
    assert scheduler.least_used(["a", "b"], there) == "b"
    assert scheduler.least_used(["c", "b"], there) == "c"


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
    now[0] += scheduler.AGAIN
    world.scheduler.take_step(pod, world.nodes, [pod])
    assert world.api.version == version
    world.grounds.nodes["n"].bridges = {BRIDGE}
    assert not world.scheduler.take_step(pod, world.nodes, [pod]), "not yet"
    now[0] += scheduler.AGAIN
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
