"""Why a Ready node has no /dev/kvm: what vCenter says of its VM and its template decides."""

from __future__ import annotations

from typing import Any

import pytest

from lab.readiness import ANEW, Failed, Origin, Verdict, Waiting, hypervisors, machines_without_kvm
from tests.unit.machines import facts, machine, node, nodes, running

TEMPLATE = "/Garden/vm/hub/rhcos-cnv"
TOLD = "node m-1 is Ready and has no /dev/kvm (devices.kubevirt.io/kvm is 0): no VM can start there"


def verdict(**changes: Any) -> Verdict:
    """On a node without KVM whose VM and template are right, but for these changes."""
    said = {"template": TEMPLATE, "template_nested": True, "template_marked": True, "vm_nested": True}
    origin = Origin(**{**said, **changes})
    return hypervisors(facts([running()], nodes(node(kvm="0")), origins={"m-1": origin}), 1)


def failed(**changes: Any) -> Failed:
    found = verdict(**changes)
    assert isinstance(found, Failed)
    assert found.message.startswith(TOLD)
    assert found.remedy.endswith(f"{ANEW} m-1"), "a VM keeps the flag that it was made with"
    return found


def test_a_template_that_lost_its_flag_is_named_with_the_flag_and_mended_by_up() -> None:
    found = failed(template_nested=False, vm_nested=False)
    assert f"Template {TEMPLATE} has lost nested virtualization (nestedHVEnabled is false)" in found.message
    assert found.remedy.startswith("`pulumi up --refresh` makes it right again")


def test_a_template_that_something_else_replaced_is_told_apart() -> None:
    found = failed(template_nested=False, template_marked=False, vm_nested=False)
    assert f"{TEMPLATE} is not the template that this program made" in found.message
    assert "boot-image management" in found.message
    assert found.remedy.startswith("docs/boot-images.md")


def test_a_template_that_is_gone_is_told() -> None:
    found = failed(template_nested=None, template_marked=False, vm_nested=False)
    assert f"Its template {TEMPLATE} is not in vCenter any more" in found.message


@pytest.mark.parametrize("marked", [True, False])
def test_a_machine_made_before_the_template_was_mended_is_to_be_made_anew(marked: bool) -> None:  # noqa: FBT001
    found = failed(template_marked=marked, vm_nested=False)
    assert f"Template {TEMPLATE} has nested virtualization, and the VM has not: Machine m-1" in found.message
    assert found.remedy.startswith("The template is right by now: delete the Machine")


def test_where_both_have_the_flag_virt_handler_may_still_be_starting() -> None:
    found = verdict()
    assert isinstance(found, Waiting)
    assert found.message.startswith(f"{TOLD}, though its VM and template {TEMPLATE} have nested virtualization")
    assert "virt-handler is starting there, or the CPU of the ESXi host cannot virtualize" in found.message


def test_without_vcenters_word_both_causes_are_told() -> None:
    unasked = hypervisors(facts([running()], nodes(node(kvm="0"))), 1)
    assert unasked == failed(vm_nested=None), "nor where vCenter has no such VM"
    assert isinstance(unasked, Failed)
    assert unasked.message == TOLD
    assert "template still has nested virtualization" in unasked.remedy
    assert "ESXi host supports it" in unasked.remedy


def test_vcenter_is_asked_about_ready_nodes_without_kvm_only() -> None:
    there = nodes(
        node("well"),
        node("silent", kvm=None),
        node("down", ready="False", kvm="0"),
        node("gone", kvm="0"),
        node(kvm="0"),
    )
    machines = [running("well"), running("silent"), running("down"), running("gone", leaving=True), machine("new")]
    assert machines_without_kvm(facts(machines, there)) == []
    assert machines_without_kvm(facts([*machines, running()], there)) == [running()]
