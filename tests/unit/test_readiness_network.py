"""When a policy is in force: its own conditions can say so and lie, so the enactments are counted."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import Failed, Ready, Waiting, node_network

Object = dict[str, Any]

SUCCESS = "SuccessfullyConfigured"


def condition(kind: str, status: str, reason: str = "", message: str = "") -> Object:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def policy(*conditions: Object, generation: int = 2) -> Object:
    return {"metadata": {"name": "p", "generation": generation}, "status": {"conditions": list(conditions)}}


AVAILABLE = condition("Available", "True", SUCCESS, "1/1 nodes successfully configured")
IN_FORCE = policy(AVAILABLE, condition("Degraded", "False", SUCCESS), condition("Ignored", "False", SUCCESS))
DEGRADED = policy(
    condition("Available", "False", "FailedToConfigure"),
    condition("Degraded", "True", "FailedToConfigure", "1/2 nodes failed to configure, 1 nodes aborted configuration"),
)


def enactment(kind: str, node: str = "node-1", generation: int = 2, message: str = "") -> Object:
    """One node's report; ``kind`` is its condition that is True, "Retrying" two of them as from 4.21 on."""
    true = {"Failing", "Progressing"} if kind == "Retrying" else {kind}
    told = [
        condition(name, "True" if name in true else "False", kind, message if name in true else "")
        for name in ("Failing", "Available", "Progressing", "Pending", "Aborted")
    ]
    metadata = {"name": f"{node}.p", "labels": {"nmstate.io/node": node, "nmstate.io/policy": "p"}}
    return {"metadata": metadata, "status": {"policyGeneration": generation, "conditions": told}}


def nodes(*names: str, ready: str = "True") -> list[Object]:
    """The nodes that the policy selects."""
    return [{"metadata": {"name": name}, "status": {"conditions": [condition("Ready", ready)]}} for name in names]


ONE, TWO, THREE = nodes("node-1"), nodes("node-1", "node-2"), nodes("node-1", "node-2", "node-3")


def test_a_policy_that_is_not_there_is_waited_for() -> None:
    assert node_network(None, [], ONE) == Waiting("the policy is not there yet")


@pytest.mark.parametrize("bare", [{}, {"status": None}, {"status": {"conditions": None}}])
def test_a_policy_that_no_handler_has_seen_is_waited_for(bare: Object) -> None:
    """Also where no node is there: the handler has yet to say NoMatchingNode."""
    fresh = {"metadata": {"name": "p", "generation": 1}, **bare}
    assert node_network(fresh, [], []) == Waiting("policy p is in force on 0 of 0 nodes")


@pytest.mark.parametrize(("there", "words"), [(ONE, "1 node"), (TWO, "2 nodes")])
def test_a_success_on_every_node_is_ready(there: list[Object], words: str) -> None:
    done = [enactment("Available", node["metadata"]["name"]) for node in there]
    assert node_network(IN_FORCE, done, there) == Ready(f"policy p is in force on {words}")


BEGIN = "policy p is in force on 0 of 1 nodes; node-1 is still to begin"


def test_a_success_that_leaves_out_a_node_is_not_believed() -> None:
    """A node that was NotReady is left out of the policy's count, and it may be Ready by now."""
    message = "1/2 nodes successfully configured, 1 nodes ignored due to NotReady state"
    lie = policy(condition("Available", "True", SUCCESS, message))
    found = node_network(lie, [enactment("Available")], TWO)
    assert found == Waiting("policy p is in force on 1 of 2 nodes; node-2 is still to begin")


def test_a_success_on_another_node_is_none_on_this_one() -> None:
    assert isinstance(node_network(IN_FORCE, [enactment("Available", "node-9")], ONE), Waiting)


def test_a_node_that_is_not_ready_is_left_out_and_named() -> None:
    there = [*ONE, *nodes("node-2", ready="Unknown")]
    found = node_network(IN_FORCE, [enactment("Available")], there)
    assert found == Ready("policy p is in force on 1 node; node-2 is not Ready, and left out")


