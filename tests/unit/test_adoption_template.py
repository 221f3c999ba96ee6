"""A template by hand: taken by a mark, changed as told, and never exchanged without a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab import adoption, resources
from lab.marker import Marker
from tests.unit import facts
from tests.unit.test_adoption import planned, report

PATH = f"{facts.FOLDER}/rhcos-cnv"


def copy(**changes: Any) -> dict[str, Any]:
    inputs = {
        "folder": facts.FOLDER,
        "name": "rhcos-cnv",
        "source": "rhcos",
        "datastore": "Fast",
        "sourceIdentity": "RHCOS 9.6.1 (uuid-1)",
        "nestedVirtualization": True,
        "performanceCounters": False,
        "iommu": False,
        "trunkNic": "",
        **changes,
    }
    return planned(resources.TEMPLATE, "template", inputs)


MARK = Marker(id="id-9", stack="cnv-lab.lab", name="template", source="uuid-1", version="9.6.1")
UNMARKED = facts.copy(stack=None)


def test_a_template_without_a_mark_is_taken_as_it_is() -> None:
    found = adoption.template(copy(), UNMARKED, MARK)
    assert found is not None
    assert (found.path, found.lost, found.anew) == (PATH, (), "")
    assert report(template=found)[2:] == ["Template", f"  template {PATH}: as the stack file says"]


def test_a_template_with_a_mark_or_none_at_all_is_not() -> None:
    assert adoption.template(copy(), facts.copy(), MARK) is None
    assert adoption.template(copy(), None, None) is None


def test_a_feature_that_the_template_lacks_is_put_right_in_place() -> None:
    off = replace(facts.FEATURES, nested_virtualization=False)
    found = adoption.template(copy(), replace(UNMARKED, features=off), MARK)
    assert "nested virtualization off, is put right" in report(template=found)[3]


@pytest.mark.parametrize(
    ("there", "mark", "words"),
    [
        (replace(UNMARKED, is_template=False), MARK, "it is a VM"),
        (replace(UNMARKED, datastore="Slow"), MARK, "it is on datastore Slow"),
        (UNMARKED, replace(MARK, source="", version="9.5.0"), "it is RHCOS 9.5.0 ()"),
    ],
)
def test_a_template_that_would_be_exchanged_is_told_so_before(there: Any, mark: Marker, words: str) -> None:
    found = adoption.template(copy(), there, mark)
    assert "deleted, and cloned anew" in report(template=found)[3]
    assert words in report(template=found)[3]


def test_a_copy_of_the_same_version_is_taken_for_the_installers() -> None:
    assert adoption.origin(UNMARKED, "uuid-1", "9.6.1") == ("uuid-1", "9.6.1")
    assert adoption.origin(replace(UNMARKED, version=""), "uuid-1", "9.6.1") == ("uuid-1", "9.6.1"), "nobody knows more"
    assert adoption.origin(replace(UNMARKED, version="9.5.0"), "uuid-1", "9.6.1") == ("", "9.5.0")
