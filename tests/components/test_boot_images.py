"""The exception from boot-image management: there when it is asked for, before the MachineSet and until after it."""

from __future__ import annotations

import pickletools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from components.dynamic.access import ACCESS
from tests.components import fixtures, wire
from tests.components.programs import chain
from tests.components.recorder import Engine
from tests.components.run import HYPERVISOR_ROLLOUT, MACHINE_SET, TEMPLATE

if TYPE_CHECKING:
    from tests.components.run import Registration, Run

OPT_OUT = "pulumi-python:dynamic/cnvlab:BootImageOptOut"
STACK = "cnv-lab.lab"
ID = STACK
OUT = "not enrolled"


@pytest.fixture(scope="module")
def item() -> Registration:
    return opting_out().one(OPT_OUT)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the client is asked for, after the session."""
    found: list[Any] = []
    monkeypatch.setattr(ACCESS, "cluster", nullcontext)
    for call in ("opt_out", "opt_in"):
        name = f"clients.cluster.boot_images.{call}"
        monkeypatch.setattr(name, lambda _cluster, *rest, call=call: found.append((call, *rest)))
    return found


def opting_out() -> Run:
    return Engine().run(chain(fixtures.lab(template={"bootImages": "optOut"}, cluster={"openshift": "4.22"})))


def test_the_machine_set_is_out_before_it_is_there_and_in_again_after_it_is_gone() -> None:
    run = opting_out()
    item = run.one(OPT_OUT)
    assert item.urn in run.one(MACHINE_SET).waits_for
    assert not item.waits_for & run.urns(MACHINE_SET, HYPERVISOR_ROLLOUT, TEMPLATE)


def test_whoever_leaves_boot_images_alone_has_no_such_resource(run: Run) -> None:
    assert not run.of(OPT_OUT)
    assert not [component for component in run.components if component.name == "boot-images"]


def test_it_has_a_component_of_its_own(item: Registration) -> None:
    assert "cnvlab:openshift:BootImages$" in item.urn


def test_its_provider_is_a_reference_that_every_state_can_still_follow(item: Registration) -> None:
    words = [argument for _, argument, _ in pickletools.genops(wire.pickled(item)) if isinstance(argument, str)]
    assert words == ["components.dynamic.boot_image_opt_out", "BootImageOptOutProvider"]


def test_a_creation_opts_out_and_keeps_that_it_is_done(item: Registration, calls: list[Any]) -> None:
    made = wire.provider(item).create(wire.wire(item.inputs))
    assert calls == [("opt_out", "4.22", STACK, item.inputs["labels"])]
    assert (made.id, made.outs) == (ID, {**item.inputs, "enrolment": OUT})


def test_a_second_up_changes_nothing(item: Registration) -> None:
    found = wire.diff(item, {**item.inputs, "enrolment": OUT}, enrolment=OUT)
    assert (found.changes, found.replaces) == (False, [])


def test_labels_that_do_not_enrol_it_are_no_change(item: Registration) -> None:
    """Other operators put theirs on a MachineSet as they like."""
    found = wire.diff(item, {**item.inputs, "enrolment": OUT}, enrolment=OUT, labels={"theirs": "new"})
    assert not found.changes


def test_one_that_somebody_enrolled_again_is_taken_out_again(item: Registration, calls: list[Any]) -> None:
    """Preflight tells: no refresh is needed."""
    olds = {**item.inputs, "enrolment": OUT}
    found = wire.diff(item, olds, enrolment="to be taken out: mode All enrols it")
    assert (found.changes, found.replaces) == (True, [])
    outs = wire.provider(item).update(ID, wire.wire(olds), wire.wire(item.inputs)).outs
    assert calls[0][0] == "opt_out"
    assert outs == olds


def test_a_release_that_manages_boot_images_differently_is_another_state(item: Registration) -> None:
    """A refresh judges by the one in the state."""
    assert wire.diff(item, {**item.inputs, "enrolment": OUT, "release": "4.20"}, enrolment=OUT).changes


def test_another_stacks_exception_is_made_before_the_old_one_goes(item: Registration) -> None:
    """The MachineSet's label changes in between."""
    found = wire.diff(item, {**item.inputs, "enrolment": OUT, "stack": "cnv-lab.old"}, enrolment=OUT)
    assert found.replaces == ["stack"]
    assert not found.delete_before_replace


def test_a_destroy_takes_just_this_stacks_exception_back(item: Registration, calls: list[Any]) -> None:
    wire.provider(item).delete(ID, wire.wire(item.inputs))
    assert calls == [("opt_in", STACK)]


@pytest.mark.parametrize(
    ("mode", "expected"), [("None", ID), ("All", "")], ids=["still out: still there", "enrolled again: gone"]
)
def test_a_refresh_reads_whether_it_holds(
    monkeypatch: pytest.MonkeyPatch, item: Registration, mode: str, expected: str
) -> None:
    entry = {"resource": "machinesets", "apiGroup": "machine.openshift.io", "selection": {"mode": mode}}
    live = {
        "kind": "MachineConfiguration",
        "metadata": {"name": "cluster"},
        "spec": {"managedBootImages": {"machineManagers": [entry]}},
    }
    monkeypatch.setattr(ACCESS, "cluster", lambda: nullcontext(wire.LiveCluster(objects=[live])))
    found = wire.provider(item).read(ID, wire.wire({**item.inputs, "enrolment": OUT}))
    assert found.id == expected
    assert found.outs == ({**item.inputs, "enrolment": OUT} if expected else {})
