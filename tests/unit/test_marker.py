"""The mark in a template's notes: whose it is, and nothing read into it that is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab import marker
from lab.marker import Marker

MARK = Marker(id="id-1", stack="cnv-lab.t", name="template", source="uuid-1", version="9.6.1")


def test_a_mark_reads_back_as_it_was_written() -> None:
    assert marker.read(marker.write(MARK)) == MARK


@pytest.mark.parametrize("text", ['a "quoted" name', "Fläche", "two\nlines", "cnv-lab: {}"])
def test_a_mark_survives_whatever_stands_in_it(text: str) -> None:
    odd = replace(MARK, name=text)
    assert marker.read(marker.write(odd)) == odd


def test_what_an_administrator_writes_around_it_does_not_harm() -> None:
    notes = f"Do not delete!\n{marker.write(MARK)}\n\nasked Ann, 2026-03-01"
    assert marker.read(notes) == MARK
    assert marker.read(notes.replace("\n", "\r\n")) == MARK


def test_the_notes_tell_a_person_whose_it_is() -> None:
    first, last = marker.write(MARK).splitlines()
    assert "cnv-lab.t" in first
    assert last.startswith("cnv-lab: {")


@pytest.mark.parametrize(
    "notes",
    [
        None,
        "",
        "RHCOS 4.20",
        "cnv-lab: ",
        "cnv-lab: {",
        "cnv-lab: []",
        "cnv-lab: 5",
        "cnv-lab: null",
        "cnv-lab: {}",
        'cnv-lab: {"id": "id-1", "stack": "s", "name": "n"}',
        'cnv-lab: {"id": "id-1", "stack": "s", "name": "n", "source": "u", "more": 1}',
        f"  {marker.write(MARK).splitlines()[1]}",
    ],
)
def test_what_is_no_mark_is_none(notes: str | None) -> None:
    """Then the template is somebody else's, and is neither changed nor deleted."""
    assert marker.read(notes) is None


def test_the_last_mark_counts_even_when_it_is_spoilt() -> None:
    """A clone's notes may hold its source's mark above its own; falling back to it would be a theft."""
    other = replace(MARK, id="id-2")
    assert marker.read(f"{marker.write(MARK)}\n{marker.write(other)}") == other
    assert marker.read(f"{marker.write(MARK)}\ncnv-lab: spoilt") is None


def test_a_mark_without_a_version_is_an_old_one_of_ours() -> None:
    found = marker.read('cnv-lab: {"id": "id-1", "stack": "cnv-lab.t", "name": "template", "source": "uuid-1"}')
    assert found == replace(MARK, version="")
    assert found.identity == "RHCOS of an unknown version (uuid-1)"


def test_what_a_template_was_made_from_is_told_by_version_and_uuid() -> None:
    """Two imports of one version differ, and so do two versions of one template that somebody changed in place."""
    assert MARK.identity == "RHCOS 9.6.1 (uuid-1)"
    others = replace(MARK, version="9.6.2").identity, replace(MARK, source="uuid-2").identity
    assert MARK.identity not in others


def test_age_and_source_make_no_other_resource_and_stack_and_name_do() -> None:
    assert MARK.belongs_with(replace(MARK, id="id-2", source="uuid-2"))
    assert not MARK.belongs_with(replace(MARK, stack="cnv-lab.other"))
    assert not MARK.belongs_with(replace(MARK, name="other"))


@pytest.mark.parametrize("notes", ["cloned by hand, ask Ann", "", None])
def test_a_mark_leaves_what_somebody_wrote_above_it(notes: str | None) -> None:
    written = marker.beneath(notes, MARK)
    assert marker.read(written) == MARK
    assert written.startswith(notes or "RHCOS with")
