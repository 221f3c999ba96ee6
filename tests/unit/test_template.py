"""Whether a template is still as it was made, and the names beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lab import template
from lab.template import Features, Made
from tests.unit import facts

if TYPE_CHECKING:
    from lab.template import Copy, Places

FULL = Features(nested_virtualization=True, performance_counters=True, iommu=True, trunk_nic="Trunk")
MADE = Made(path="/Garden/vm/hub/rhcos-cnv", identity="RHCOS 9.6.1 (uuid-1)", features=FULL)


def full(**features: Any) -> Copy:
    return facts.copy(features=replace(FULL, **features))


@pytest.mark.parametrize(
    ("places", "condition"),
    [
        (facts.places(full()), "as made"),
        (facts.places(full(), new=facts.copy("cnv-lab.other"), old=facts.copy(None)), "as made"),
        (facts.places(), "gone"),
        (facts.places(old=facts.copy(None)), "gone"),
        (facts.places(facts.copy(None)), "replaced by somebody"),
        (facts.places(facts.copy(None), old=full()), "replaced by somebody"),
        (facts.places(facts.copy(is_template=False)), "not a template any more"),
        (facts.places(full(nested_virtualization=False)), "nested virtualization off"),
        (facts.places(full(trunk_nic="")), "trunk NIC missing"),
        (facts.places(full(trunk_nic="Other")), "a second NIC on Other"),
        (facts.places(full(performance_counters=False, iommu=False)), "performance counters off, the IOMMU off"),
        (facts.places(full(), new=full()), "an exchange of it was left unfinished"),
        (facts.places(full(), old=full()), "an exchange of it was left unfinished"),
        (facts.places(new=full(), old=full()), "an exchange of it was left unfinished"),
    ],
)
def test_what_became_of_a_template_is_told_in_words(places: Places, condition: str) -> None:
    assert template.condition(facts.STACK, MADE, places) == condition


def test_a_feature_that_was_switched_on_by_hand_is_told_too() -> None:
    made = replace(MADE, features=replace(FULL, iommu=False))
    assert template.condition(facts.STACK, made, facts.places(full())) == "the IOMMU on"


@pytest.mark.parametrize("length", [1, 76, 77, 80])
def test_the_name_beside_a_template_fits_into_vsphere(length: int) -> None:
    name = "n" * length
    beside = template.beside(f"/Garden/vm/hub/{name}", template.NEW)
    folder, _, temporary = beside.rpartition("/")
    assert folder == "/Garden/vm/hub"
    assert temporary.endswith(".new")
    assert temporary.startswith(name[:76])
    assert len(temporary) <= 80
    assert temporary != name
