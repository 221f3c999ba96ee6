"""What preflight says of operators, by their mode."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients import checks
from clients.cluster import kinds
from lab import manifests, settings
from tests.unit import facts

MANAGED: Any = {"operators": {"mode": "manage"}}
PLACEMENT = {"workloads": {"nodePlacement": {"nodeSelector": {"old": "label"}}}}
DOWN = {"conditions": [{"type": "Available", "status": "False", "reason": "Deploying", "message": "virt-api"}]}
OURS, THEIRS = {"cnv-lab/stack": facts.STACK}, {"cnv-lab/stack": "cnv-lab.other"}


def told(operators: Any = facts.INSTALLED, stack_file: Any = None, **there: Any) -> list[str]:
    return list(checks.operators(facts.lab(**(stack_file or {})), facts.cluster(operators=operators, **there)))


def hyperconverged(**changes: Any) -> facts.Object:
    return {**facts.HYPERCONVERGED, **changes}


def test_what_is_expected_and_available_is_no_word_worth() -> None:
    assert told() == []


def test_an_expected_object_that_nobody_made_is_told() -> None:
    (first, second) = told(replace(facts.INSTALLED, nmstates=(), hyperconvergeds=()))
    assert first.startswith("there is no NMState object")
    assert second.startswith("there is no HyperConverged object")


def test_up_to_4_10_nobody_asks_for_an_nmstate_object() -> None:
    (line,) = told(replace(facts.INSTALLED, nmstates=(), hyperconvergeds=()), {"cluster": {"openshift": "4.10"}})
    assert "HyperConverged" in line


def test_handlers_without_an_operator_will_do() -> None:
    assert told(replace(facts.INSTALLED, nmstates=(), serves_nmstates=False)) == []


def test_kinds_that_are_not_served_are_told_elsewhere() -> None:
    assert told(replace(facts.INSTALLED, hyperconvergeds=()), missing=(kinds.VIRTUAL_MACHINE,)) == []


def test_an_expected_operator_that_is_not_available_is_told_with_its_words() -> None:
    (line,) = told(replace(facts.INSTALLED, hyperconvergeds=(hyperconverged(status=DOWN),)))
    assert "not available: Deploying: virt-api" in line
    assert "operators.mode ignore" in line


def test_before_the_first_hypervisor_a_placement_on_their_label_is_no_trouble() -> None:
    """KubeVirt needs a node to be available, and this very run is to bring it."""
    waiting = hyperconverged(status=DOWN, spec=PLACEMENT)
    there = replace(facts.INSTALLED, hyperconvergeds=(waiting,))
    assert told(there) == []
    node = {"metadata": {"name": "n", "labels": {"old": "label"}}}
    assert len(told(there, nodes=facts.by_name(node))) == 1


def test_an_operator_that_is_being_upgraded_is_available_all_the_same() -> None:
    conditions = [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True"}]
    upgrading = hyperconverged(status={"conditions": conditions})
    assert told(replace(facts.INSTALLED, hyperconvergeds=(upgrading,))) == []


def test_what_this_user_may_not_read_is_not_said_to_be_missing() -> None:
    hidden = replace(facts.INSTALLED, subscriptions=None, groups=None, nmstates=None, hyperconvergeds=None)
    assert told(hidden) == []
    assert told(hidden, MANAGED) == []


def test_what_is_ignored_is_not_looked_at() -> None:
    nothing = replace(facts.INSTALLED, nmstates=(), hyperconvergeds=())
    assert told(nothing, {"operators": {"mode": "ignore"}}) == []


def owned(labels: dict[str, str] | None) -> Any:
    """All objects of both operators as the stack would make them, with these labels instead."""
    made = [item for objects in manifests.operators(facts.lab(**MANAGED)).values() for item in objects]
    marked = [{**item, "metadata": {**item["metadata"], "labels": labels or {}}} for item in made]

    def of(kind: str) -> tuple[facts.Object, ...]:
        return tuple(item for item in marked if item["kind"] == kind)

    return replace(
        facts.INSTALLED,
        subscriptions=of("Subscription"),
        groups=of("OperatorGroup"),
        nmstates=of("NMState"),
        hyperconvergeds=of("HyperConverged"),
    )


def test_what_somebody_else_made_is_never_taken_over() -> None:
    for labels, whose in ((None, "not made by this program"), (THEIRS, "made by stack cnv-lab.other")):
        lines = told(owned(labels), MANAGED)
        assert [line.split()[0] for line in lines] == [
            *("Subscription", "Subscription", "OperatorGroup", "OperatorGroup", "NMState", "HyperConverged")
        ]
        assert all(whose in line and "cnv-lab:operators.mode expect" in line for line in lines)


def test_what_this_stack_left_behind_is_its_own() -> None:
    assert told(owned(OURS), MANAGED) == []


def test_the_same_package_in_another_namespace_is_somebody_elses_too() -> None:
    elsewhere = {
        "kind": "Subscription",
        "metadata": {"name": "nmstate", "namespace": "operators"},
        "spec": {"name": "kubernetes-nmstate-operator"},
    }
    other = {**elsewhere, "metadata": {"name": "x", "namespace": "operators"}, "spec": {"name": "gitops"}}
    nothing = replace(facts.INSTALLED, nmstates=(), hyperconvergeds=(), subscriptions=(elsewhere, other))
    (line,) = told(nothing, MANAGED)
    assert line.startswith("Subscription nmstate in namespace operators is there already")


def test_a_cluster_without_olm_is_told_so() -> None:
    (line,) = told(replace(facts.INSTALLED, serves_subscriptions=False), MANAGED)
    assert "no Operator Lifecycle Manager" in line


def test_another_placement_is_refused_while_there_are_vms() -> None:
    """HyperConverged's own admission would refuse it in the middle of the run."""
    there = owned(OURS)
    moved = replace(there, hyperconvergeds=tuple({**item, "spec": PLACEMENT} for item in there.hyperconvergeds))
    assert told(moved, MANAGED) == []
    (line,) = told(replace(moved, workloads=("VM blue/fedora",)), MANAGED)
    assert "no other placement while there are VMs: VM blue/fedora" in line
    assert told(replace(there, workloads=("VM blue/fedora",)), MANAGED) == []


