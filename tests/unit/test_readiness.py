"""When hypervisors are up, when they never will be, and when it is worth waiting."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import TRY_ANEW, Failed, Ready, Waiting, hypervisors, machines_gone, stale_machines

Object = dict[str, Any]


def conditions(**told: tuple[str, str]) -> list[Object]:
    return [{"type": kind, "status": status, "message": message} for kind, (status, message) in told.items()]


def machine(name: str = "m-1", *, node: str | None = None, leaving: bool = False, **status: Any) -> Object:
    metadata = {"name": name, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {})}
    reference = {"nodeRef": {"name": node}} if node else {}
    return {"metadata": metadata, "status": {"phase": "Provisioning", **reference, **status}}


def running(name: str = "m-1", **more: Any) -> Object:
    return machine(name, node=name, phase="Running", **more)


def node(name: str = "m-1", *, ready: str = "True", message: str = "", kvm: str | None = "1k") -> Object:
    allocatable = {} if kvm is None else {"devices.kubevirt.io/kvm": kvm}
    told = conditions(MemoryPressure=("False", ""), Ready=(ready, message))
    return {"metadata": {"name": name}, "status": {"conditions": told, "allocatable": allocatable}}


def nodes(*there: Object) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in there}


def test_every_machine_a_ready_node_with_kvm_is_ready() -> None:
    both = nodes(node("m-1"), node("m-2"))
    verdict = hypervisors([running("m-1"), running("m-2")], both, 2)
    assert verdict == Ready("2 of 2 hypervisors are Ready")


def test_no_machine_is_ready_where_none_is_asked_for() -> None:
    assert hypervisors([], {}, 0) == Ready("no hypervisors are asked for")


@pytest.mark.parametrize(("there", "want"), [(0, 1), (1, 2), (2, 1), (1, 0)])
def test_too_few_machines_and_too_many_are_waited_for(there: int, want: int) -> None:
    names = [f"m-{number}" for number in range(there)]
    verdict = hypervisors([running(name) for name in names], nodes(*map(node, names)), want)
    assert verdict == Waiting(f"{there} of {want} Machines are there")


@pytest.mark.parametrize("status", [None, {}, {"conditions": None}, {"phase": "", "conditions": []}])
def test_a_machine_that_nobody_has_looked_at_is_new(status: Object | None) -> None:
    assert hypervisors([{"metadata": {"name": "m-1"}, "status": status}], {}, 1) == Waiting(
        "Machine m-1 is new and has no node yet"
    )


def test_a_machine_that_cannot_reach_vcenter_says_so() -> None:
    """The Machine API retries it for ever and gives it no phase: a wrong server, or a wrong login."""
    told = conditions(InstanceExists=("Unknown", "failed to create vSphere session"))
    verdict = hypervisors([machine(phase="", conditions=told)], {}, 1)
    assert verdict == Waiting("Machine m-1 has not started: failed to create vSphere session")
    later = hypervisors([machine(phase="Provisioning", conditions=told)], {}, 1)
    assert later == Waiting("Machine m-1 is Provisioning and has no node yet")


@pytest.mark.parametrize("phase", ["Provisioning", "Provisioned", "Running"])
def test_a_machine_whose_node_is_not_there_is_waited_for(phase: str) -> None:
    waiting = Waiting(f"Machine m-1 is {phase} and has no node yet")
    assert hypervisors([machine(phase=phase)], {}, 1) == waiting
    assert hypervisors([machine(phase=phase, node="m-1")], nodes(node("m-2")), 1) == waiting, "a node that was deleted"


def test_a_node_that_is_not_ready_is_waited_for_with_its_own_words() -> None:
    unready = node(ready="False", message="container runtime is down")
    assert hypervisors([running()], nodes(unready), 1) == Waiting("node m-1 is not Ready: container runtime is down")
    silent = hypervisors([running()], {"m-1": {"metadata": {"name": "m-1"}}}, 1)
    assert silent == Waiting("node m-1 is not Ready: no word from it yet")
    assert isinstance(hypervisors([running()], nodes(node(ready="Unknown")), 1), Waiting)


def test_a_node_that_does_not_tell_of_kvm_waits_for_virt_handler() -> None:
    verdict = hypervisors([running()], nodes(node(kvm=None)), 1)
    assert isinstance(verdict, Waiting)
    assert "virt-handler has not started there" in verdict.message


def test_a_ready_node_without_kvm_never_will_have_it() -> None:
    verdict = hypervisors([running()], nodes(node(kvm="0")), 1)
    assert isinstance(verdict, Failed)
    assert verdict.message.startswith("node m-1 is Ready and has no /dev/kvm")
    assert "nested virtualization" in verdict.remedy
    assert verdict.remedy.endswith(f"{TRY_ANEW} m-1")


def test_a_node_that_is_not_ready_is_not_blamed_for_missing_kvm() -> None:
    assert isinstance(hypervisors([running()], nodes(node(ready="False", kvm="0")), 1), Waiting)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("m-1: template not found, specify valid value", "Check that the template is still in vCenter"),
        ('unable to get network for "Trunk"', "Check that the port group is on every host of the cluster"),
        ("can't resize template disk down, 16 > 10", "Raise cnv-lab:hypervisors.diskGiB"),
        ("folder not found, specify valid value", "Check cnv-lab:vcenter.folder"),
        ("datastore not found, specify valid value", "Check cnv-lab:vcenter.datastore"),
        ("can't find created instance", "Its VM was removed from vCenter"),
        ("something new", "Mend the cause"),
    ],
)
def test_a_failed_machine_ends_the_wait_with_its_own_words_and_what_to_do(message: str, cause: str) -> None:
    failed = machine(phase="Failed", errorReason="InvalidConfiguration", errorMessage=message)
    verdict = hypervisors([failed], {}, 1)
    assert isinstance(verdict, Failed)
    assert verdict.message == f"Machine m-1 failed (InvalidConfiguration): {message}"
    assert verdict.remedy.startswith(cause)
    assert verdict.remedy.endswith(f"{TRY_ANEW} m-1"), "a Failed Machine is never looked at again"


def test_a_machine_that_failed_without_a_word_is_failed_all_the_same() -> None:
    verdict = hypervisors([machine(phase="Failed")], {}, 1)
    assert isinstance(verdict, Failed)
    assert verdict.message == "Machine m-1 failed (no reason): no reason given"


def test_one_failed_machine_is_told_though_others_are_still_on_their_way() -> None:
    verdict = hypervisors([machine("m-1"), machine("m-2", phase="Failed"), running("m-3")], nodes(node("m-3")), 3)
    assert isinstance(verdict, Failed)
    assert "m-2" in verdict.message


@pytest.mark.parametrize("phase", ["Failed", "Running", "Deleting"])
def test_a_machine_that_is_being_deleted_is_waited_for_whatever_it_was(phase: str) -> None:
    """Deleting it is what the remedy says; it must not fail the next run."""
    verdict = hypervisors([machine(phase=phase, node="m-1", leaving=True)], nodes(node(kvm="0")), 1)
    assert verdict == Waiting("Machine m-1 is being deleted")


def test_everything_that_is_waited_for_is_named() -> None:
    verdict = hypervisors([machine("m-1"), machine("m-2", leaving=True), running("m-3")], nodes(node("m-3")), 2)
    assert verdict == Waiting("Machine m-1 is Provisioning and has no node yet; Machine m-2 is being deleted")


def machine_set(**value: Any) -> Object:
    return {"spec": {"template": {"spec": {"providerSpec": {"value": value}}}}}


def made_with(name: str, **value: Any) -> Object:
    return {"metadata": {"name": name}, "spec": {"providerSpec": {"value": value}}}


def test_machines_of_an_older_size_are_stale_and_sorted() -> None:
    wanted = machine_set(numCPUs=8, template="rhcos-cnv", snapshot="")
    old = [made_with(name, numCPUs=6, template="rhcos-cnv") for name in ("m-2", "m-1")]
    assert stale_machines(wanted, [*old, made_with("m-3", numCPUs=8, template="rhcos-cnv")]) == ["m-1", "m-2"]


def test_what_the_machine_apis_webhook_adds_makes_no_machine_stale() -> None:
    added = made_with("m-1", numCPUs=8, metadata={}, userDataSecret={"name": "worker-user-data"})
    assert stale_machines(machine_set(numCPUs=8, snapshot="", tagIDs=None), [added]) == []


def test_a_machine_without_a_key_that_is_wanted_is_stale() -> None:
    assert stale_machines(machine_set(tagIDs=["urn:x"]), [made_with("m-1")]) == ["m-1"]


def test_machines_are_gone_when_none_is_left() -> None:
    assert machines_gone([]) == Ready("all Machines are gone")


def test_a_machine_that_cannot_go_says_why_and_draining_comes_first() -> None:
    """A VM that cannot migrate holds the drain; vCenter's trouble comes after it."""
    both = conditions(InstanceExists=("Unknown", "no session"), Drained=("False", "cannot evict pod virt-launcher-x"))
    verdict = machines_gone([machine("m-2", conditions=both), machine("m-1")])
    assert verdict == Waiting("waiting for Machine m-1, Machine m-2 (cannot evict pod virt-launcher-x) to go")
    drained = conditions(Drained=("True", "drained"), InstanceExists=("Unknown", "no session"))
    assert machines_gone([machine(conditions=drained)]) == Waiting("waiting for Machine m-1 (no session) to go")


def test_a_condition_without_words_is_not_told() -> None:
    told = conditions(Drained=("False", ""), InstanceExists=("True", "it exists"))
    assert machines_gone([machine(conditions=told)]) == Waiting("waiting for Machine m-1 to go")
    assert machines_gone([{"metadata": {"name": "m-1"}}]) == Waiting("waiting for Machine m-1 to go")
