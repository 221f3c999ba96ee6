"""Whose the hypervisors' number is: the stack file's, or a MachineAutoscaler's."""

from __future__ import annotations

from typing import Any

import pytest

from clients import checks
from tests.unit import facts

NAME = "hub-cnv"


def machine_set(replicas: int | None = 3, **annotations: str) -> Any:
    spec = {} if replicas is None else {"replicas": replicas}
    return {"metadata": {"name": NAME, "annotations": annotations}, "spec": spec}


def autoscaler(kind: str = "MachineSet", target: str = NAME) -> Any:
    return {"metadata": {"name": "cnv"}, "spec": {"scaleTargetRef": {"kind": kind, "name": target}}}


def found(*autoscalers: Any, there: Any = None) -> tuple[int, list[str]]:
    cluster = facts.cluster(machine_sets=facts.by_name(there or machine_set()), autoscalers=autoscalers)
    lab, lines = checks.autoscaled(facts.lab(), cluster)
    return lab.replicas, lines


def test_without_an_autoscaler_the_stack_file_counts() -> None:
    assert found() == (1, [])


def test_replicas_that_an_autoscaler_owns_are_kept_and_told() -> None:
    told = (
        "MachineAutoscaler cnv owns the replicas of MachineSet hub-cnv: 3, whatever cnv-lab:hypervisors.replicas says."
    )
    assert found(autoscaler()) == (3, [told])
    assert found(autoscaler(), there=machine_set(None))[0] == 1, "as the API server takes a number that is left out"


@pytest.mark.parametrize("other", [autoscaler(target="hub-worker-0"), autoscaler(kind="Other"), {"metadata": {}}])
def test_an_autoscaler_of_something_else_is_none(other: Any) -> None:
    assert found(other) == (1, [])


def test_an_autoscaler_of_a_machine_set_that_is_still_to_be_made_is_none_yet() -> None:
    assert found(autoscaler(), there={"metadata": {"name": "hub-worker-0"}, "spec": {}}) == (1, [])


def test_a_destroy_that_died_after_scaling_to_0_was_no_autoscaler() -> None:
    scaled_down = machine_set(0, **{"cnv-lab/replicas-before-destroy": "2"})
    assert found(autoscaler(), there=scaled_down)[0] == 2
