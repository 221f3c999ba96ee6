"""The trunk's port group: on every host, for every VLAN, open to nested VMs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_vsphere as vsphere
import pytest

from clients.vcenter.inventory import Host
from components.trunk_port_group import TrunkPortGroup, TrunkPortGroupArgs
from tests.components import fixtures
from tests.components.run import PORT_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.components.recorder import Engine
    from tests.components.run import Run


def test_every_host_gets_the_port_group_of_the_same_exact_name(run: Run) -> None:
    """A VM may land on any host, and a Machine looks its network up by name, case and all."""
    made = [(item.inputs["hostSystemId"], item.inputs["name"]) for item in run.of(PORT_GROUP)]
    assert made == [("host-21", "Trunk"), ("host-22", "Trunk")]


def test_it_is_made_on_the_switch_of_the_stack_file(engine: Engine) -> None:
    run = engine.run(lambda: trunk(fixtures.hosts(), switch="vSwitch7"))
    assert {item.inputs["virtualSwitchName"] for item in run.of(PORT_GROUP)} == {"vSwitch7"}


def test_it_hands_every_tag_to_the_guest(run: Run) -> None:
    """4095 is a standard switch's word for a trunk (KB 1003806)."""
    assert {item.inputs["vlanId"] for item in run.of(PORT_GROUP)} == {4095}


@pytest.mark.parametrize("setting", ["allowPromiscuous", "allowForgedTransmits", "allowMacChanges"])
def test_it_lets_nested_vms_talk(run: Run, setting: str) -> None:
    """The provider writes False where a setting is left out, whatever the switch says."""
    for item in run.of(PORT_GROUP):
        assert item.inputs[setting] is True, item.name


def test_the_old_one_goes_before_its_replacement_comes(run: Run) -> None:
    """A host takes one port group of a name."""
    for item in run.of(PORT_GROUP):
        assert item.request.deleteBeforeReplace, item.name


def test_a_host_that_joins_leaves_the_others_port_groups_alone(engine: Engine) -> None:
    """Numbered by place in a list, each would be taken for its neighbour's and made anew, VMs on it or not."""
    joined = Host(name="goat-0.lab.bewley.net", moid="host-20", connected=True, switches=("vSwitch0",), port_groups=())
    before = placed(engine.run(lambda: trunk(fixtures.hosts())))
    after = placed(engine.run(lambda: trunk((joined, *fixtures.hosts()))))
    assert len(before) == len(fixtures.HOST_NAMES)
    assert after.items() > before.items()


def trunk(hosts: Sequence[Host], switch: str = "vSwitch0") -> None:
    options = pulumi.ResourceOptions(providers=[vsphere.Provider("vcenter")])
    TrunkPortGroup("trunk", TrunkPortGroupArgs(name="Trunk", switch=switch, hosts=hosts), options)


def placed(run: Run) -> dict[str, str]:
    """Which host each port group is on, by URN."""
    return {item.urn: item.inputs["hostSystemId"] for item in run.of(PORT_GROUP)}
