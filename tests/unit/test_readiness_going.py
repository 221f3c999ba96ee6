"""Which nodes a destroy need not wait for: each way in which one may be on its way out, and none that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab.readiness import Ready, Waiting, changeable, going
from tests.unit.test_readiness_network import condition, nodes, policy

if TYPE_CHECKING:
    from collections.abc import Callable

Object = dict[str, Any]

DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


def machine(node: str = "n-1", owner: str | None = "set") -> Object:
    owners = [{"kind": "MachineSet", "name": owner}] if owner else [{"kind": "Cluster", "name": "c"}]
    return {"metadata": {"name": "m-1", "ownerReferences": owners}, "status": {"nodeRef": {"name": node}}}


def machine_set(**spec: Any) -> dict[str, Object]:
    return {"set": {"metadata": {"name": "set"}, "spec": spec}}


def test_a_node_whose_machine_and_machine_set_stay_stays() -> None:
    for spec in ({}, {"replicas": 1}):
        assert going(nodes("n-1"), [machine()], machine_set(**spec)) == {}


def test_a_node_of_no_machine_is_somebodys_own_and_stays() -> None:
    bare = {"metadata": {"name": "m-2"}}
    assert going(nodes("n-1"), [bare, machine("n-2")], {}) == {}


def test_a_machine_of_no_machine_set_keeps_its_node() -> None:
    assert going(nodes("n-1"), [machine(owner=None)], {}) == {}


def delete(item: Object) -> None:
    item["metadata"].update(DELETED)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda node, _machine, _sets: delete(node), "is being deleted"),
        (lambda _node, machine, _sets: delete(machine), "goes with its Machine, which is being deleted"),
        (lambda _node, _machine, sets: delete(sets["set"]), "goes with MachineSet set, which is being deleted"),
        (lambda _node, _machine, sets: sets.clear(), "goes with MachineSet set, which is being deleted"),
        (
            lambda _node, _machine, sets: sets["set"]["spec"].update(replicas=0),
            "goes, for MachineSet set is scaled to 0",
        ),
        (lambda node, _machine, _sets: node["status"].update(conditions=[]), "is not Ready"),
        (lambda node, _machine, _sets: node["status"]["conditions"][0].update(status="Unknown"), "is not Ready"),
    ],
)
def test_a_node_on_its_way_out_is_told_with_the_reason(change: Callable[..., object], reason: str) -> None:
    there, of_one, sets = nodes("n-1", "n-2"), machine(), machine_set()
    change(there[0], of_one, sets)
    assert going(there, [of_one], sets) == {"n-1": reason}, "and n-2 stays"


@pytest.mark.parametrize("told", [[], [condition("Available", "Unknown", "ConfigurationProgressing")]])
def test_a_policy_whose_nodes_are_at_it_may_not_be_changed(told: list[Object]) -> None:
    assert changeable(policy(*told)) == Waiting("policy p is still in progress; waiting to change it")


@pytest.mark.parametrize("reason", ["SuccessfullyConfigured", "FailedToConfigure", "NoMatchingNode"])
def test_a_policy_with_an_outcome_may_be_changed(reason: str) -> None:
    assert isinstance(changeable(policy(condition("Available", "False", reason))), Ready)
    assert isinstance(changeable(None), Ready)
