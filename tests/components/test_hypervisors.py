"""The MachineSet, and the rollout that stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.dynamic import hypervisor_rollout
from components.dynamic.access import ACCESS
from components.dynamic.plain_errors import RefusedError
from lab import manifests
from tests.components import fixtures, programs
from tests.components.run import HYPERVISOR_ROLLOUT, MACHINE_SET, PORT_GROUP

if TYPE_CHECKING:
    import pytest

    from tests.components.recorder import Engine
    from tests.components.run import Run


def test_the_machine_set_is_the_labs_manifest(run: Run) -> None:
    manifest = manifests.machine_set(fixtures.lab())
    made = run.one(MACHINE_SET).inputs
    made["metadata"].pop("annotations")
    assert made == manifest


def test_pulumi_may_write_to_fields_that_the_rollout_wrote_to(run: Run) -> None:
    """A destroy that died half-way has set the replicas: without force, server-side apply calls that a conflict."""
    assert run.one(MACHINE_SET).inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}


def test_the_deletion_of_the_machine_set_has_its_own_time(run: Run) -> None:
    """Its Machines are gone by then, but for one that an autoscaler made in between."""
    assert run.one(MACHINE_SET).request.customTimeouts.delete == "15m"


def test_the_machines_second_nic_is_on_the_port_group_that_is_made(engine: Engine) -> None:
    run = engine.run(programs.chain(fixtures.lab(trunk={"portGroup": "Everything"})))
    machine = run.one(MACHINE_SET).inputs["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert machine["network"]["devices"][1]["networkName"] == "Everything"
    assert {item.inputs["name"] for item in run.of(PORT_GROUP)} == {"Everything"}


def test_the_rollout_knows_the_machine_set_as_it_was_asked_for(run: Run) -> None:
    """A changed spec is what makes it wait again."""
    machine_set, rollout = run.one(MACHINE_SET).inputs, run.one(HYPERVISOR_ROLLOUT).inputs
    assert rollout["machineSet"] == machine_set["metadata"]["name"]
    assert rollout["spec"] == machine_set["spec"]


def test_the_rollout_knows_the_very_object(run: Run) -> None:
    """One made anew under the same name has none of the old one's Machines, and is waited for anew."""
    assert run.one(HYPERVISOR_ROLLOUT).inputs["uid"] == "uid of hub-7vxwj-cnv"


def test_the_rollout_is_as_patient_as_the_stack_file_says(engine: Engine) -> None:
    lab = fixtures.lab(hypervisors={"timeoutMinutes": 7}, nodeNetwork={"timeoutMinutes": 8})
    assert engine.run(programs.chain(lab)).one(HYPERVISOR_ROLLOUT).inputs["timeoutMinutes"] == 7


def test_a_vcenter_that_cannot_be_asked_why_a_node_has_no_kvm_does_not_hide_that_it_has_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def vcenter(_server: str) -> None:
        raise RefusedError("vCenter vcenter.lab cannot be reached")

    monkeypatch.setattr(ACCESS, "vcenter", vcenter)
    machine = {"metadata": {"name": "m-1"}, "spec": {"providerSpec": {"value": {"workspace": {"server": "vcenter"}}}}}
    assert hypervisor_rollout._ask_vcenter(machine) is None
    told = "why Machine m-1 has no KVM, vCenter cannot be asked: vCenter vcenter.lab cannot be reached"
    assert capsys.readouterr().out.strip() == told
