"""When a policy that takes everything back has done so: node by node, whatever it says of itself."""

from __future__ import annotations

from lab.readiness import Failed, Ready, Waiting, taken_back
from tests.unit.test_readiness_network import DEGRADED, IN_FORCE, ONE, TWO, enactment, nodes, policy


def test_a_policy_that_somebody_deleted_meanwhile_is_not_waited_for() -> None:
    assert taken_back(None, [], ONE) == Ready("the policy is gone")


def test_it_is_taken_back_when_each_of_the_nodes_says_so() -> None:
    """Another node of the policy may still be at it: it is not asked for."""
    there = [enactment("Available"), enactment("Available", "node-2"), enactment("Progressing", "node-3")]
    assert taken_back(policy(), there, TWO) == Ready("policy p is taken back from 2 of 2 nodes")


def test_what_an_older_generation_says_is_not_believed() -> None:
    old = [enactment("Available", generation=1)]
    told = "policy p is taken back from 0 of 1 nodes; node-1 is still to begin"
    assert taken_back(IN_FORCE, old, ONE) == Waiting(told)


def test_a_node_that_is_not_ready_is_waited_for_by_name() -> None:
    """The policy itself leaves it out, and calls that a success."""
    there = [*ONE, *nodes("node-2", ready="Unknown")]
    told = "policy p is taken back from 1 of 2 nodes; node-2 is not Ready"
    assert taken_back(IN_FORCE, [enactment("Available")], there) == Waiting(told)


def test_a_node_that_is_not_ready_counts_once_it_has_taken_it() -> None:
    there = nodes("node-1", ready="Unknown")
    assert isinstance(taken_back(IN_FORCE, [enactment("Available")], there), Ready)


def test_a_node_that_failed_is_told_with_the_way_out() -> None:
    verdict = taken_back(DEGRADED, [enactment("Failing", message="busy"), enactment("Aborted", "node-2")], TWO)
    assert isinstance(verdict, Failed)
    assert verdict.message == (
        "policy p could not be taken back from node node-1: busy; not tried on node-2: aborted because node-1 failed"
    )
    assert "revertOnDestroy: never" in verdict.remedy


def test_no_node_is_quickly_done() -> None:
    assert isinstance(taken_back(policy(), [], []), Ready)
