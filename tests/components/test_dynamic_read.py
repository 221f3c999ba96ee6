"""A refresh: what still holds stays, and what does not is seen, so that the next `up` makes it hold again.

Gone is an empty id with empty outputs; outputs of None end Pulumi's dynamic server with a TypeError.
"""

from __future__ import annotations

import copy
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from components.dynamic.access import ACCESS
from lab.marker import Marker
from lab.template import Features, Places
from tests.components import fixtures, wire
from tests.components.recorder import NODES
from tests.components.run import HYPERVISOR_ROLLOUT, POLICY, POLICY_ROLLOUT, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi.dynamic import ReadResult

    from lab.template import Copy
    from tests.components.run import Registration, Run

    Objects = list[dict[str, Any]]

GONE: tuple[str, dict[str, Any]] = ("", {})
ID = "an id"
THERE = {"namespace": "openshift-machine-api"}


def test_hypervisors_that_run_are_still_there(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    found = refreshed(monkeypatch, run.one(HYPERVISOR_ROLLOUT), hypervisors(run))
    assert found.id == ID
    assert found.outs is not None
    assert found.outs["nodes"] == NODES
    assert found.outs["spec"] == run.one(HYPERVISOR_ROLLOUT).inputs["spec"]


def test_a_rollout_that_was_scaled_by_hand_reads_so(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """The `up` that scales it back waits for that: with the stack file's number here it would see no change."""
    machine_set, *others = hypervisors(run)
    machine_set["spec"]["replicas"] = 2
    second = copy.deepcopy(others)
    second[0]["metadata"]["name"] = "another"
    found = refreshed(monkeypatch, run.one(HYPERVISOR_ROLLOUT), [machine_set, *others, second[0]])
    assert found.outs is not None
    assert found.outs["spec"] == {**run.one(HYPERVISOR_ROLLOUT).inputs["spec"], "replicas": 2}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda machine_set, _machine, _node: machine_set.clear(), id="the MachineSet is gone"),
        pytest.param(lambda machine_set, _machine, _node: rename(machine_set), id="it was made anew"),
        pytest.param(lambda machine_set, _machine, _node: machine_set["spec"].update(replicas=2), id="it wants more"),
        pytest.param(lambda _machine_set, machine, _node: machine.clear(), id="a Machine is gone"),
        pytest.param(lambda _machine_set, machine, _node: machine["status"].update(phase="Failed"), id="one failed"),
        pytest.param(lambda _machine_set, _machine, node: node["status"].update(conditions=[]), id="a node is down"),
        pytest.param(lambda _machine_set, _machine, node: node["status"].update(allocatable={}), id="it has no KVM"),
    ],
)
def test_a_rollout_whose_hypervisors_do_not_run_reads_as_gone(
    monkeypatch: pytest.MonkeyPatch, run: Run, change: Callable[..., object]
) -> None:
    objects = hypervisors(run)
    change(*objects)
    found = refreshed(monkeypatch, run.one(HYPERVISOR_ROLLOUT), objects)
    assert (found.id, found.outs) == GONE


def test_a_policy_in_force_is_still_there(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    found = refreshed(monkeypatch, run.one(POLICY_ROLLOUT), node_network(run))
    assert (found.id, found.outs) == (ID, {**run.one(POLICY_ROLLOUT).inputs, "inForce": True})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda policy, _enactment, _node: policy.clear(), id="the policy is gone"),
        pytest.param(lambda policy, _enactment, _node: rename(policy), id="it was made anew"),
        pytest.param(lambda policy, _enactment, _node: policy["spec"].update(desiredState={}), id="it was changed"),
        pytest.param(lambda policy, _enactment, _node: policy["metadata"].update(generation=8), id="it is not done"),
        pytest.param(lambda _policy, enactment, _node: enactment.clear(), id="a node has not taken it"),
        pytest.param(lambda _policy, enactment, _node: enactment["status"].update(conditions=[]), id="a node is at it"),
        pytest.param(lambda _policy, _enactment, node: node["status"].update(conditions=[]), id="no node is Ready"),
    ],
)
def test_a_rollout_whose_policy_is_not_in_force_reads_so_and_is_brought_into_force_by_the_next_up(
    monkeypatch: pytest.MonkeyPatch, run: Run, change: Callable[..., object]
) -> None:
    objects = node_network(run)
    change(*objects)
    item = run.one(POLICY_ROLLOUT)
    found = refreshed(monkeypatch, item, objects)
    assert found.id == ID, "what reads as gone is not taken back by a destroy"
    assert found.outs == {**item.inputs, "inForce": False}
    diff = wire.diff(item, found.outs)
    assert (diff.changes, diff.replaces) == (True, [])


