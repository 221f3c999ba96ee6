"""What keeps a Machine that is to go: named with the ways out, and in words that do not change from look to look."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import Ready, Waiting
from lab.readiness import machines_gone as verdict_on
from tests.unit.machines import Object, conditions, event, facts, machine, node, nodes, running

UNREACHABLE = "failed to create scope for machine: failed to create vSphere session: dial tcp: no such host"
NO_SHARED_DISK = "cannot migrate VMI: PVC root is not shared"


def machines_gone(machines: list[Object], there: dict[str, Object] | None = None, **more: Any) -> str:
    verdict = verdict_on(facts(machines, there, **more))
    assert isinstance(verdict, Waiting)
    return verdict.message


def pod(name: str = "virt-launcher-web-x", vm: str = "web", **metadata: Any) -> Object:
    of_vm = {"labels": {"kubevirt.io": "virt-launcher"}, "annotations": {"kubevirt.io/domain": vm}} if vm else {}
    return {"metadata": {"name": name, "namespace": "default", **of_vm, **metadata}, "spec": {"nodeName": "m-1"}}


def budget(name: str = "kubevirt-disruption-budget-x", **spec: Any) -> Object:
    selector = spec or {"matchLabels": {"kubevirt.io": "virt-launcher"}}
    metadata = {"name": name, "namespace": "default"}
    return {"metadata": metadata, "spec": {"selector": selector}, "status": {"disruptionsAllowed": 0}}


def instance(vm: str = "web", migratable: str = "True", message: str = "", **status: Any) -> Object:
    told = conditions(LiveMigratable=(migratable, message))
    return {"metadata": {"name": vm, "namespace": "default"}, "status": {"conditions": told, **status}}


def leaving(name: str = "m-1", **more: Any) -> Object:
    return running(name, leaving=True, **more)


def of_vm(there: dict[str, Object] | None = None, **more: Any) -> str:
    found = {"pods": [pod()], "budgets": [budget()], "instances": [instance()], **more}
    return machines_gone([leaving()], there or nodes(node("m-1"), node("other")), **found)


def test_machines_are_gone_when_none_is_left() -> None:
    assert verdict_on(facts([])) == Ready("all Machines are gone")


def test_a_machine_of_which_nothing_is_known_is_waited_for() -> None:
    assert machines_gone([machine("m-2"), machine("m-1")]) == (
        "waiting for Machine m-1 to go; waiting for Machine m-2 to go"
    )
    assert machines_gone([{"metadata": {"name": "m-1"}}]) == "waiting for Machine m-1 to go"


@pytest.mark.parametrize("kind", ["Drained", "Drainable", "Terminable", "InstanceExists"])
def test_what_a_machine_says_of_its_deletion_is_told(kind: str) -> None:
    told = conditions(**{kind: ("False", "held by the hook of etcd")})
    assert machines_gone([machine(conditions=told)]) == "waiting for Machine m-1 to go: held by the hook of etcd"


def test_a_condition_without_words_or_without_trouble_is_not_told() -> None:
    told = conditions(Drained=("False", ""), InstanceExists=("True", "it exists"))
    assert machines_gone([machine(conditions=told)]) == "waiting for Machine m-1 to go"


def test_a_vm_that_cannot_migrate_is_named_with_its_reason_and_the_ways_out() -> None:
    told = of_vm(instances=[instance(migratable="False", message=NO_SHARED_DISK)])
    assert told == (
        f"waiting for Machine m-1 to go: VM default/web cannot be migrated ({NO_SHARED_DISK}). Stop it (virtctl stop "
        "-n default web) or migrate it; or let the Machine go without a drain, which ends what runs there (oc annotate "
        "machine -n openshift-machine-api m-1 machine.openshift.io/exclude-node-draining=)"
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(None, id="no other node"),
        pytest.param(node("other", kvm="0"), id="a node without KVM"),
        pytest.param(node("other", kvm=None), id="a node without virt-handler"),
        pytest.param(node("other", ready="False"), id="a node that is down"),
        pytest.param({**node("other"), "spec": {"unschedulable": True}}, id="a closed node"),
    ],
)
def test_a_vm_that_has_nowhere_to_go_is_named(other: Object | None) -> None:
    told = of_vm(nodes(node("m-1"), *filter(None, [other])))
    assert "VM default/web has no other hypervisor to be migrated to. Stop it" in told


def test_a_hypervisor_that_goes_as_well_takes_no_vm() -> None:
    both = nodes(node("m-1"), node("m-2"))
    told = machines_gone([leaving(), leaving("m-2")], both, pods=[pod()], budgets=[budget()], instances=[instance()])
    assert "VM default/web has no other hypervisor to be migrated to" in told
    assert told.endswith("; waiting for Machine m-2 to go")


def test_a_vm_that_is_being_migrated_needs_no_way_out() -> None:
    migration = {"startTimestamp": "2026-01-01T11:00:00Z"}
    told = of_vm(instances=[instance(migrationState=migration)])
    assert told == "waiting for Machine m-1 to go: VM default/web is being migrated"
    ended = {**migration, "endTimestamp": "2026-01-01T11:01:00Z"}
    assert "VM default/web is to be migrated. Stop it" in of_vm(instances=[instance(migrationState=ended)])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"budgets": []}, id="no budget"),
        pytest.param({"budgets": [{**budget(), "status": {"disruptionsAllowed": 1}}]}, id="a budget with room"),
        pytest.param({"budgets": [budget(matchLabels={"app": "db"})]}, id="a budget for others"),
        pytest.param({"budgets": [budget(matchExpressions=[{"key": "x"}])]}, id="a budget that is not understood"),
        pytest.param({"pods": [pod(deletionTimestamp="2026-01-01T11:00:00Z")]}, id="a pod that is going"),
        pytest.param({"pods": [{**pod(), "spec": {"nodeName": "other"}}]}, id="a pod of another node"),
        pytest.param({"pods": [pod(namespace="blue")]}, id="a pod of another namespace"),
    ],
)
def test_what_can_be_evicted_is_not_named(change: Any) -> None:
    assert of_vm(**change) == "waiting for Machine m-1 to go"


def test_a_drain_that_is_done_is_not_blamed() -> None:
    drained = leaving(conditions=conditions(Drained=("True", "Drain finished successfully")))
    told = machines_gone([drained], nodes(node()), pods=[pod()], budgets=[budget()])
    assert told == "waiting for Machine m-1 to go"


def test_a_pod_that_is_no_vm_is_named_with_its_budget() -> None:
    told = of_vm(pods=[pod("db-0", "", labels={"app": "db"})], budgets=[budget("db", matchLabels={"app": "db"})])
    assert told == "waiting for Machine m-1 to go: pod default/db-0 is kept by PodDisruptionBudget db"


def test_all_that_holds_a_drain_is_named_in_one_order() -> None:
    pods = [pod("virt-launcher-web-x"), pod("virt-launcher-db-x", "db")]
    told = of_vm(nodes(node("m-1")), pods=pods, instances=[])
    assert told.index("VM default/db ") < told.index("VM default/web ")
    assert told == of_vm(nodes(node("m-1")), pods=pods[::-1], instances=[])


def test_a_machine_whose_vcenter_cannot_be_asked_is_named_with_the_ways_out() -> None:
    """The drain is skipped or done by then, and InstanceExists is not written any more: an Event tells."""
    done = conditions(Drained=("True", "Node drain skipped"), InstanceExists=("True", ""))
    told = machines_gone([leaving(conditions=done)], events=[event(f"m-1: {UNREACHABLE}", reason="FailedDelete")])
    assert told.startswith(f"Machine m-1 cannot be deleted: {UNREACHABLE}. Check that the cluster reaches vCenter")
    assert (
        """oc patch machine -n openshift-machine-api m-1 --type=merge -p '{"metadata":{"finalizers":null}}'""" in told
    )
    before = conditions(Drained=("True", "Node drain skipped"), InstanceExists=("Unknown", UNREACHABLE))
    assert machines_gone([leaving(conditions=before)]) == told, "a Machine that never started says it itself"


def test_the_steps_of_a_deletion_are_told_without_ways_out() -> None:
    steps = event(
        "m-1: reconciler failed to Delete machine: powering off vm is in progress, requeuing", reason="FailedDelete"
    )
    others = [event("no disk", at="2026-01-01T12:00:00Z"), event("no disk", reason="FailedDelete", of="m-2")]
    told = machines_gone([leaving()], events=[steps, *others])
    assert told == "waiting for Machine m-1 to go: powering off vm is in progress, requeuing"
