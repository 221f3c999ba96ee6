"""Each resource that the program can ask for has its place in a pull request's comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab.report.chapters import KINDS
from tests.components import fixtures
from tests.components.programs import chain

if TYPE_CHECKING:
    from tests.components.recorder import Engine

DISTRIBUTED = {"switch": {"kind": "distributed", "name": "DSwitch"}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"trunk": DISTRIBUTED},
        {"operators": {"mode": "manage"}},
        {"template": {"bootImages": "optOut"}},
        {"hypervisors": {"antiAffinity": True}},
        {"cluster": {"openshift": "4.20"}, "nodeNetwork": {"bridging": "ovn-localnet", "attachments": "cudn"}},
        {"exampleVm": {"vlan": 1928, "namespace": "provisioning"}},
    ],
    ids=str,
)
def test_no_resource_is_told_as_one_that_nobody_knows(engine: Engine, changes: dict[str, Any]) -> None:
    run = engine.run(chain(fixtures.lab(**changes)))
    assert {item.type for item in run if not item.is_component} <= set(KINDS)
