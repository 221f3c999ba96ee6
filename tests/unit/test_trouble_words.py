"""How the engine tests tell a symptom of docs/trouble.md in what a run shows."""

from __future__ import annotations

import pytest

from tests.engine.trouble import shows


@pytest.mark.parametrize(
    ("symptom", "output"),
    [
        ("host <name> has no vSwitch <switch>", "error: host goat-1 has no vSwitch vSwitch9."),
        ("<kind> <name> is there already", "one\nPolicy a is there already"),
        ("<kind> <name> is there already", "a is there already, and Policy b is there already"),
        ("node <name>", "node 1"),
        ("nothing to fill in", "there is nothing to fill in."),
    ],
)
def test_it_is_shown_with_any_text_in_the_places_for_it(symptom: str, output: str) -> None:
    assert shows(output, symptom)


@pytest.mark.parametrize(
    ("symptom", "output"),
    [
        ("host <name> has no vSwitch <switch>", "host a\nhas no vSwitch vSwitch9"),
        ("host <name> has no vSwitch", "has no vSwitch; host a"),
        ("host <name> has no vSwitch", "host  has no vSwitch"),
        ("<kind> is there already", " is there already"),
        ("node <name>", "node "),
        ("nothing to fill in", "nothing to fill"),
    ],
)
def test_it_is_not_shown_on_two_lines_in_another_order_or_with_nothing_in_a_place(symptom: str, output: str) -> None:
    assert not shows(output, symptom)
