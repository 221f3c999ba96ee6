"""The sandbox's user who may do no more than a lab needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import limited, project
from sandbox.errors import Refusal
from sandbox.instance import LIMITED_USER, Instance, Record

if TYPE_CHECKING:
    from pathlib import Path


def test_a_privilege_that_no_lab_needs_cannot_be_left_out(tmp_path: Path) -> None:
    """A slip of the pen would leave everything in."""
    with pytest.raises(Refusal, match=r"Datastore\.Allocate: no lab needs that"):
        limited.grant(Instance(name="lab", folder=tmp_path), Record(), ["Datastore.Allocate"])


def test_its_logins_are_its_own(tmp_path: Path) -> None:
    instance, record = Instance(name="lab", folder=tmp_path), Record()
    record.ports = {"vcenter": 1}
    usual, own = project.environment(instance, record), project.limited_environment(instance, record)
    assert own["VSPHERE_USER"] == LIMITED_USER
    assert all(usual[key] != value for key, value in own.items())
