"""A policy's way to its nodes in the sandbox: who is next, who waits, what it is called meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.node_agent import conditions, policies
from sandbox.node_agent.conditions import Count

SELECTOR = {"role": "cnv"}


def policy(generation: int = 1, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "generation": generation}, "spec": {"nodeSelector": SELECTOR, **spec}}


def node(*, ready: bool = True, labels: dict[str, str] | None = None) -> dict[str, Any]:
    told = [{"type": "Ready", "status": "True" if ready else "Unknown"}]
    return {"metadata": {"labels": {"os": "linux", **(labels or SELECTOR)}}, "status": {"conditions": told}}


def nodes(*names: str) -> dict[str, Any]:
    return {name: node() for name in names}


def enactment(kind: str, generation: int = 1) -> dict[str, Any]:
    return {"status": {"policyGeneration": generation, "conditions": conditions.enactment(kind)}}


def kinds(step: policies.Step) -> dict[str, str]:
    return {name: conditions.true_type(told) for name, told in step.enactments.items()}


def told(found: Any, kind: str) -> tuple[str, str, str]:
    (item,) = [item for item in found if item["type"] == kind]
    return item["status"], item["reason"], item["message"]


def rounds(
    wanted: dict[str, Any], there: dict[str, Any], failing: frozenset[str] = frozenset()
) -> list[dict[str, str]]:
    """Steps until nothing changes; gives every node's type after each."""
    known: dict[str, Any] = {}
    seen: list[dict[str, str]] = []
    while True:
        turn = policies.in_work(wanted, there, known)
        step = policies.step(wanted, there, known, {name: "no" if name in failing else "" for name in turn})
        if not step.enactments:
            return seen
        generation = wanted["metadata"]["generation"]
        for name, found in step.enactments.items():
            known[name] = {"status": {"policyGeneration": generation, "conditions": found}}
        seen.append({name: conditions.true_type(item["status"]["conditions"]) for name, item in sorted(known.items())})


def test_a_node_is_seen_in_work_before_it_is_done() -> None:
    assert rounds(policy(), nodes("a")) == [{"a": "Progressing"}, {"a": "Available"}]


def test_half_of_the_nodes_are_in_work_at_once_unless_the_policy_says_otherwise() -> None:
    assert rounds(policy(), nodes("a", "b", "c", "d"))[0] == {
        "a": "Progressing",
        "b": "Progressing",
        "c": "Pending",
        "d": "Pending",
    }
    one_by_one = rounds(policy(maxUnavailable=1), nodes("a", "b", "c"))
    assert all(list(seen.values()).count("Progressing") <= 1 for seen in one_by_one)
    assert one_by_one[-1] == dict.fromkeys("abc", "Available")


def test_where_one_node_fails_the_waiting_ones_are_aborted() -> None:
    seen = rounds(policy(maxUnavailable=1), nodes("a", "b", "c"), failing=frozenset("a"))
    assert seen[-1] == {"a": "Failing", "b": "Aborted", "c": "Aborted"}


def test_a_node_in_work_is_brought_to_its_end_though_another_failed() -> None:
    seen = rounds(policy(maxUnavailable=2), nodes("a", "b", "c"), failing=frozenset("a"))
    assert seen[-1] == {"a": "Failing", "b": "Available", "c": "Aborted"}


def test_a_new_generation_begins_anew_everywhere() -> None:
    old = {"a": enactment("Failing"), "b": enactment("Aborted")}
    step = policies.step(policy(generation=2, maxUnavailable="100%"), nodes("a", "b"), old, {})
    assert kinds(step) == {"a": "Progressing", "b": "Progressing"}


def test_a_node_that_comes_late_gets_its_turn() -> None:
    step = policies.step(policy(), nodes("a", "b"), {"a": enactment("Available")}, {})
    assert kinds(step) == {"b": "Progressing"}
    assert told(step.policy, "Progressing")[2] == "Policy is progressing 1/2 nodes finished"


def test_a_node_that_comes_after_a_failure_is_aborted() -> None:
    assert kinds(policies.step(policy(), nodes("a", "b"), {"a": enactment("Failing")}, {})) == {"b": "Aborted"}


def test_the_enactment_of_a_node_that_went_or_lost_its_label_is_dropped() -> None:
    there = {"a": node(), "b": node(labels={"role": "other"})}
    known = {name: enactment("Available") for name in "abc"}
    step = policies.step(policy(), there, known, {})
    assert step.dropped == {"b", "c"}
    assert told(step.policy, "Available")[2] == "1/1 nodes successfully configured"


