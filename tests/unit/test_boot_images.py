"""Our MachineSet is taken out of boot-image management, and what others have written there stays what it was."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from lab import boot_images
from lab.boot_images import BEFORE, NOT_ENROLLED

Object = dict[str, Any]

STACK, OTHER = "cnv-lab.lab", "cnv-lab.west"
OURS = {"cnv-lab/stack": STACK, "machine.openshift.io/cluster-api-cluster": "hub"}
THEIRS = {"cnv-lab/stack": OTHER}
INSTALLERS = {"machine.openshift.io/cluster-api-cluster": "hub"}
POOL = {"key": "pool", "operator": "DoesNotExist"}
CONTROL_PLANE = {
    "resource": "controlplanemachinesets",
    "apiGroup": "machine.openshift.io",
    "selection": {"mode": "All"},
}


def expression(stack: str = STACK) -> Object:
    return {"key": "cnv-lab/stack", "operator": "NotIn", "values": [stack]}


def entry(mode: str, **selector: Any) -> Object:
    selection: Object = {"mode": mode}
    if mode == "Partial":
        selection["partial"] = {"machineResourceSelector": selector}
    return {"resource": "machinesets", "apiGroup": "machine.openshift.io", "selection": selection}


def partial(*expressions: Object, **labels: str) -> Object:
    return entry("Partial", **({"matchLabels": labels} if labels else {}), matchExpressions=list(expressions))


def configuration(*managers: Object | list[Object]) -> Object:
    """MachineConfiguration/cluster with these entries; without any, its owner has said nothing; [] is an empty list."""
    spec: Object = {"managementState": "Managed"}
    if managers:
        spec["managedBootImages"] = {"machineManagers": [item for item in managers if item != []]}
    return {"metadata": {"name": "cluster", "annotations": {"theirs": "stays"}}, "spec": spec}


def merged(live: Any, patch: Any) -> Any:
    """RFC 7386, as the API server does it."""
    if not isinstance(patch, dict):
        return patch
    base = copy.deepcopy(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            base.pop(key, None)
        else:
            base[key] = merged(base.get(key), value)
    return base


def out(live: Object, stack: str = STACK, release: str = "4.22") -> Object:
    patch = boot_images.opted_out(live, release, stack, {**OURS, "cnv-lab/stack": stack})
    assert patch is not None
    return dict(merged(live, patch))


def back(live: Object, stack: str = STACK) -> Object:
    patch = boot_images.opted_in(live, stack)
    assert patch is not None
    return dict(merged(live, patch))


def managers(live: Object) -> list[Object]:
    return list(live["spec"]["managedBootImages"]["machineManagers"])


def is_out(live: Object, labels: Object, release: str = "4.22") -> bool:
    return boot_images.enrolment(live, release, labels) == NOT_ENROLLED


ENROLLING = [
    pytest.param(configuration(), [partial(expression())], id="nothing is written"),
    pytest.param(configuration(entry("All")), [partial(expression())], id="all"),
    pytest.param(configuration(partial(POOL)), [partial(POOL, expression())], id="their selector has us"),
    pytest.param(
        configuration(entry("Partial", matchLabels={"machine.openshift.io/cluster-api-cluster": "hub"})),
        [partial(expression(), **{"machine.openshift.io/cluster-api-cluster": "hub"})],
        id="their labels have us",
    ),
    pytest.param(configuration(entry("Partial")), [partial(expression())], id="a selector of all"),
    pytest.param(
        configuration(CONTROL_PLANE), [CONTROL_PLANE, partial(expression())], id="an entry for something else only"
    ),
    pytest.param(
        configuration(entry("All"), CONTROL_PLANE),
        [partial(expression()), CONTROL_PLANE],
        id="in its place in the list",
    ),
    pytest.param(
        configuration(partial(expression(OTHER))), [partial(expression(OTHER), expression())], id="another stack is out"
    ),
]
OUT_ALREADY = [
    pytest.param(configuration(entry("None")), id="mode None"),
    pytest.param(configuration([]), id="an empty list opts the cluster out"),
    pytest.param(configuration(partial({"key": "pool", "operator": "Exists"})), id="their selector has us not"),
    pytest.param(configuration(entry("Partial", matchLabels={"pool": "west"})), id="their labels have us not"),
    pytest.param(configuration(partial({"key": "cnv-lab/stack", "operator": "DoesNotExist"})), id="written by hand"),
    pytest.param(configuration(partial(expression())), id="done"),
    pytest.param(configuration(partial({"key": "pool", "operator": "Near"})), id="a selector that is none"),
    pytest.param(
        configuration({**entry("Partial"), "selection": {"mode": "Partial", "partial": {}}}), id="no selector"
    ),
]


@pytest.mark.parametrize(("live", "wanted"), ENROLLING)
def test_our_machine_set_is_taken_out_and_nobody_elses(live: Object, wanted: list[Object]) -> None:
    assert not is_out(live, OURS)
    found = out(live)
    assert managers(found) == wanted
    assert is_out(found, OURS)
    assert not is_out(found, INSTALLERS)
    assert is_out(found, THEIRS) == is_out(live, THEIRS)
    assert found["metadata"]["annotations"]["theirs"] == "stays"


@pytest.mark.parametrize("live", OUT_ALREADY)
def test_what_keeps_us_out_already_is_left_as_it_is(live: Object) -> None:
    assert is_out(live, OURS)
    assert boot_images.opted_out(live, "4.22", STACK, OURS) is None


@pytest.mark.parametrize(("live", "_wanted"), ENROLLING)
def test_what_was_there_before_comes_back(live: Object, _wanted: list[Object]) -> None:
    """To the letter, but for the annotation of another stack that is out still."""
    assert back(out(live)) == live


@pytest.mark.parametrize("live", [configuration(), configuration(entry("All")), configuration(partial(POOL))])
@pytest.mark.parametrize("first", [STACK, OTHER])
def test_the_last_of_several_stacks_restores_what_the_first_one_found(live: Object, first: str) -> None:
    second = OTHER if first == STACK else STACK
    both = out(out(live, first), second)
    assert is_out(both, OURS)
    assert is_out(both, THEIRS)
    one = back(both, first)
    assert not is_out(one, {"cnv-lab/stack": first})
    assert is_out(one, {"cnv-lab/stack": second})
    assert back(one, second) == live
    assert back(back(both, second), first) == live


@pytest.mark.parametrize("release", ["4.20", "4.21"])
def test_a_release_that_enrols_nobody_by_default_needs_nothing(release: str) -> None:
    assert boot_images.opted_out(configuration(), release, STACK, OURS) is None
    assert boot_images.opted_out(configuration(CONTROL_PLANE), release, STACK, OURS) is None


def test_who_opted_in_on_4_21_is_opted_out() -> None:
    assert managers(out(configuration(entry("All")), release="4.21")) == [partial(expression())]


def test_below_4_21_nothing_is_done_whatever_is_written() -> None:
    assert boot_images.opted_out(configuration(entry("All")), "4.20", STACK, OURS) is None


def test_no_list_is_left_empty_and_none_is_made_of_a_field_that_is_not_ours() -> None:
    """An empty list opts the whole cluster out."""
    live = configuration()
    live["spec"]["managedBootImages"] = {"ofALaterRelease": 1}
    found = back(out(live))
    assert found["spec"]["managedBootImages"] == {"ofALaterRelease": 1}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(lambda item: item.update(matchLabels={"tier": "x"}), entry("Partial", matchLabels={"tier": "x"})),
        pytest.param(lambda item: item["matchExpressions"].append(POOL), partial(POOL)),
    ],
)
@pytest.mark.parametrize("live", [configuration(), configuration(entry("All"))])
def test_what_somebody_wrote_after_us_stays_when_we_go(live: Object, change: Any, left: Object) -> None:
    found = out(live)
    change(managers(found)[0]["selection"]["partial"]["machineResourceSelector"])
    after = back(found)
    assert managers(after) == [left]
    assert BEFORE not in after["metadata"]["annotations"]


def test_without_the_annotation_all_but_us_becomes_all() -> None:
    found = out(configuration())
    del found["metadata"]["annotations"][BEFORE]
    assert managers(back(found)) == [entry("All")]


def test_who_was_enrolled_again_by_hand_leaves_no_annotation_behind() -> None:
    """And the one that a new opting out writes tells of the newest state."""
    found = out(configuration())
    found["spec"]["managedBootImages"]["machineManagers"] = [entry("All")]
    assert back(found) == configuration(entry("All"))
    again = out(found)
    assert json.loads(again["metadata"]["annotations"][BEFORE]) == entry("All")
    assert back(again) == configuration(entry("All"))


@pytest.mark.parametrize("live", [configuration(), configuration(entry("None")), configuration([]), {"spec": {}}])
def test_where_nothing_is_ours_nothing_is_taken_back(live: Object) -> None:
    assert boot_images.opted_in({"metadata": {}, **live}, STACK) is None


def test_it_says_by_what_we_are_enrolled() -> None:
    assert "the default of OpenShift 4.22" in boot_images.enrolment(configuration(), "4.22", OURS)
    assert "mode All" in boot_images.enrolment(configuration(entry("All")), "4.21", OURS)
    assert "mode Partial" in boot_images.enrolment(configuration(partial(POOL)), "4.22", OURS)


HUB = "machine.openshift.io/cluster-api-cluster"


@pytest.mark.parametrize(
    ("operator", "values"), [("In", ["hub"]), ("NotIn", ["rim"]), ("Exists", None), ("In", ["rim", "hub"])]
)
def test_an_expression_that_matches_our_labels_enrols_us(operator: str, values: list[str] | None) -> None:
    """As Kubernetes means them."""
    assert not is_out(configuration(partial({"key": HUB, "operator": operator, "values": values})), OURS)


@pytest.mark.parametrize(("operator", "values"), [("In", ["rim"]), ("NotIn", ["hub"]), ("DoesNotExist", None)])
def test_an_expression_that_does_not_match_them_keeps_us_out(operator: str, values: list[str] | None) -> None:
    assert is_out(configuration(partial({"key": HUB, "operator": operator, "values": values})), OURS)


@pytest.mark.parametrize(
    ("version", "manual"),
    [
        ({"ocpVersion": "4.20.6"}, '"mode": "OCPVersion", "ocpVersion": "4.20.6"'),
        ({"rhcosVersion": "9.6.20251023-0"}, '"mode": "RHCOSVersion", "rhcosVersion": "9.6.20251023-0"'),
    ],
)
def test_automatic_skew_enforcement_is_an_obstacle_and_the_way_out_has_the_clusters_version(
    version: Object, manual: str
) -> None:
    status = {"bootImageSkewEnforcementStatus": {"mode": "Automatic", "automatic": version}}
    told = boot_images.obstacle({"spec": {}, "status": status})
    assert told is not None
    assert manual in told


def test_a_choice_that_the_operator_has_not_taken_up_is_waited_for() -> None:
    status = {"bootImageSkewEnforcementStatus": {"mode": "Automatic", "automatic": {"ocpVersion": "4.22.0"}}}
    told = boot_images.obstacle({"spec": {"bootImageSkewEnforcement": {"mode": "None"}}, "status": status})
    assert told is not None
    assert "Run again in a minute" in told


@pytest.mark.parametrize("status", [{}, {"bootImageSkewEnforcementStatus": {"mode": "Manual"}}])
def test_without_it_there_is_no_obstacle(status: Object) -> None:
    assert boot_images.obstacle({"spec": {}, "status": status}) is None


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ({"mode": "Manual", "manual": {"mode": "OCPVersion", "ocpVersion": "4.19.3"}}, "(4.19.3)"),
        ({"mode": "None"}, "nobody watches"),
        (None, "becomes Manual for the whole cluster"),
    ],
)
def test_the_price_is_told_by_what_the_clusters_owner_has_written(written: Object | None, word: str) -> None:
    assert word in boot_images.price({"spec": {"bootImageSkewEnforcement": written}})
