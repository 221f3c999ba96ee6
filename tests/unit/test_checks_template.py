"""What preflight says of the installer's template and of its copy: refused, told, or nothing to say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients import checks
from lab.template import AS_MADE, Made
from tests.unit import facts

if TYPE_CHECKING:
    from clients.checks.template import Following
    from lab.template import Places

PATH = f"{facts.FOLDER}/rhcos-cnv"
OLD, NOW = "RHCOS 9.6.1 (uuid-1)", "RHCOS 9.6.2 (uuid-9)"
MADE = Made(path=PATH, identity=OLD, features=facts.FEATURES)
NEWER = facts.vm(instance_uuid="uuid-9", version="9.6.2")
LEAVE = {"bootImages": "leave"}


def refused(made: Made | None = None, template: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    return list(checks.template(facts.lab(template=template or {}), facts.inventory(**changes), made))


def following(made: Made | None, places: Places, template: dict[str, Any] | None = None, **changes: Any) -> Following:
    """What is to be done about it; nothing is refused."""
    lab, found = facts.lab(template=template or {}), facts.inventory(places=places, **changes)
    assert list(checks.template(lab, found, made)) == []
    return checks.following(lab, found, made)


def test_a_template_that_can_be_cloned_draws_no_objection() -> None:
    assert refused() == []
    assert refused(source=facts.vm(disks_gib=(120.0,))) == [], "as large as diskGiB"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"disks_gib": ()}, "has 0 disks"),
        ({"disks_gib": (16.0, 1.0)}, "has 2 disks"),
        ({"disks_gib": (120.5,)}, "cnv-lab:hypervisors.diskGiB 120 is less than the disk of rhcos, 120.5 GiB"),
        ({"hardware": 14}, "hardware version 14"),
        ({"has_snapshot": True}, "has a snapshot"),
    ],
)
def test_a_template_that_makes_no_good_machines_is_told_why(changes: dict[str, Any], words: str) -> None:
    (line,) = refused(source=facts.vm(**changes))
    assert words in line


def test_a_template_that_is_not_there_is_told_unless_its_folder_is_not() -> None:
    (line,) = refused(source=None)
    assert "cnv-lab:template.source" in line
    assert refused(source=None, folder=False) == [], "checks.vcenter tells of the folder"


def test_a_template_that_may_not_be_read_is_told_with_the_privileges() -> None:
    """Cloned unseen, nobody would know which RHCOS the copy is."""
    (line,) = refused(source=facts.vm(instance_uuid=""))
    assert "System.Read" in line


@pytest.mark.parametrize(
    ("stack", "owner"), [(facts.STACK, None), ("cnv-lab.other", "stack cnv-lab.other"), (None, "somebody else")]
)
def test_the_copys_name_may_be_taken_by_this_stack_only(stack: str | None, owner: str | None) -> None:
    lines = refused(places=facts.places(facts.copy(stack)))
    assert [f"{PATH} is there already and belongs to {owner}" in line for line in lines] == ([True] if owner else [])


def test_another_stacks_template_is_refused_though_ours_was_there() -> None:
    (line,) = refused(MADE, LEAVE, places=facts.places(facts.copy("cnv-lab.other")))
    assert "belongs to stack cnv-lab.other" in line


@pytest.mark.parametrize(
    "template",
    [{}, {"bootImages": "optOut"}, {"bootImages": "leave", "followSource": False}],
    ids=["not said", "optOut", "not followed"],
)
def test_a_template_that_was_replaced_is_refused_with_the_ways_out_unless_the_stack_file_says_to_mend_it(
    template: dict[str, Any],
) -> None:
    plain = facts.copy(None, features=replace(facts.FEATURES, nested_virtualization=False))
    (line,) = refused(MADE, template, places=facts.places(plain))
    for word in (
        "was replaced by somebody",
        "no nested virtualization",
        "bootImages leave",
        "followSource true",
        "optOut",
    ):
        assert word in line
    assert refused(MADE, LEAVE, places=facts.places(plain)) == []


@pytest.mark.parametrize("made", [None, replace(MADE, path=f"{facts.FOLDER}/another")], ids=["none", "another"])
def test_a_template_without_a_mark_where_ours_never_was_is_somebody_elses(made: Made | None) -> None:
    """However the stack file is about boot images: it may be an administrator's own."""
    (line,) = refused(made, LEAVE, places=facts.places(facts.copy(None)))
    assert "belongs to somebody else" in line


