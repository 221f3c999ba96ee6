"""What preflight tells of boot images: what stands in the way of opting out, its price, and what leaving may mean."""

from __future__ import annotations

from typing import Any

import pytest

from clients.checks import boot_images
from tests.unit import facts
from tests.unit.test_boot_images import configuration, entry, expression, partial

ALL = configuration(entry("All"))
OUT = configuration(partial(expression(facts.STACK)))
AUTOMATIC = {"status": {"bootImageSkewEnforcementStatus": {"mode": "Automatic", "automatic": {"ocpVersion": "4.22.1"}}}}


def told(
    choice: str, live: facts.Object | None, release: str = "4.22", **more: Any
) -> tuple[list[str], list[str], list[str]]:
    """Refusals, warnings and news."""
    lab = facts.lab(cluster={"openshift": release}, template={"bootImages": choice})
    there = facts.cluster(machine_configuration=live, **more)
    return tuple(list(check(lab, there)) for check in (boot_images.refusals, boot_images.warnings, boot_images.news))  # type: ignore[return-value]


@pytest.mark.parametrize("live", [configuration(), ALL])
def test_opting_out_on_4_22_tells_its_price_before_it_changes_the_cluster(live: facts.Object) -> None:
    refusals, (warning,), news = told("optOut", live)
    assert not refusals
    assert not news
    assert "MachineSet hub-cnv is about to be taken out" in warning
    assert "spec.bootImageSkewEnforcement" in warning


@pytest.mark.parametrize("live", [OUT, configuration(entry("None")), configuration([])])
def test_once_it_is_done_nothing_is_told_any_more(live: facts.Object) -> None:
    assert told("optOut", live) == ([], [], [])


def test_on_4_21_opting_out_costs_nothing_yet() -> None:
    assert told("optOut", ALL, "4.21") == ([], [], [])


@pytest.mark.parametrize("release", ["4.20", "4.21"])
def test_opting_out_may_be_written_ahead_of_an_upgrade(release: str) -> None:
    assert told("optOut", configuration(), release) == ([], [], [])
    assert told("optOut", None, release) == ([], [], [])


def test_automatic_skew_enforcement_is_refused_with_the_owners_choices() -> None:
    (refusal,), _, _ = told("optOut", {**configuration(), **AUTOMATIC})
    for word in ("MachineConfiguration/cluster", '"ocpVersion": "4.22.1"', "None", "template.bootImages: leave"):
        assert word in refusal


@pytest.mark.parametrize("live", [{**OUT, **AUTOMATIC}, {**configuration(entry("None")), **AUTOMATIC}])
def test_it_is_in_nobodys_way_where_nothing_is_to_change(live: facts.Object) -> None:
    assert told("optOut", live) == ([], [], [])


def test_an_object_that_the_operator_has_not_made_is_not_made_for_it() -> None:
    (refusal,), _, _ = told("optOut", None)
    assert "oc get clusteroperator machine-config" in refusal


def test_a_cluster_without_such_objects_has_nothing_to_opt_out_of() -> None:
    refusals, (warning,), _ = told("optOut", None, serves_machine_configurations=False)
    assert not refusals
    assert "serves no MachineConfiguration" in warning
    assert told("leave", None, serves_machine_configurations=False) == ([], [], [])


@pytest.mark.parametrize(("live", "release"), [(configuration(), "4.22"), (ALL, "4.22"), (ALL, "4.21")])
def test_leaving_an_enrolled_machine_set_tells_what_may_happen_and_what_repairs_it(
    live: facts.Object, release: str
) -> None:
    refusals, warnings, (line,) = told("leave", live, release)
    assert not [*refusals, *warnings]
    for word in ("hub-cnv", "rhcos-cnv", "pulumi up", "optOut"):
        assert word in line


@pytest.mark.parametrize(
    ("live", "release"), [(configuration(entry("None")), "4.22"), (configuration(), "4.21"), (ALL, "4.20")]
)
def test_leaving_one_that_is_not_enrolled_is_no_news(live: facts.Object, release: str) -> None:
    assert told("leave", live, release) == ([], [], [])


def test_labels_that_others_put_on_the_live_machine_set_count() -> None:
    """Their selector goes by them."""
    live = configuration(entry("Partial", matchLabels={"tier": "x"}))
    ours = {"metadata": {"name": "hub-cnv", "labels": {"tier": "x", "cnv-lab/stack": "an older one"}}}
    lab = facts.lab(cluster={"openshift": "4.22"}, template={"bootImages": "optOut"})
    there = facts.cluster(machine_configuration=live, machine_sets=facts.by_name(ours))
    assert boot_images.labels(lab, there)["cnv-lab/stack"] == facts.STACK
    assert "mode Partial" in boot_images.enrolment(lab, there)
