"""The trunk on a distributed switch: VLANs, MAC learning, and port groups that somebody else owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.plays import play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

LEARNS = {"promiscuous": False, "forged transmits": True, "MAC changes": True, "learns": True, "limit": 4096}
SWITCH = {"kind": "distributed", "name": "Garden-VDS"}


def on_the_distributed_switch(config: dict[str, Any]) -> None:
    """The post's lab, but for its switch."""
    config["trunk"] = {"portGroup": "Trunk", "switch": SWITCH}
    config["hypervisors"]["replicas"] = 1


def before_the_move(config: dict[str, Any]) -> None:
    """A trunk on the hosts' own switches, with no hypervisor on it."""
    config["trunk"]["portGroup"] = "Trunk-0"
    config["hypervisors"]["replicas"] = 0


@pytest.fixture(scope="module", autouse=True)
def _stands(lab: Lab) -> None:
    """One lab for all tests here, which came from a standard switch; each leaves it as it was."""
    lab.edit(before_the_move)
    lab.up().succeeded()
    lab.edit(on_the_distributed_switch)
    lab.up().succeeded()


def test_the_port_group_carries_the_stacks_vlans_and_learns_addresses(vcenter: VCenter) -> None:
    assert vcenter.trunk("Trunk") == {"vlans": [(1925, 1928)], **LEARNS}


def test_a_second_run_has_nothing_to_do_and_a_refresh_finds_nothing(lab: Lab) -> None:
    """The provider computes the uplinks anew, and would show them as a change for ever."""
    lab.preview("--expect-no-changes").succeeded()
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_hypervisors_and_the_templates_second_card_are_on_it(lab: Lab, vcenter: VCenter) -> None:
    (node,) = lab.outputs()["nodes"]
    for name in (node, "hub-7vxwj-rhcos-cnv"):
        assert vcenter.cards(vcenter.vm(name)) == ["lab-192-168-4-0-b24", "Trunk"]


def test_the_port_groups_that_the_trunk_moved_away_from_are_gone(vcenter: VCenter) -> None:
    assert not vcenter.port_groups("Trunk-0")
    assert not vcenter.port_groups("Trunk")


def test_a_vlan_more_and_one_less_are_carried_without_a_refresh_and_the_learning_stays(
    lab: Lab, vcenter: VCenter, cluster: Cluster
) -> None:
    """Between two runs vCenter itself has changed the port group, as for a VM that takes its last free port."""
    vcenter.touch_trunk("Trunk")

    def change(config: dict[str, Any]) -> None:
        config["vlans"] = [{"id": 7, "name": "seven"}, *config["vlans"][:1], *config["vlans"][2:]]

    lab.edit(change)
    lab.up().succeeded()
    assert vcenter.trunk("Trunk") == {"vlans": [(7, 7), (1925, 1925), (1927, 1928)], **LEARNS}
    (node,) = lab.outputs()["nodes"]
    assert "br-7" in cluster.interfaces(node)


def test_settings_that_somebody_changed_are_seen_and_put_back(lab: Lab, vcenter: VCenter) -> None:
    before = vcenter.trunk("Trunk")
    play(lab, "port-group", "Trunk", "--promiscuous", "--vlans", "1-4094")
    assert vcenter.trunk("Trunk")["learns"] is False
    assert lab.planned("--refresh") == {"trunk-settings": "update"}
    lab.up("--refresh").succeeded()
    assert vcenter.trunk("Trunk") == before


def test_promiscuous_mode_comes_when_it_is_asked_for_and_goes_again(lab: Lab, vcenter: VCenter) -> None:
    def ask(**words: str) -> None:
        lab.edit(lambda config: config.update(trunk={"portGroup": "Trunk", "switch": SWITCH, **words}))
        lab.up("--target", "**trunk-settings").succeeded()

    before = vcenter.trunk("Trunk")
    ask(security="promiscuous", vlans="all")
    assert vcenter.trunk("Trunk") == {
        **LEARNS,
        "vlans": [(1, 4094)],
        "promiscuous": True,
        "learns": False,
    }
    ask()
    assert vcenter.trunk("Trunk") == before


def test_a_trunk_does_not_move_away_under_its_hypervisors(lab: Lab) -> None:
    (node,) = lab.outputs()["nodes"]
    lab.edit(lambda config: config.update(trunk={"portGroup": "Trunk-2", "switch": {"kind": "standard"}}))
    told = lab.preview().refused()
    lab.edit(on_the_distributed_switch)
    assert f"on it are {node}" in told, told
    assert "hub-7vxwj-rhcos-cnv" not in told, "the template's card moves by itself"


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Lab:
    """Another stack in the same place, with names of its own and one VLAN."""

    def change(config: dict[str, Any]) -> None:
        on_the_distributed_switch(config)
        config["template"]["name"] = "hub-7vxwj-rhcos-guest"
        config["hypervisors"]["name"] = "hub-7vxwj-guest"
        config["nodeNetwork"]["name"] = "guest"
        config["namespaces"], config["vlans"] = [], [{"id": 1928, "name": "provisioning"}]

    return lab.second("guest", change)


@pytest.mark.parametrize(
    ("group", "options", "words"),
    [
        ("Segment", ["--nsx", "--mac-learning"], "port group Segment is a segment of NSX"),
        ("Narrow", ["--vlans", "1-1927", "--mac-learning"], "does not carry VLAN 1928; it carries 1-1927"),
        ("Shut", [], "does not let nested VMs' frames through: it rejects forged transmits"),
    ],
)
def test_an_existing_port_group_that_would_not_do_is_refused(
    lab: Lab, guest: Lab, group: str, options: list[str], words: str
) -> None:
    play(lab, "port-group", group, *options)
    guest.edit(lambda config: config["trunk"].update(portGroup=group, ownership="existing"))
    assert words in guest.preview().refused()


def test_another_stacks_port_group_says_itself_whose_it_is(guest: Lab) -> None:
    guest.edit(lambda config: config["trunk"].update(portGroup="Trunk", ownership="manage"))
    told = guest.preview().refused()
    assert "on Garden-VDS, and not by this stack (cnv-lab.guest) but by stack cnv-lab.sandbox. Choose another" in told


def test_a_lab_on_a_trunk_that_exists_comes_and_goes_and_leaves_it_as_it_was(guest: Lab, vcenter: VCenter) -> None:
    """Also while somebody else's VM is on it: the first lab's hypervisor."""
    before = vcenter.trunk("Trunk")
    guest.edit(lambda config: config["trunk"].update(portGroup="Trunk", ownership="existing"))
    guest.up().succeeded()
    (node,) = guest.outputs()["nodes"]
    assert vcenter.cards(vcenter.vm(node)) == ["lab-192-168-4-0-b24", "Trunk"]
    guest.preview("--refresh", "--expect-no-changes").succeeded()
    guest.destroy().succeeded()
    assert vcenter.trunk("Trunk") == before


def test_a_host_that_is_not_on_the_switch_is_named(lab: Lab) -> None:
    play(lab, "add-host")
    assert "distributed switch Garden-VDS does not have goat-3.lab.bewley.net" in lab.preview().refused()


def test_the_port_group_goes_with_the_lab(lab: Lab, vcenter: VCenter) -> None:
    lab.destroy().succeeded()
    assert vcenter.trunk("Trunk") == {}
    assert not lab.resources()
