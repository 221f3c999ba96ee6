"""The -cnv template, as it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.components import fixtures, programs
from tests.components.run import MACHINE_SET, PORT_GROUP, TEMPLATE

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Run


def test_it_is_asked_for_as_the_stack_file_says_and_by_nothing_else(run: Run) -> None:
    """What else came along would be in the state: no login, no id of a run."""
    assert run.one(TEMPLATE).inputs == {
        "stack": "cnv-lab.lab",
        "label": "template",
        "server": "vcenter.lab.bewley.net",
        "name": "hub-7vxwj-rhcos-cnv",
        "source": "hub-7vxwj-rhcos",
        "sourceIdentity": fixtures.IDENTITY,
        "datacenter": "Garden",
        "folder": "/Garden/vm/hub-7vxwj",
        "datastore": "VMData-HD",
        "resourcePool": "/Garden/host/Goat/Resources",
        "nestedVirtualization": True,
        "performanceCounters": True,
        "iommu": True,
        "trunkNic": "Trunk",
        "condition": "as made",
    }


def test_each_feature_is_the_stack_files(engine: Engine) -> None:
    """One by one: two that were mixed up would be seen in no lab that sets all of them alike."""
    wanted = {"nestedVirtualization": True, "performanceCounters": False, "iommu": True, "trunkNic": False}
    inputs = engine.run(programs.chain(fixtures.lab(template=wanted))).one(TEMPLATE).inputs
    assert inputs["nestedVirtualization"] is True
    assert inputs["performanceCounters"] is False
    assert inputs["iommu"] is True
    assert inputs["trunkNic"] == "", "no port group, no second NIC"


def test_its_second_nic_is_on_the_port_group_that_is_made(engine: Engine) -> None:
    run = engine.run(programs.chain(fixtures.lab(trunk={"portGroup": "Everything"})))
    assert run.one(TEMPLATE).inputs["trunkNic"] == "Everything"
    assert {item.inputs["name"] for item in run.of(PORT_GROUP)} == {"Everything"}


def test_the_machines_are_cloned_from_it(run: Run) -> None:
    """The Machine API finds it by name in the folder of its workspace."""
    template = run.one(TEMPLATE).inputs
    machine = run.one(MACHINE_SET).inputs["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert (machine["workspace"]["folder"], machine["template"]) == (template["folder"], template["name"])
