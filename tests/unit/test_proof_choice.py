"""Between which hypervisors a proof is made, for which VLANs, and what is said where there is no proof to make."""

from __future__ import annotations

from typing import Any

import pytest

from lab.proof import choice
from lab.proof.choice import RefusedError
from lab.proof.path import path
from tests.unit import facts

Object = dict[str, Any]
LAB = facts.lab(
    namespaces=[{"name": "blue"}, {"name": "green"}],
    vlans=[
        {"id": 1928, "name": "pxe", "namespaces": ["blue", "green"]},
        {"id": 1925, "name": "lan", "namespaces": ["green"]},
        {"id": 7, "name": "spare"},
    ],
)


def node(name: str, *, ready: bool = True) -> Object:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}


def enactment(name: str, *, available: bool = True) -> Object:
    status = {"conditions": [{"type": "Available", "status": str(available)}]}
    return {"metadata": {"name": f"{name}.ens224-policy"}, "status": status}


def test_all_vlans_are_meant_or_those_that_are_asked_for_each_once() -> None:
    assert [vlan.id for vlan in choice.vlans(LAB, (), "")] == [7, 1925, 1928]
    assert [vlan.id for vlan in choice.vlans(LAB, (1928, 7, 1928), "")] == [1928, 7]
    assert [vlan.id for vlan in choice.vlans(LAB, (), "blue")] == [1928]


@pytest.mark.parametrize(
    ("wanted", "namespace", "words"),
    [
        ((9, 1928), "", "no VLAN 9; its VLANs are 7, 1925, 1928"),
        ((1925,), "blue", "no VLAN for namespace blue"),
        ((), "red", "no VLAN for namespace red"),
    ],
)
def test_a_vlan_that_is_not_there_is_named_beside_those_that_are(
    wanted: tuple[int, ...], namespace: str, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        choice.vlans(LAB, wanted, namespace)


def test_hypervisors_that_are_ready_and_carry_the_policy_can_do_it() -> None:
    nodes = {"c": node("c"), "a": node("a"), "b": node("b")}
    there = [enactment(name) for name in "abc"]
    assert choice.able(LAB, nodes, there, ()) == ["a", "b", "c"]
    assert choice.able(LAB, nodes, there, ("c", "a")) == ["a", "c"]


@pytest.mark.parametrize(
    ("nodes", "enactments", "wanted", "words"),
    [
        ({"a": node("a")}, [enactment("a")], (), "a is the only one that can be used. With one hypervisor there is no"),
        ({}, [], (), "none can be used. With one hypervisor"),
        (
            {"a": node("a"), "b": node("b", ready=False)},
            [enactment("a"), enactment("b")],
            (),
            "only one.*; b is not Ready",
        ),
        ({"a": node("a"), "b": node("b")}, [enactment("a")], (), "; b does not carry policy ens224-policy"),
        (
            {"a": node("a"), "b": node("b")},
            [enactment("a"), enactment("b", available=False)],
            (),
            r"; b does not carry policy ens224-policy \(oc get nnce b.ens224-policy\)",
        ),
        ({"a": node("a"), "b": node("b")}, [], ("x",), "--node x: no hypervisor.*its hypervisors are a, b"),
        (
            {"a": node("a"), "b": node("b")},
            [enactment("a"), enactment("b")],
            ("a",),
            "a is the only one that can be used",
        ),
    ],
)
def test_without_two_it_is_refused_with_what_is_wrong_with_each(
    nodes: dict[str, Object], enactments: list[Object], wanted: tuple[str, ...], words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        choice.able(LAB, nodes, enactments, wanted)


def test_two_on_different_hosts_come_before_the_first_two() -> None:
    assert choice.apart("abc", {"a": "goat-1", "b": "goat-1", "c": "goat-2"}) == ("a", "c")
    assert choice.apart("abc", {"a": "goat-1", "b": "goat-1", "c": "goat-1"}) == ("a", "b")
    assert choice.apart("abc", {"a": "goat-1", "c": "goat-2"}) == ("a", "c")
    assert choice.apart("abc", {}) == ("a", "b")


def test_a_vlan_goes_by_its_own_attachment_in_its_first_namespace_or_the_one_that_is_asked_for() -> None:
    spare, lan, pxe = LAB.vlans
    assert (path(LAB, spare).attachment, path(LAB, spare).namespace) == (None, "")
    assert path(LAB, lan).attachment == ("green", "vlan-1925")
    assert path(LAB, pxe).attachment == ("blue", "vlan-1928")
    assert path(LAB, pxe, "green").attachment == ("green", "vlan-1928")
