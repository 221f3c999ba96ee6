"""A preview before anything is made: what it cannot know is told as unknown, and no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from tests.components.run import HYPERVISOR_ROLLOUT, POLICY_ROLLOUT

if TYPE_CHECKING:
    from tests.components.run import Run


def test_a_preview_shows_every_resource_that_up_makes(run: Run, preview: Run) -> None:
    """A resource made only once something is known would come as a surprise."""
    assert {item.urn for item in preview} == {item.urn for item in run}


def test_the_whole_of_every_kubernetes_object_is_known(preview: Run) -> None:
    """An unknown value turns the server's dry run off, which finds what the cluster would refuse."""
    objects = [item for item in preview if item.is_kubernetes]
    assert objects
    for item in objects:
        assert not unknowns(item.inputs), item.urn


def test_the_hypervisors_nodes_are_unknown_until_they_are_there(run: Run, preview: Run) -> None:
    """Then the engine shows the policy's rollout as waiting for them, and not as one for no node."""
    assert unknowns(preview.one(POLICY_ROLLOUT).inputs) == ["nodes"]
    assert run.one(POLICY_ROLLOUT).inputs["nodes"] == ["hub-7vxwj-cnv-4xk2p"]


def test_all_that_the_hypervisors_rollout_is_told_is_known(preview: Run) -> None:
    assert not unknowns(preview.one(HYPERVISOR_ROLLOUT).inputs)


def unknowns(value: Any, place: str = "") -> list[str]:
    """Where a value holds something unknown: keys and indices, joined by dots."""
    if isinstance(value, Unknown):
        return [place]
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return []
    return [found for step, item in value.items() for found in unknowns(item, f"{place}.{step}".lstrip("."))]
