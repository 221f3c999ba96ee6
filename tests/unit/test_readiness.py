"""When hypervisors are up, when they never will be, and when it is worth waiting."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import TRY_ANEW, Failed, Ready, Verdict, Waiting, stale_machines
from lab.readiness import hypervisors as verdict_on
from tests.unit.machines import Object, conditions, event, facts, machine, node, nodes, running


def hypervisors(machines: list[Object], there: dict[str, Object], want: int, **more: Any) -> Verdict:
    return verdict_on(facts(machines, there, **more), want)


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


NO_LOGIN = (
    "Failed to check if machine exists: failed to create scope for machine: error getting credentials: secret "
    'openshift-machine-api/vsphere-cloud-credentials does not have "vcenter.lab.username" field set'
)
NO_DATACENTER = 'failed to create scope for machine: failed to create vSphere session: unable to find datacenter "x"'
NO_SESSION = "failed to create scope for machine: failed to create vSphere session: dial tcp: no such host"


def unasked(message: str, since: str = "2026-01-01T11:59:30Z") -> list[Object]:
    """InstanceExists as the Machine API has it where it cannot ask vCenter."""
    (found,) = conditions(InstanceExists=("Unknown", f"m-1: {message}"))
    return [{**found, "lastTransitionTime": since}]


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        (
            NO_LOGIN,
            "Give Secret openshift-machine-api/vsphere-cloud-credentials the login for vcenter.lab, by the keys ",
        ),
        (NO_DATACENTER, "Correct cnv-lab:vcenter.datacenter and run up; this Machine keeps what it was made with"),
        (NO_SESSION, "Check that the cluster reaches vCenter vcenter.lab, and the login for it in Secret"),
    ],
)
def test_a_machine_that_cannot_reach_vcenter_says_how_to_mend_it_before_a_destroy(message: str, remedy: str) -> None:
    """The Machine API retries it for ever, gives it no phase, and cannot delete it either."""
    verdict = hypervisors([machine(phase="", conditions=unasked(message))], {}, 1)
    assert isinstance(verdict, Waiting), "vCenter may be restarting"
    assert verdict.message.startswith(f"Machine m-1 has not started: {message}. {remedy}")
    assert "before a destroy" in verdict.message
    assert "oc patch machine -n openshift-machine-api m-1" in verdict.message


@pytest.mark.parametrize(("since", "lasts"), [("11:59:00", False), ("11:58:59", True), ("08:00:00", True)])
def test_a_machine_that_cannot_reach_vcenter_for_more_than_a_minute_never_will(since: str, lasts: bool) -> None:  # noqa: FBT001
    verdict = hypervisors([machine(phase="", conditions=unasked(NO_LOGIN, f"2026-01-01T{since}Z"))], {}, 1)
    assert isinstance(verdict, Failed) == lasts
    if isinstance(verdict, Failed):
        assert verdict.message == f"Machine m-1 has not started: {NO_LOGIN}"
        assert verdict.remedy.startswith("Give Secret")


def test_a_blink_of_vcenter_is_no_failure_of_a_machine_that_has_started() -> None:
    told = unasked(NO_SESSION, "2026-01-01T08:00:00Z")
    later = hypervisors([machine(phase="Provisioned", conditions=told)], {}, 1)
    assert later == Waiting("Machine m-1 is Provisioned and has no node yet")


def test_a_machine_that_stays_in_provisioning_tells_the_controllers_last_words() -> None:
    """A missing Secret of user data is retried for ever."""
    words = 'Secret "nope" not found'
    warnings = [
        event("an older one", at="2026-01-01T10:00:00Z"),
        event(f"m-1: reconciler failed to Create machine: {words}"),
        event("of another Machine", of="m-2", at="2026-01-01T12:00:00Z"),
    ]
    told = f"Machine m-1 is Provisioning and has no node yet: {words}"
    assert hypervisors([machine()], {}, 1, events=warnings) == Waiting(told)
    assert hypervisors([machine()], {}, 1, events=[*reversed(warnings)]) == Waiting(told), "whatever their order"
    provider = {"conditions": conditions(MachineCreation=("False", 'Secret "nope" not found'))}
    silent = hypervisors([machine(providerStatus=provider)], {}, 1)
    assert silent == Waiting('Machine m-1 is Provisioning and has no node yet: Secret "nope" not found')
    lost = hypervisors([machine(conditions=unasked(NO_SESSION))], {}, 1, events=warnings)
    assert lost == Waiting(f"Machine m-1 is Provisioning and has no node yet: {NO_SESSION}")


def test_a_warning_of_the_past_is_not_told_of_a_machine_that_got_on() -> None:
    got_on = hypervisors([machine(phase="Provisioned")], {}, 1, events=[event("Secret not found")])
    assert got_on == Waiting("Machine m-1 is Provisioned and has no node yet")


def test_a_warning_about_an_earlier_machine_of_that_name_is_not_told() -> None:
    old = {**event("Secret not found"), "involvedObject": {"kind": "Machine", "name": "m-1", "uid": "of then"}}
    anew = machine()
    anew["metadata"]["uid"] = "of now"
    assert hypervisors([anew], {}, 1, events=[old]) == Waiting("Machine m-1 is Provisioning and has no node yet")


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
    unready["status"]["conditions"][-1]["reason"] = "KubeletNotReady"
    told = hypervisors([running()], nodes(unready), 1)
    assert told == Waiting("node m-1 is not Ready: KubeletNotReady: container runtime is down")
    assert isinstance(hypervisors([running()], nodes(node(ready="Unknown")), 1), Waiting)


def test_a_node_that_does_not_tell_of_kvm_waits_for_virt_handler() -> None:
    verdict = hypervisors([running()], nodes(node(kvm=None)), 1)
    assert isinstance(verdict, Waiting)
    assert "virt-handler has not started there" in verdict.message


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
    told = Waiting("Machine m-1 is Provisioning and has no node yet; Machine m-2 is being deleted")
    assert verdict == told
    turned = hypervisors([running("m-3"), machine("m-2", leaving=True), machine("m-1")], nodes(node("m-3")), 2)
    assert turned == told, "in one order, else each look would be news"


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
