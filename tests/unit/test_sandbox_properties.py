"""Properties between the engine and the stand-in providers: their values, and what is said to have changed."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugins.properties import (
    SECRET,
    SIGNATURE,
    Kind,
    changes,
    diff_response,
    from_struct,
    has_unknown,
    to_struct,
)

ADD, DELETE, UPDATE = Kind.ADD, Kind.DELETE, Kind.UPDATE
Diff = provider_pb2.PropertyDiff


def secret(value: Any) -> dict[str, Any]:
    """A secret as Configure gets it."""
    return {SIGNATURE: SECRET, "value": value}


def test_what_goes_to_the_engine_comes_back_as_it_was() -> None:
    items = [1, "x", None, True, False, {"c": {}}, []]
    value = {"a": {"b": items}, "text": "1", "empty": ""}
    back = from_struct(to_struct(value))
    assert back == value
    assert repr(back["a"]["b"]) == repr(items)  # True and 1 are equal in Python


def test_a_whole_number_is_an_int_and_another_stays_a_float() -> None:
    """Protobuf knows floats only, and an API refuses 4.0 cores."""
    back = from_struct(to_struct({"numbers": [4, -1, 0, 2**31, 1.5]}))
    assert repr(back) == "{'numbers': [4, -1, 0, 2147483648, 1.5]}"
    assert repr(from_struct(to_struct({"n": float("inf")}))) == "{'n': inf}"


def test_a_secret_is_given_on_as_its_value_wherever_it_stands() -> None:
    given = {"password": secret("p"), "deep": [{"port": secret(8989)}], "map": secret({"a": secret("b")})}
    assert from_struct(to_struct(given)) == {"password": "p", "deep": [{"port": 8989}], "map": {"a": "b"}}


def test_a_map_that_only_looks_like_a_secret_stays_a_map() -> None:
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "value": "v"}
    assert from_struct(to_struct({"a": asset, "b": {"value": "v"}})) == {"a": asset, "b": {"value": "v"}}


@pytest.mark.parametrize("value", [UNKNOWN, {"a": UNKNOWN}, [1, UNKNOWN], {"a": [{"b": [UNKNOWN]}]}])
def test_something_unknown_is_seen_at_any_depth(value: Any) -> None:
    assert has_unknown(value)


@pytest.mark.parametrize("value", ["", None, 0, {}, [], {UNKNOWN: "as a key"}, f"text with {UNKNOWN}", [{"a": [1]}]])
def test_what_is_known_is_not_taken_for_unknown(value: Any) -> None:
    assert not has_unknown(value)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1, "b": {"c": "x"}}, {"b": {"c": "x"}, "a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": UPDATE}),
        ({}, {"a": None}, {"a": ADD}),
        ({"a": {"b": 1}}, {}, {"a": DELETE}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"c": 2, "d": 3}}, {"a.b": DELETE, "a.c": UPDATE, "a.d": ADD}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": UPDATE}),
        ({"a": {"b": 1}}, {"a": None}, {"a": UPDATE}),
        ({"a": "1"}, {"a": 1}, {"a": UPDATE}),
        ({"a": "x"}, {"a": UNKNOWN}, {"a": UPDATE}),
        ({"a": {"b": "x"}}, {"a": UNKNOWN}, {"a": UPDATE}),
    ],
)
def test_what_changed_is_told_by_its_path(old: Any, new: Any, found: dict[str, Kind]) -> None:
    assert changes(old, new) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ([1, 2], [1, 2], {}),
        ([1, 2], [1], {"l[1]": DELETE}),
        ([1], [1, 2, 3], {"l[1]": ADD, "l[2]": ADD}),
        ([1, 2], [2, 1], {"l[0]": UPDATE, "l[1]": UPDATE}),
        ([{"name": "a"}, {"name": "b"}], [{"name": "a"}, {"name": "c"}], {"l[1].name": UPDATE}),
        ([[1], [2]], [[1], [3]], {"l[1][0]": UPDATE}),
        ([], [{"name": "a"}], {"l[0]": ADD}),
    ],
)
def test_items_of_a_list_are_compared_by_their_place(old: Any, new: Any, found: dict[str, Kind]) -> None:
    assert changes({"l": old}, {"l": new}) == found


def test_a_key_that_is_no_word_is_quoted() -> None:
    """As `pulumi preview --diff` shows labels and annotations."""
    old = {"labels": {"nmstate.io/nic": "a", 'say "x"': "a", "a[0]": "a", "plain-one": "a"}}
    new = {"labels": dict.fromkeys(old["labels"], "b")}
    quoted = ['labels["nmstate.io/nic"]', 'labels["say \\"x\\""]', 'labels["a[0]"]', "labels.plain-one"]
    assert list(changes(old, new)) == quoted


@pytest.mark.parametrize(("old", "new"), [(True, 1), (0, False), ([True], [1])])
def test_true_is_not_one(old: Any, new: Any) -> None:
    assert list(changes({"a": old}, {"a": new}).values()) == [UPDATE]


def test_one_is_one_whether_whole_or_not() -> None:
    assert changes({"a": 1}, {"a": 1.0}) == {}


def test_no_change_is_no_diff() -> None:
    answer = diff_response({}, replacing={"name"}, delete_first=True)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert (list(answer.replaces), answer.deleteBeforeReplace, answer.hasDetailedDiff) == ([], False, True)


def test_a_change_in_place_replaces_nothing() -> None:
    found = {"spec.a": ADD, "spec.b": UPDATE, "data[0]": DELETE}
    answer = diff_response(found, replacing={"name", "spec"}, delete_first=True)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["data", "spec"]
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([], False)
    kinds = {path: told.kind for path, told in answer.detailedDiff.items()}
    assert kinds == {"spec.a": Diff.ADD, "spec.b": Diff.UPDATE, "data[0]": Diff.DELETE}
    assert all(told.inputDiff for told in answer.detailedDiff.values())


@pytest.mark.parametrize(
    ("kind", "told"), [(ADD, Diff.ADD_REPLACE), (DELETE, Diff.DELETE_REPLACE), (UPDATE, Diff.UPDATE_REPLACE)]
)
def test_a_replace_is_told_of_the_property_that_causes_it_alone(kind: Kind, told: int) -> None:
    answer = diff_response({"metadata.name": kind, "spec.a": UPDATE}, replacing={"metadata.name"}, delete_first=False)
    assert list(answer.replaces) == ["metadata.name"]
    kinds = {path: detail.kind for path, detail in answer.detailedDiff.items()}
    assert kinds == {"metadata.name": told, "spec.a": Diff.UPDATE}


@pytest.mark.parametrize("delete_first", [True, False])
def test_the_old_one_goes_first_only_where_that_is_asked_for(*, delete_first: bool) -> None:
    answer = diff_response({"kind": UPDATE}, replacing={"kind"}, delete_first=delete_first)
    assert answer.deleteBeforeReplace == delete_first