def test_a_policy_without_selector_is_for_all_nodes() -> None:
    wanted = {"metadata": {"name": "p", "generation": 1}, "spec": {}}
    assert kinds(policies.step(wanted, {"a": node(labels={"role": "other"})}, {}, {})) == {"a": "Progressing"}


def test_a_policy_for_nobody_is_available_as_it_is_up_to_4_20() -> None:
    step = policies.step(policy(), {"a": node(labels={"role": "other"})}, {}, {})
    assert not step.enactments
    assert told(step.policy, "Available") == ("True", "NoMatchingNode", "Policy does not match any node")
    assert told(step.policy, "Degraded")[0] == "False"


def test_a_node_that_is_not_ready_is_left_out_and_the_policy_is_a_success_without_it() -> None:
    step = policies.step(policy(), {"a": node(ready=False)}, {}, {})
    assert not step.enactments
    message = "0/1 nodes successfully configured, 1 nodes ignored due to NotReady state"
    assert told(step.policy, "Available") == ("True", "SuccessfullyConfigured", message)


def test_a_node_that_lost_its_readiness_keeps_its_enactment() -> None:
    step = policies.step(policy(), {"a": node(ready=False)}, {"a": enactment("Available")}, {})
    assert not step.dropped
    assert told(step.policy, "Available")[2].startswith("1/1 nodes successfully configured, 1 nodes ignored")


def test_a_policy_in_work_is_neither_available_nor_degraded() -> None:
    found = conditions.policy(Count(matching=3, ready=3, available=1))
    assert told(found, "Available") == ("Unknown", "ConfigurationProgressing", "")
    assert told(found, "Degraded") == ("Unknown", "ConfigurationProgressing", "")
    assert told(found, "Progressing")[2] == "Policy is progressing 1/3 nodes finished"


def test_one_failure_degrades_the_policy_while_others_are_still_in_work() -> None:
    found = conditions.policy(Count(matching=3, ready=3, failing=1, aborted=1))
    assert told(found, "Available") == ("False", "FailedToConfigure", "")
    message = "1/3 nodes failed to configure, 1 nodes aborted configuration"
    assert told(found, "Degraded") == ("True", "FailedToConfigure", message)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("Progressing", "ConfigurationProgressing"),
        ("Pending", "MaxUnavailableLimitReached"),
        ("Aborted", "ConfigurationAborted"),
        ("Available", "SuccessfullyConfigured"),
        ("Failing", "FailedToConfigure"),
    ],
)
def test_an_enactment_has_all_types_and_one_of_them_true(kind: str, reason: str) -> None:
    found = conditions.enactment(kind, "why")
    assert {item["type"] for item in found} == {"Failing", "Available", "Progressing", "Pending", "Aborted"}
    assert [item["type"] for item in found if item["status"] == "True"] == [kind]
    assert told(found, kind)[1:] == (reason, "why")


@pytest.mark.parametrize(
    ("wanted", "nodes_there", "limit"),
    [
        (None, 1, 1),
        (None, 3, 2),
        (None, 4, 2),
        ("50%", 5, 3),
        ("0%", 5, 1),
        ("100%", 5, 5),
        (0, 5, 1),
        (2, 5, 2),
        (9, 5, 9),
        ("1", 6, 3),
        ("many", 6, 3),
        ("1.5%", 6, 3),
    ],
)
def test_the_limit_is_rounded_up_at_least_one_and_the_default_where_it_is_none(
    wanted: int | str | None, nodes_there: int, limit: int
) -> None:
    assert conditions.at_once(wanted, nodes_there) == limit


def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    before = [{**item, "lastTransitionTime": "2026-01-01T00:00:00Z"} for item in conditions.enactment("Progressing")]
    after = {item["type"]: item for item in conditions.carried_over(before, conditions.enactment("Progressing"))}
    assert {item["lastTransitionTime"] for item in after.values()} == {"2026-01-01T00:00:00Z"}
    done = conditions.carried_over(before, conditions.enactment("Available"))
    assert all(item["lastTransitionTime"] != "2026-01-01T00:00:00Z" for item in done)


def test_only_what_is_said_counts_not_when() -> None:
    found = conditions.policy(Count(matching=1, ready=1, available=1))
    later = [{**item, "lastHeartbeatTime": "2027-01-01T00:00:00Z"} for item in reversed(found)]
    assert conditions.same(later, found)
    assert not conditions.same(None, found)
    assert not conditions.same(found, conditions.policy(Count(matching=2, ready=2, available=1)))