def test_keys_of_a_managed_operator_are_refused_where_it_is_not_managed() -> None:
    raw = {**facts.SECTIONS, "operators": {"removeOnDestroy": True, "evictionStrategy": "None"}}
    with pytest.raises(settings.SettingsError) as error:
        settings.parse(raw, where=facts.WHERE)
    keys = [mistake.key for mistake in error.value.mistakes]
    assert keys == ["cnv-lab:operators.evictionStrategy", "cnv-lab:operators.removeOnDestroy"]


def test_giving_up_operators_that_a_destroy_would_remove_is_refused() -> None:
    """Out of the stack file they are deleted from the state, and that would take them from the cluster."""
    (line,) = checks.given_up(facts.lab(), removes_operators=True)
    assert "cnv-lab:operators.removeOnDestroy false" in line
    assert list(checks.given_up(facts.lab(), removes_operators=False)) == []
    assert list(checks.given_up(facts.lab(**MANAGED), removes_operators=True)) == []


def warned(replicas: int, **operators: Any) -> bool:
    found = facts.settings_of(hypervisors={"replicas": replicas}, operators={"mode": "manage", **operators})
    return any("evictionStrategy" in line for line in settings.warnings(found))


def test_one_hypervisor_whose_vms_must_migrate_is_warned_of() -> None:
    assert warned(1)
    assert warned(1, evictionStrategy="LiveMigrateIfPossible")
    assert not warned(1, evictionStrategy="None")
    assert not warned(2)