def test_nodes_that_are_all_not_ready_are_no_success() -> None:
    """kubernetes-nmstate calls it one: 0 of 0 nodes are still to finish."""
    there = nodes("node-1", "node-2", ready="Unknown")
    done = [enactment("Available"), enactment("Available", "node-2")]
    found = node_network(IN_FORCE, done, there)
    assert found == Waiting("policy p is in force on none of its nodes: node-1, node-2 are not Ready")


def test_enactments_of_an_older_generation_do_not_count() -> None:
    old = [enactment("Available", generation=1)]
    assert node_network(IN_FORCE, old, ONE) == Waiting(BEGIN)


def test_a_failure_of_an_older_generation_fails_nothing() -> None:
    old = [enactment("Failing", generation=1, message="no")]
    assert node_network(policy(), old, ONE) == Waiting(BEGIN)
    assert node_network(DEGRADED, old, ONE) == Waiting(BEGIN), "the policy's own words are as old"


def test_enactments_alone_are_no_success_before_the_policy_says_so() -> None:
    for reason in ("ConfigurationProgressing", SUCCESS):
        unknown = policy(condition("Available", "Unknown", reason))
        found = node_network(unknown, [enactment("Available")], ONE)
        assert found == Waiting("policy p is in force on 1 of 1 nodes")


@pytest.mark.parametrize(
    "told",
    [
        [condition("Available", "True", "NoMatchingNode"), condition("Degraded", "False", "NoMatchingNode")],
        [condition("Available", "False", "NoMatchingNode"), condition("Ignored", "True", "NoMatchingNode")],
        [condition("Available", "False"), condition("Ignored", "True", "NoMatchingNode")],
    ],
    ids=["up to 4.20", "from 4.21", "from 4.21, told by Ignored alone"],
)
def test_a_policy_for_no_node_is_ready_only_where_no_node_is_asked_for(told: list[Object]) -> None:
    """Up to 4.20 such a policy is Available: with reason NoMatchingNode, which is no success."""
    assert node_network(policy(*told), [], []) == Ready("policy p waits for hypervisors")
    assert node_network(policy(*told), [], ONE) == Waiting(BEGIN)
    assert isinstance(node_network(policy(*told), [enactment("Available")], ONE), Waiting)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Progressing", "; node-2 is being configured"),
        ("Pending", "; node-2 is waiting for others"),
        ("Aborted", ""),
    ],
)
def test_a_node_that_is_not_done_is_waited_for_by_name(kind: str, words: str) -> None:
    there = [enactment("Available"), enactment(kind, "node-2")]
    assert node_network(IN_FORCE, there, TWO) == Waiting(f"policy p is in force on 1 of 2 nodes{words}")


def test_many_nodes_are_counted() -> None:
    there = nodes(*(f"node-{number}" for number in range(9)))
    found = node_network(policy(), [], there)
    assert found == Waiting(
        "policy p is in force on 0 of 9 nodes; node-0, node-1, node-2 and 6 more are still to begin"
    )


def test_progress_is_told_in_the_same_words_whatever_the_order() -> None:
    """A line is said once for each text: what the API server lists in another order is no news."""
    there = [enactment("Progressing", "node-2"), enactment("Pending", "node-3"), enactment("Progressing")]
    words = {str(node_network(policy(), order, THREE)) for order in (there, there[::-1])}
    assert len(words) == 1
    assert "node-1, node-2 are being configured; node-3 is waiting for others" in words.pop()


REPORT = """error reconciling NodeNetworkConfigurationPolicy on node node-1 at desired state apply: "",
 failed to execute nmstatectl set --no-commit: 'exit status 1' ''
[2026-01-01T00:00:00Z INFO  nmstate::ifaces] something
NmstateError: VerificationError: br-1928 is not up

'
"""


