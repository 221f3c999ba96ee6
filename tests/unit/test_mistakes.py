"""How a mistake reads: one line, whatever the value is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lab.mistakes import ABSENT, VALUE_SHOWN_MAX, Mistake, SettingsError, show

ITSELF: list[Any] = []
ITSELF.append(ITSELF)


def mistake(value: Any = 0, remedy: str = "Write 1 to 4094") -> Mistake:
    return Mistake(key="cnv-lab:vlans[0].id", value=value, reason="0 is no VLAN", remedy=remedy)


def test_a_mistake_says_where_what_why_and_what_to_do() -> None:
    assert str(mistake()) == "cnv-lab:vlans[0].id 0: 0 is no VLAN. Write 1 to 4094."


def test_what_is_absent_is_not_shown() -> None:
    assert str(mistake(ABSENT)).startswith("cnv-lab:vlans[0].id: ")
    assert str(mistake(None)).startswith("cnv-lab:vlans[0].id null: "), "null was written"


def test_a_question_keeps_its_mark() -> None:
    assert str(mistake(remedy="Did you mean vlans?")).endswith("Did you mean vlans?")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("4.2", '"4.2"'),
        (4.2, "4.2"),
        (True, "true"),
        ("Fläche", '"Fläche"'),
        ("two\nlines", r'"two\nlines"'),
        ({"a": [1]}, '{"a": [1]}'),
        (dt.date(2024, 1, 1), '"2024-01-01"'),
        (float("nan"), "NaN"),
    ],
)
def test_a_value_is_shown_as_it_would_stand_in_the_stack_file(value: object, shown: str) -> None:
    assert show(value) == shown


@pytest.mark.parametrize("value", [{dt.date(2024, 1, 1): "x"}, ITSELF, b"\x00", {1, 2}, object()])
def test_a_value_that_json_has_no_word_for_is_shown_on_one_line_all_the_same(value: object) -> None:
    """YAML takes a date as a key and an anchor inside itself; a traceback would be our mistake."""
    assert show(value)
    assert "\n" not in show(value)


def test_a_long_value_is_cut_and_one_that_just_fits_is_not() -> None:
    fits = "x" * (VALUE_SHOWN_MAX - 2)
    assert show(fits) == f'"{fits}"'
    cut = show(fits + "x")
    assert (len(cut), cut[-1]) == (VALUE_SHOWN_MAX, "…")


def test_every_mistake_is_a_line_headed_by_the_file() -> None:
    error = SettingsError("Pulumi.t.yaml", iter([mistake(), mistake(5000)]))
    assert [mistake.value for mistake in error.mistakes] == [0, 5000]
    lines = str(error).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["Pulumi.t.yaml:", "cnv-lab:vlans[0].id", "0:"],
        ["Pulumi.t.yaml:", "cnv-lab:vlans[0].id", "5000:"],
    ]
