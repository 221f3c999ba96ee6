"""What vCenter is asked about a Machine without KVM."""

from __future__ import annotations

from typing import Any

import pytest

from clients.vcenter import nesting
from lab import marker
from lab.marker import Marker
from lab.readiness import Origin
from tests.unit.machines import running

VM, TEMPLATE = "/Garden/vm/hub/m-1", "/Garden/vm/hub/rhcos-cnv"
MARK = marker.write(Marker(id="1", stack="cnv-lab.lab", name="template", source="502b"))


class VCenter:
    """VMs by path; what is unset is left out, as the property collector does."""

    def __init__(self, **vms: dict[str, Any]) -> None:
        self.vms = {VM: vms.get("vm"), TEMPLATE: vms.get("template")}

    def find(self, path: str) -> dict[str, Any] | None:
        return self.vms[path]

    def read(self, vm: dict[str, Any], *paths: str) -> dict[str, Any]:
        return {path: vm[path] for path in paths if path in vm}


def origin(machine: dict[str, Any] | None = None, **vms: dict[str, Any]) -> Origin:
    return nesting.origin(VCenter(**vms), machine or running())  # type: ignore[arg-type]


def test_the_flags_of_vm_and_template_and_our_mark_are_told() -> None:
    vm = {"config.nestedHVEnabled": True}
    template = {"config.nestedHVEnabled": True, "config.annotation": MARK}
    told = Origin(template=TEMPLATE, template_nested=True, template_marked=True, vm_nested=True)
    assert origin(vm=vm, template=template) == told


def test_a_flag_that_is_unset_is_none_and_a_note_is_no_mark() -> None:
    told = Origin(template=TEMPLATE, template_nested=False, template_marked=False, vm_nested=False)
    assert origin(vm={}, template={"config.annotation": "imported by the MCO"}) == told


def test_what_is_not_there_is_told_apart_from_what_has_no_flag() -> None:
    assert origin() == Origin(template=TEMPLATE, template_nested=None, template_marked=False, vm_nested=None)


@pytest.mark.parametrize("name", ["rhcos-cnv", TEMPLATE])
def test_a_template_may_be_named_or_given_by_its_path(name: str) -> None:
    machine = running()
    value = {**machine["spec"]["providerSpec"]["value"], "template": name}
    found = origin({**machine, "spec": {"providerSpec": {"value": value}}}, template={"config.nestedHVEnabled": True})
    assert (found.template, found.template_nested) == (TEMPLATE, True)