def test_a_template_reads_as_vcenter_has_it(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """With what somebody changed there: the next `up` sees the difference."""
    features = Features(nested_virtualization=False, performance_counters=True, iommu=True, trunk_nic="Other")
    live = fixtures.copy(moid="vm-41", is_template=False, features=features)
    found = refreshed_template(monkeypatch, run.one(TEMPLATE), there=live)
    assert found.id == ID
    assert found.outs is not None
    assert (found.outs["nestedVirtualization"], found.outs["trunkNic"]) == (False, "Other")
    assert (found.outs["moid"], found.outs["isTemplate"]) == ("vm-41", False)
    assert (found.outs["sourceIdentity"], found.outs["condition"]) == ("RHCOS 9.6.1 (502b)", "as made")


OTHERS = fixtures.copy(marker=Marker(id="another id", stack="cnv-lab.other", name="template", source="502b"))


@pytest.mark.parametrize("there", [None, OTHERS], ids=["nothing", "another stack's"])
def test_a_template_that_is_not_there_or_not_this_one_reads_as_gone(
    monkeypatch: pytest.MonkeyPatch, run: Run, there: Copy | None
) -> None:
    found = refreshed_template(monkeypatch, run.one(TEMPLATE), there=there, old=OTHERS)
    assert (found.id, found.outs) == GONE


@pytest.mark.parametrize(
    ("places", "condition"),
    [
        ({"there": fixtures.copy(marker=None)}, "replaced by somebody"),
        ({"new": fixtures.copy()}, "an exchange of it was left unfinished"),
    ],
    ids=["without a mark", "the new one without its name"],
)
def test_a_template_that_needs_more_than_a_creation_is_kept_in_its_condition(
    monkeypatch: pytest.MonkeyPatch, run: Run, places: dict[str, Copy], condition: str
) -> None:
    """Read as gone, nothing would know of what stands beside it, or that its place was ours."""
    found = refreshed_template(monkeypatch, run.one(TEMPLATE), **places)
    assert found.outs is not None
    assert (found.id, found.outs["condition"]) == (ID, condition)
    assert found.outs["name"] == "hub-7vxwj-rhcos-cnv", "all that the state holds is still there"


def refreshed(monkeypatch: pytest.MonkeyPatch, item: Registration, live: Objects) -> ReadResult:
    cluster = wire.LiveCluster(objects=[found for found in live if found])
    monkeypatch.setattr(ACCESS, "cluster", lambda: nullcontext(cluster))
    return wire.provider(item).read(ID, wire.wire(item.inputs))


def refreshed_template(
    monkeypatch: pytest.MonkeyPatch,
    item: Registration,
    there: Copy | None = None,
    new: Copy | None = None,
    old: Copy | None = None,
) -> ReadResult:
    def places(_vcenter: None, path: str) -> Places:
        assert path == "/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv"
        return Places(there=there, new=new, old=old)

    monkeypatch.setattr(ACCESS, "vcenter", lambda _server=None: nullcontext())
    monkeypatch.setattr("clients.vcenter.template.places", places)
    return wire.provider(item).read(ID, wire.wire(item.inputs))


def rename(item: dict[str, Any]) -> None:
    item["metadata"]["uid"] = "of one made anew"


def condition(kind: str, **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": "True", **more}]}


def hypervisors(run: Run) -> Objects:
    """A MachineSet, its Machine and the node."""
    rollout = copy.deepcopy(run.one(HYPERVISOR_ROLLOUT).inputs)
    labels = {"machine.openshift.io/cluster-api-machineset": rollout["machineSet"]}
    return [
        {
            "kind": "MachineSet",
            "metadata": {"name": rollout["machineSet"], "uid": rollout["uid"], **THERE},
            "spec": rollout["spec"],
        },
        {
            "kind": "Machine",
            "metadata": {"name": NODES[0], "labels": labels, **THERE},
            "spec": {"providerSpec": rollout["spec"]["template"]["spec"]["providerSpec"]},
            "status": {"phase": "Running", "nodeRef": {"name": NODES[0]}},
        },
        {
            "kind": "Node",
            "metadata": {"name": NODES[0], "labels": labels},
            "status": {**condition("Ready"), "allocatable": {"devices.kubevirt.io/kvm": "1k"}},
        },
    ]


def node_network(run: Run) -> Objects:
    """A policy, its enactment and the node."""
    policy = copy.deepcopy(run.one(POLICY).inputs)
    policy["metadata"] |= {"uid": run.one(POLICY_ROLLOUT).inputs["uid"], "generation": 7}
    policy["status"] = condition("Available", reason="SuccessfullyConfigured")
    labels = {"nmstate.io/policy": policy["metadata"]["name"], "nmstate.io/node": NODES[0]}
    enactment = {
        "kind": "NodeNetworkConfigurationEnactment",
        "metadata": {"name": f"{NODES[0]}.{policy['metadata']['name']}", "labels": labels},
        "status": {"policyGeneration": 7, **condition("Available")},
    }
    return [policy, enactment, hypervisors(run)[-1]]
