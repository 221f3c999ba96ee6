"""What each dynamic resource makes of a change: replaced, changed in place, or left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients.cluster.hypervisors import Hypervisors
from tests.components import fixtures, programs, wire
from tests.components.run import (
    GUARD,
    HYPERVISOR_DRAIN,
    HYPERVISOR_ROLLOUT,
    POLICY_REVERT,
    POLICY_ROLLOUT,
    TEARDOWN_CHECK,
    TEMPLATE,
)

if TYPE_CHECKING:
    from clients.vcenter.template import TemplateSpec
    from lab.marker import Marker
    from lab.template import Copy
    from tests.components.run import Registration, Run

KINDS = (TEMPLATE, HYPERVISOR_DRAIN, HYPERVISOR_ROLLOUT, POLICY_REVERT, POLICY_ROLLOUT, GUARD, TEARDOWN_CHECK)
NODES = ("hub-7vxwj-cnv-4xk2p",)
ID = "an id"


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_up_changes_nothing(run: Run, kind: str) -> None:
    """Old outputs hold more than the inputs, another pickled provider and floats: none of that is a change."""
    item = run.of(kind)[0]
    found = wire.diff(item, outputs(item))
    assert (found.changes, found.replaces) == (False, [])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != GUARD])
def test_an_update_gives_all_outputs_as_a_creation_does(run: Run, kind: str) -> None:
    """What it left out would be lost from the state: the next destroy would not know what to take back."""
    item = run.one(kind)
    found = wire.provider(item).update(ID, wire.wire(outputs(item)), wire.wire(item.inputs))
    assert found.outs == outputs(item)


def test_each_clone_is_known_by_an_id_of_its_own(run: Run) -> None:
    """By its name alone, a replacement would be taken for the template that it replaces, and deleted for it."""
    item = run.one(TEMPLATE)
    first, second = (wire.provider(item).create(wire.wire(item.inputs)).id for _ in range(2))
    assert first != second


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_given_back_whole(run: Run, kind: str) -> None:
    """The engine hands over floats, and 90.0 GiB are none that an API server takes."""
    assert not [*floats(outputs(run.of(kind)[0]))]


@pytest.mark.parametrize("key", ["name", "datacenter", "folder"])
def test_another_path_is_another_template_and_the_old_one_stays_until_it_stands(run: Run, key: str) -> None:
    """The MachineSet names the old one until then: a Machine that was made meanwhile would fail for good."""
    item = run.one(TEMPLATE)
    found = wire.diff(item, outputs(item), **{key: "another"})
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, [key], False)


@pytest.mark.parametrize("key", ["source", "sourceIdentity", "datastore"])
def test_another_source_or_datastore_exchanges_the_template_under_its_name(run: Run, key: str) -> None:
    """Replaced, it would be deleted before its successor stands, for one folder holds a name once."""
    item = run.one(TEMPLATE)
    found = wire.diff(item, outputs(item), **{key: "another"})
    assert (found.changes, found.replaces) == (True, [])


def test_a_template_in_a_bad_condition_is_changed_once_and_then_as_made(run: Run) -> None:
    item = run.one(TEMPLATE)
    old = outputs(item)
    assert wire.diff(item, old, condition="gone").changes, "seen by preflight"
    assert wire.diff(item, {**old, "condition": "replaced by somebody"}).changes, "seen by a refresh"
    both = wire.diff(item, {**old, "condition": "gone"}, condition="gone")
    assert both.changes, "seen by both: no difference between them, and not mended for that"
    mended = wire.provider(item).update(ID, wire.wire(old), wire.wire({**item.inputs, "condition": "gone"})).outs
    assert mended is not None
    assert not wire.diff(item, mended).changes


def test_a_state_of_an_older_version_of_this_program_is_brought_up_to_date(run: Run) -> None:
    item = run.one(TEMPLATE)
    old = {key: value for key, value in outputs(item).items() if key not in {"sourceIdentity", "condition"}}
    found = wire.diff(item, old)
    assert (found.changes, found.replaces) == (True, [])


@pytest.mark.parametrize("condition", ["as made", "gone", "replaced by somebody"])
def test_what_somebody_put_in_its_place_is_taken_only_where_preflight_said_so(
    run: Run, claims: list[bool], condition: str
) -> None:
    item = run.one(TEMPLATE)
    wire.provider(item).update(ID, {}, wire.wire({**item.inputs, "condition": condition}))
    assert claims == [condition == "replaced by somebody"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("nestedVirtualization", False),
        ("performanceCounters", False),
        ("iommu", False),
        ("trunkNic", ""),
        ("resourcePool", "/Garden/host/Goat/Resources/small"),
        ("server", "vcenter.example"),
    ],
)
def test_a_feature_changes_in_the_template_that_is_there(run: Run, key: str, value: object) -> None:
    """Replaced, its name would be gone for a while, and a Machine made then would fail for good."""
    item = run.one(TEMPLATE)
    found = wire.diff(item, outputs(item), **{key: value})
    assert (found.changes, found.replaces) == (True, [])


def test_a_feature_that_somebody_changed_in_vcenter_is_changed_back(run: Run) -> None:
    item = run.one(TEMPLATE)
    found = wire.diff(item, {**outputs(item), "nestedVirtualization": False})
    assert (found.changes, found.replaces) == (True, [])


def test_a_template_that_became_a_vm_is_made_a_template_again(run: Run) -> None:
    """A change of it that died half-way leaves a VM."""
    item = run.one(TEMPLATE)
    found = wire.diff(item, {**outputs(item), "isTemplate": False})
    assert (found.changes, found.replaces) == (True, [])


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        (HYPERVISOR_DRAIN, "machineSet", "another"),
        (HYPERVISOR_DRAIN, "uid", "of one made anew"),
        (HYPERVISOR_ROLLOUT, "machineSet", "another"),
        (HYPERVISOR_ROLLOUT, "uid", "of one made anew"),
        (HYPERVISOR_ROLLOUT, "uid", wire.UNKNOWN),
        (POLICY_REVERT, "policy", "another"),
        (POLICY_REVERT, "uid", "of one made anew"),
        (POLICY_ROLLOUT, "policy", "another"),
        (POLICY_ROLLOUT, "uid", "of one made anew"),
        (POLICY_ROLLOUT, "uid", wire.UNKNOWN),
        (GUARD, "namespace", "another"),
    ],
)
def test_another_object_gets_a_rollout_or_guard_of_its_own(run: Run, kind: str, key: str, value: str) -> None:
    """An object whose uid a preview cannot know yet is one that is being made anew."""
    item = run.of(kind)[0]
    found = wire.diff(item, outputs(item), **{key: value})
    assert (found.changes, found.replaces) == (True, [key])


def test_an_old_policy_is_taken_back_before_a_new_one_is_rolled_out(run: Run) -> None:
    """Both own the same NIC: taken back afterwards, the new one's bridges would go as well."""
    item = run.one(POLICY_REVERT)
    assert wire.diff(item, outputs(item), policy="another").delete_before_replace


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        (HYPERVISOR_ROLLOUT, "spec", {"replicas": 2}),
        (POLICY_ROLLOUT, "spec", {"desiredState": {}}),
        (POLICY_ROLLOUT, "nodes", ["hub-7vxwj-cnv-4xk2p", "hub-7vxwj-cnv-9zzzz"]),
        (POLICY_ROLLOUT, "nodes", wire.UNKNOWN),
        (POLICY_REVERT, "spec", {"desiredState": {}}),
        (POLICY_REVERT, "revertOnDestroy", "never"),
    ],
)
def test_a_changed_object_is_rolled_out_again(run: Run, kind: str, key: str, value: object) -> None:
    """In place: replaced, it would take the nodes down, or their bridges off, on its way."""
    item = run.one(kind)
    found = wire.diff(item, outputs(item), **{key: value})
    assert (found.changes, found.replaces) == (True, [])