def test_a_first_up_makes_it_of_what_is_there_and_says_nothing() -> None:
    found = following(None, facts.places())
    assert (found.identity, found.condition, found.news, found.warnings) == (OLD, AS_MADE, (), ())


def test_a_copy_of_todays_template_is_left_alone() -> None:
    found = following(MADE, facts.places(facts.copy()))
    assert (found.identity, found.condition, found.news, found.warnings) == (OLD, AS_MADE, (), ())


@pytest.mark.parametrize(
    "source",
    [facts.vm(instance_uuid="uuid-9"), facts.vm(version="9.6.2"), NEWER],
    ids=["imported again", "another version", "both"],
)
def test_a_newer_template_of_the_installer_is_followed_and_told(source: Any) -> None:
    found = following(MADE, facts.places(facts.copy()), source=source)
    assert (found.identity, found.condition, found.warnings) == (source.identity, AS_MADE, ())
    (line,) = found.news
    assert source.identity in line
    assert OLD in line


def test_a_newer_template_that_is_not_to_be_followed_is_a_warning_with_both_and_the_key() -> None:
    found = following(MADE, facts.places(facts.copy()), {"followSource": False}, source=NEWER)
    assert (found.identity, found.condition, found.news) == (OLD, AS_MADE, ())
    (line,) = found.warnings
    for word in (OLD, NOW, "cnv-lab:template.followSource"):
        assert word in line


def test_what_must_be_made_anew_is_made_of_what_is_there_now() -> None:
    """The one that it was made of is no more, followed or not."""
    assert following(MADE, facts.places(), {"followSource": False}, source=NEWER).identity == NOW
    vm = facts.places(facts.copy(is_template=False))
    assert following(MADE, vm, {"followSource": False}, source=NEWER).identity == NOW


def test_a_source_that_is_out_of_reach_is_a_warning_and_no_change() -> None:
    for source in (None, facts.vm(instance_uuid="")):
        found = following(MADE, facts.places(facts.copy()), source=source)
        assert (found.identity, found.condition, found.news) == (OLD, AS_MADE, ())
        (line,) = found.warnings
        assert f"hypervisors go on being made from {PATH}" in line
        assert OLD in line


@pytest.mark.parametrize(
    "places", [facts.places(), facts.places(facts.copy(is_template=False))], ids=["gone", "a VM by now"]
)
def test_a_source_that_is_out_of_reach_is_refused_where_a_clone_of_it_is_needed(places: Places) -> None:
    (line,) = refused(MADE, source=None, places=places)
    assert "cnv-lab:template.source" in line


@pytest.mark.parametrize(
    ("places", "condition"),
    [
        (facts.places(), "gone"),
        (facts.places(facts.copy(None)), "replaced by somebody"),
        (facts.places(facts.copy(is_template=False)), "not a template any more"),
        (
            facts.places(facts.copy(features=replace(facts.FEATURES, nested_virtualization=False))),
            "nested virtualization off",
        ),
        (facts.places(facts.copy(), old=facts.copy()), "an exchange of it was left unfinished"),
    ],
)
def test_what_became_of_the_copy_is_told_and_planned(places: Places, condition: str) -> None:
    found = following(MADE, places, LEAVE)
    assert (found.identity, found.condition) == (OLD, condition)
    (line,) = found.news
    assert PATH in line


def test_a_copy_that_will_be_replaced_again_is_a_warning() -> None:
    """Boot-image management compares versions: a copy of an older RHCOS than the release's does not stay."""
    replaced = facts.places(facts.copy(None, version="9.7.1"))
    (line,) = following(MADE, replaced, LEAVE).warnings
    assert "9.7.1" in line
    assert "9.6.1" in line
    assert "optOut" in line
    assert following(MADE, facts.places(facts.copy(None)), LEAVE).warnings == (), "the same version stays"


def test_what_died_before_the_state_was_written_is_told_by_the_mark() -> None:
    """The exchange was done, and the state has the old one's identity still."""
    found = following(MADE, facts.places(facts.copy(source="uuid-9", version="9.6.2")), source=NEWER)
    assert (found.identity, found.news) == (NOW, ())
