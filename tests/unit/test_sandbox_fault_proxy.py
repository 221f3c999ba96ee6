"""The fault proxy's rules: which requests meet them, and which rules are refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import fault_proxy
from sandbox.fault_proxy import Rule, meet
from tests.engine.cluster import until

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES = ("GET", "/api/v1/nodes", "cnv-lab/0.1.0")


@pytest.fixture(autouse=True)
def no_rules() -> Iterator[None]:
    """None is left to the next test."""
    yield
    fault_proxy.RULES.clear()


def rule(**keys: Any) -> Rule:
    made = Rule.told({"status": 500, **keys})
    fault_proxy.RULES.append(made)
    return made


@pytest.mark.parametrize(
    ("keys", "meets"),
    [
        ({}, True),
        ({"method": "GET"}, True),
        ({"method": "PATCH"}, False),
        ({"path": "*/nodes"}, True),
        ({"path": "/api/v1/nodes/*"}, False),
        ({"agent": "cnv-lab/*"}, True),
        ({"agent": "pulumi*"}, False),
    ],
)
def test_a_request_meets_a_rule_by_its_method_path_and_user_agent(keys: dict[str, Any], meets: bool) -> None:  # noqa: FBT001
    rule(**keys)
    assert (meet(*NODES).status == 500) is meets


def test_a_rule_lets_some_pass_first_and_ends_after_its_times() -> None:
    counted = rule(skip=1, times=2)
    assert [meet(*NODES).status for _ in range(5)] == [0, 500, 500, 0, 0]
    assert counted.met == 2


def test_the_first_rule_that_fits_is_met_and_the_next_when_it_is_used_up() -> None:
    rule(times=1, status=429)
    rule(status=503)
    assert [meet(*NODES).status for _ in range(3)] == [429, 503, 503]


def test_a_held_request_goes_on_when_the_rules_are_removed() -> None:
    held = rule(status=0, hold=True)
    asking = threading.Thread(target=meet, args=NODES, daemon=True)
    asking.start()
    until(lambda: held.met, "the request is there")
    asking.join(0.05)
    assert asking.is_alive()
    with fault_proxy.CHANGED:
        fault_proxy.RULES.clear()
        fault_proxy.CHANGED.notify_all()
    asking.join(10)
    assert not asking.is_alive()


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "needs a status"),
        ({"method": "GET"}, "needs a status"),
        ({"close": "never"}, "needs a status"),
        ({"status": "503"}, "status: not of a rule"),
        ({"status": 503, "often": 3}, "often: not of a rule"),
        ({"status": 503, "met": 3}, "met: not of a rule"),
        ({"hold": 1}, "hold: not of a rule"),
    ],
)
def test_a_rule_that_does_nothing_or_says_what_rules_have_not_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Rule.told(keys)
