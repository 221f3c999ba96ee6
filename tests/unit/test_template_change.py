"""A clone that goes wrong leaves nothing of ours, and touches nothing of anybody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import template_change
from clients.vcenter.template import TemplateSpec
from lab.marker import Marker
from tests.unit import facts

if TYPE_CHECKING:
    from lab.template import Copy

SPEC = TemplateSpec(
    name="rhcos-cnv",
    source="rhcos",
    identity="RHCOS 9.6.1 (uuid-1)",
    datacenter="Garden",
    folder=facts.FOLDER,
    datastore="Fast",
    resource_pool=facts.POOL,
    features=facts.FEATURES,
)
MARK = Marker(id="id-1", stack=facts.STACK, name="template", source="")
FULL = vim.fault.NoDiskSpace(datastore="Fast")


class VCenter:
    """One whose clone ends like this, and what it leaves at the path."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ends: Exception | None, left: Copy | None) -> None:
        self.destroyed: list[str] = []
        self._ends = ends
        change = "clients.vcenter.template_change"
        monkeypatch.setattr(f"{change}.inventory.find_vm", lambda *_: self)
        monkeypatch.setattr(f"{change}.inventory.describe", lambda *_: facts.vm())
        monkeypatch.setattr(f"{change}.templates.look", lambda *_: left)
        monkeypatch.setattr(f"{change}.destroy", lambda _, path: self.destroyed.append(path))

    def find(self, path: str) -> Any:
        """A folder, pool or datastore: whatever is there, by a reference."""
        kind = {"host": vim.ResourcePool, "datastore": vim.Datastore}.get(path.split("/")[2], vim.Folder)
        return kind("object-1")

    def read(self, *_: Any) -> dict[str, Any]:
        """Nothing more is known about the fault."""
        return {}

    def CloneVM_Task(self, _folder: Any, _name: str, _spec: Any) -> None:  # noqa: N802, vSphere's name for it
        if self._ends is not None:
            raise self._ends


def clone(vcenter: Any, spec: TemplateSpec = SPEC) -> None:
    template_change.clone(vcenter, spec, spec.path, MARK)


def test_half_a_clone_that_carries_our_mark_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    vcenter = VCenter(monkeypatch, FULL, facts.copy(is_template=False))
    with pytest.raises(LabError, match="datastore Fast is full"):
        clone(vcenter)
    assert vcenter.destroyed == [SPEC.path]


@pytest.mark.parametrize(
    "left", [None, facts.copy(None), facts.copy("cnv-lab.other"), facts.copy(source="uuid-0")], ids=str
)
def test_what_a_failed_clone_did_not_make_stays(monkeypatch: pytest.MonkeyPatch, left: Copy | None) -> None:
    vcenter = VCenter(monkeypatch, FULL, left)
    with pytest.raises(LabError, match="datastore Fast is full"):
        clone(vcenter)
    assert vcenter.destroyed == []


def test_a_name_that_was_taken_meanwhile_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the clone of a run that died, which vCenter has just finished: with our mark, and whole."""
    vcenter = VCenter(monkeypatch, vim.fault.DuplicateName(name="rhcos-cnv"), facts.copy())
    clone(vcenter)
    assert vcenter.destroyed == []


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (facts.copy(features=replace(facts.FEATURES, nested_virtualization=False)), "nested virtualization off"),
        (facts.copy(datastore="Slow"), "it is on datastore Slow"),
    ],
)
def test_a_clone_that_is_not_as_it_was_asked_for_is_removed_again(
    monkeypatch: pytest.MonkeyPatch, made: Copy, told: str
) -> None:
    vcenter = VCenter(monkeypatch, None, made)
    with pytest.raises(LabError, match=told):
        clone(vcenter)
    assert vcenter.destroyed == [SPEC.path]


def test_a_source_that_changed_since_preflight_is_not_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy would be taken for one of the RHCOS that the preview showed."""
    vcenter = VCenter(monkeypatch, vmodl.RuntimeFault(), None)
    with pytest.raises(LabError, match=r"it was RHCOS 9\.6\.0 .* a moment ago"):
        clone(vcenter, replace(SPEC, identity="RHCOS 9.6.0 (uuid-0)"))


def test_a_datastore_may_be_written_with_its_folder() -> None:
    assert template_change.holds(replace(SPEC, datastore="ssd/Fast"), "Fast")
    assert not template_change.holds(SPEC, "Slow")