@pytest.mark.parametrize("key", ["server", "datacenter", "cluster", "portGroup", "machineSet", "template"])
def test_a_destroy_looks_at_what_stands_now_and_at_nothing_before(run: Run, key: str) -> None:
    """A replace of the look would be a deletion of it, which refuses while a server is away."""
    item = run.one(TEARDOWN_CHECK)
    found = wire.diff(item, outputs(item), **{key: "another"})
    assert (found.changes, found.replaces) == (True, [])


@pytest.mark.parametrize(("kind", "why"), [(HYPERVISOR_ROLLOUT, "takenDown"), (POLICY_ROLLOUT, "takenBack")])
def test_what_a_destroy_took_and_left_is_rolled_out_again_and_then_forgotten(run: Run, kind: str, why: str) -> None:
    item = run.one(kind)
    assert why not in item.inputs, "a lab that no destroy has touched"
    found = wire.diff(item, outputs(item), **{why: True})
    assert (found.changes, found.replaces) == (True, [])
    after = wire.provider(item).update(ID, wire.wire(outputs(item)), wire.wire({**item.inputs, why: True})).outs
    assert not wire.diff(item, after or {}).changes, "once"


def test_another_nic_is_taken_back_before_the_new_one_is_configured(run: Run) -> None:
    """The policy's name may stay; only the state knows which NIC the VLAN interfaces are on."""
    item = run.one(POLICY_REVERT)
    found = wire.diff(item, outputs(item), nic="ens256", spec={"desiredState": {}})
    assert (found.replaces, found.delete_before_replace) == (["nic"], True)