def test_a_node_that_failed_ends_the_wait_with_the_last_line_of_its_report() -> None:
    """Above it stands nmstate's whole log, below it a closing quote."""
    verdict = node_network(policy(), [enactment("Available", "node-2"), enactment("Failing", message=REPORT)], TWO)
    assert isinstance(verdict, Failed)
    assert verdict.message == "policy p failed on node node-1: NmstateError: VerificationError: br-1928 is not up"
    assert "run up again" in verdict.remedy


def test_every_node_that_failed_is_named_if_need_be_by_its_enactment() -> None:
    unlabelled = enactment("Failing", "node-2")
    del unlabelled["metadata"]["labels"]
    verdict = node_network(DEGRADED, [enactment("Failing", message="no link"), unlabelled], TWO)
    assert isinstance(verdict, Failed)
    assert verdict.message == "policy p failed on node node-1: no link; node node-2: no reason given"


@pytest.mark.parametrize("others", [[enactment("Aborted", "node-2"), enactment("Pending", "node-3")], []])
def test_nodes_that_are_not_tried_are_told_apart_from_those_that_failed(others: list[Object]) -> None:
    """Also those whose handlers have yet to see it: the words must not depend on who was quicker."""
    verdict = node_network(DEGRADED, [enactment("Failing", message="no link"), *others], THREE)
    assert isinstance(verdict, Failed)
    assert verdict.message == (
        "policy p failed on node node-1: no link; not tried on node-2, node-3: aborted because node-1 failed"
    )


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("NmstateError: InvalidArgument: Ethernet interface ens256 does not exists", "cnv-lab:nodeNetwork.nic"),
        ("NmstateError: InvalidArgument: base interface ens256 of ens256.7 does not exist", "The VLANs' NIC"),
        ("interface name is longer than 15 characters", "Linux takes 15 characters"),
        ("rolling back desired state configuration: failed runnig probes after network changes", "lost its way"),
        ("failed running probes", "lost its way"),
        ("NmstateError: VerificationError: br-1928 is not up", "nmstate has put those nodes back"),
    ],
)
def test_what_to_do_comes_with_the_words_that_are_known(words: str, remedy: str) -> None:
    verdict = node_network(policy(), [enactment("Failing", message=words)], ONE)
    assert isinstance(verdict, Failed)
    assert remedy in verdict.remedy


def test_a_node_that_tries_again_is_waited_for_with_its_reason() -> None:
    """From 4.21 on: Failing and Progressing at once, and the policy is Degraded meanwhile."""
    verdict = node_network(DEGRADED, [enactment("Retrying", message=REPORT), enactment("Available", "node-2")], TWO)
    assert verdict == Waiting(
        "policy p is in force on 1 of 2 nodes; tried again after a failure on node node-1: "
        "NmstateError: VerificationError: br-1928 is not up"
    )
    again = node_network(DEGRADED, [enactment("Progressing")], ONE)
    told = "policy p is in force on 0 of 1 nodes; node-1 is being configured"
    assert again == Waiting(told), "the next try is on, the policy's words are old"


def test_a_node_that_gave_up_is_told_though_another_one_tries_again() -> None:
    there = [enactment("Retrying", message="busy"), enactment("Failing", "node-2", message="no link")]
    verdict = node_network(DEGRADED, there, TWO)
    assert isinstance(verdict, Failed)
    assert verdict.message == "policy p failed on node node-2: no link"


def test_a_degraded_policy_whose_failing_node_went_tells_its_own_words() -> None:
    verdict = node_network(DEGRADED, [enactment("Aborted", "node-2")], nodes("node-2"))
    assert isinstance(verdict, Failed)
    assert verdict.message == "policy p: 1/2 nodes failed to configure, 1 nodes aborted configuration"


def test_a_degraded_policy_without_any_enactment_is_waited_for() -> None:
    """What it says is of a spec that is no more: each enactment names its generation, a condition does not."""
    assert isinstance(node_network(DEGRADED, [], ONE), Waiting)


def test_an_enactment_without_a_status_is_of_no_generation() -> None:
    bare = {"metadata": {"name": "node-1.p"}}
    assert node_network(IN_FORCE, [bare, {**bare, "status": None}], ONE) == Waiting(BEGIN)
