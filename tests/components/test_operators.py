"""The operators that a stack installs: what they are asked for, and who waits for whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components import fixtures, programs
from tests.components.recorder import Engine
from tests.components.run import (
    DYNAMIC,
    GUARD,
    HYPERVISOR_DRAIN,
    HYPERVISOR_ROLLOUT,
    MACHINE_SET,
    POLICY,
    TEARDOWN_CHECK,
    Run,
)
from tests.components.test_wiring import destroyed
from tests.components.wire import diff

OPERATOR, ROLLOUT, OPERATORS_GUARD = f"{DYNAMIC}Operator", f"{DYNAMIC}OperatorRollout", f"{DYNAMIC}OperatorsGuard"


def managed(**changes: Any) -> Run:
    lab = fixtures.lab(**{"cluster": {"openshift": "4.20"}, "operators": {"mode": "manage"}, **changes})
    return Engine().run(programs.chain(lab))


@pytest.fixture(scope="module")
def lab() -> Run:
    return managed()


def test_installing_waits_for_nobody_and_hypervisors_are_made_meanwhile(lab: Run) -> None:
    for operator in lab.of(OPERATOR):
        assert operator.waits_for == frozenset()
    assert not lab.urns(OPERATOR) & lab.one(MACHINE_SET).waits_for
    assert not lab.urns(OPERATOR) & lab.one(HYPERVISOR_DRAIN).waits_for


def test_kvm_is_waited_for_with_kubevirt_there_and_kubevirt_with_hypervisors(lab: Run) -> None:
    """The other way round each would wait for the other, for ever."""
    virtualization = lab.one(OPERATOR, "virtualization")
    assert virtualization.urn in lab.one(HYPERVISOR_ROLLOUT).waits_for
    assert lab.one(HYPERVISOR_ROLLOUT).urn in lab.one(ROLLOUT, "virtualization-rollout").waits_for
    assert lab.one(ROLLOUT, "nmstate-rollout").waits_for == {lab.one(OPERATOR, "nmstate").urn}


def test_the_policy_waits_for_its_handlers_and_not_for_kubevirt(lab: Run) -> None:
    assert lab.one(ROLLOUT, "nmstate-rollout").urn in lab.one(POLICY).waits_for
    assert lab.one(ROLLOUT, "virtualization-rollout").urn not in lab.one(POLICY).waits_for


def test_up_to_4_10_handlers_come_with_openshift_virtualization() -> None:
    run = managed(cluster={"openshift": "4.10"})
    assert [item.name for item in run.of(OPERATOR)] == ["virtualization"]
    assert run.one(ROLLOUT).urn in run.one(POLICY).waits_for


def test_a_destroy_asks_before_anything_goes_and_removes_operators_last(lab: Run) -> None:
    waves = destroyed(lab)
    assert waves[0] == {"teardown-check"}
    assert waves[1] == {"operators-guard"}
    place = {name: number for number, names in enumerate(waves) for name in names}
    assert place["nmstate"] > place["nmstate-rollout"] > place["node-network"]
    assert place["virtualization"] > place["hypervisors-rollout"] > place["virtualization-rollout"]
    assert lab.urns(GUARD) <= lab.one(OPERATORS_GUARD).waits_for
    assert lab.one(OPERATORS_GUARD).urn in lab.one(TEARDOWN_CHECK).waits_for


def test_who_expects_them_makes_nothing_of_them(run: Run) -> None:
    assert not [item for item in run if "Operator" in item.type]


def test_a_change_of_its_objects_or_of_its_end_is_an_update_and_nothing_is_a_replace(lab: Run) -> None:
    item = lab.one(OPERATOR, "virtualization")
    olds = {**item.inputs, "version": "v1", "stands": True}
    assert not diff(item, olds).changes
    assert diff(item, {**olds, "stands": False}).changes
    changes: list[dict[str, Any]] = [{"objects": []}, {"removeOnDestroy": True}, {"timeoutMinutes": 1}]
    for change in changes:
        found = diff(item, olds, **change)
        assert found.changes
        assert not found.replaces