def test_a_guard_learns_in_place_which_attachments_there_are(run: Run) -> None:
    """Replaced, it would be asked to go, and refuse."""
    item = run.one(GUARD, "shared-guard")
    found = wire.diff(item, {"namespace": "shared", "attachments": ["vlan-1925", "vlan-1926"]})
    assert (found.changes, found.replaces) == (True, [])
    assert wire.provider(item).update(ID, {}, wire.wire(item.inputs)).outs == item.inputs


def test_a_namespace_that_is_given_away_asks_its_old_guard_before_it_goes(run: Run) -> None:
    """``existing: true`` for one that the stack made: Pulumi would delete it, with the VMs in it."""
    found = wire.diff(run.one(GUARD, "shared-guard"), {"namespace": "shared"})
    assert (found.changes, found.replaces) == (True, ["attachments"])


@pytest.mark.parametrize("kind", [HYPERVISOR_DRAIN, HYPERVISOR_ROLLOUT, POLICY_REVERT, POLICY_ROLLOUT])
def test_more_patience_reaches_the_state_for_a_destroy_to_have(run: Run, kind: str) -> None:
    """A destroy reads it from there, and not from the stack file."""
    item = run.one(kind)
    found = wire.diff(item, outputs(item), timeoutMinutes=90)
    assert (found.changes, found.replaces) == (True, [])


@pytest.fixture
def claims() -> list[bool]:
    """For each time that a template was ensured, whether one without a mark might be taken for ours."""
    return []


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch, claims: list[bool]) -> None:
    """Each client says that all went as it was asked to."""

    def ensure(_vcenter: Any, spec: TemplateSpec, marker: Marker, *, may_claim: bool = False) -> Copy:
        claims.append(may_claim)
        made = replace(marker, source="502b7d5e-0000-4000-8000-000000000031", version="9.6.1")
        return fixtures.copy(marker=made, features=spec.features)

    programs.replace_servers(monkeypatch)
    for variable, value in (("VSPHERE_USER", programs.USER), ("VSPHERE_PASSWORD", programs.PASSWORD)):
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("clients.vcenter.template_swap.ensure", ensure)
    monkeypatch.setattr("clients.vcenter.template_swap.taken_back", lambda _vcenter, _path, marker: marker)
    monkeypatch.setattr("clients.cluster.hypervisors.bring_up", lambda *_: Hypervisors(nodes=NODES, stale=()))
    monkeypatch.setattr("clients.cluster.node_network.bring_into_force", lambda *_: NODES)


def outputs(item: Registration) -> dict[str, Any]:
    """What creating the resource gives, and the state keeps."""
    found = wire.provider(item).create(wire.wire(item.inputs))
    assert found.id
    assert found.outs
    return found.outs


def floats(value: Any) -> list[float]:
    match value:
        case float():
            return [value]
        case dict():
            return [found for item in value.values() for found in floats(item)]
        case list():
            return [found for item in value for found in floats(item)]
        case _:
            return []
