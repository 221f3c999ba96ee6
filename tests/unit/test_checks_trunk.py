"""Preflight on the trunk: one to be made, one that exists, and one that moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients.checks import trunk
from clients.checks.trunk import Ours
from clients.vcenter.distributed import Group, Settings, Switch
from clients.vcenter.inventory import Host, PortGroup
from lab.trunk import ALL, MAC_LEARNING, PROMISCUOUS, SECURITY, Security
from tests.unit import facts

if TYPE_CHECKING:
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab

HOSTS = frozenset({"moid-goat-1", "moid-goat-2"})
VDS = Switch(name="VDS", moid="dvs-1", uuid="uuid-1", version=(8, 0, 0), hosts=HOSTS)
OURS = Ours(distributed=frozenset({("uuid-1", "Trunk")}))
SHUT = Security(promiscuous=False, forged_transmits=False, mac_changes=False, mac_learning=False)


def lab(**words: Any) -> Lab:
    return facts.lab(trunk={"switch": {"kind": "distributed", "name": "VDS"}, **words})


def group(
    ranges: Any = ALL, security: Security = SECURITY[MAC_LEARNING], *, nsx: bool = False, switch: str = "dvs-1"
) -> Group:
    settings = Settings(ranges=ranges, security=security)
    return Group(name="Trunk", moid="dvportgroup-9", switch=switch, settings=settings, is_nsx=nsx)


def there(*groups: Group, **changes: Any) -> Inventory:
    networks = ("machines", *(item.name for item in groups), *changes.pop("others", ()))
    return facts.inventory(**{"switches": (VDS,), "trunks": groups, "networks": networks, **changes})


def lines(wanted: Lab, found: Inventory, ours: Ours | None = None, users: Any = None) -> list[str]:
    return trunk.check(wanted, found, ours or Ours(), users or {})


def test_a_free_name_on_a_switch_with_every_host_is_fine() -> None:
    assert lines(lab(), there()) == []


def test_the_stacks_own_port_group_is_in_nobodys_way() -> None:
    assert lines(lab(), there(group()), OURS) == []


@pytest.mark.parametrize(
    ("found", "ours", "words"),
    [
        (there(switches=()), Ours(), "are on no distributed switch VDS"),
        (there(switches=(replace(VDS, hosts=frozenset({"moid-goat-1"})),)), Ours(), "does not have goat-2 of cluster"),
        (there(switches=(replace(VDS, version=(6, 5, 0)),)), Ours(), "is of version 6.5.0; the settings"),
        (there(group()), Ours(), "is there already on VDS, and not by this stack"),
        (there(), OURS, "gone from VDS: somebody removed it. `make recover STACK=t`"),
        (there(others=("Trunk",)), Ours(), "has another network Trunk"),
        (there(group(), others=("Trunk",)), OURS, "has another network Trunk"),
        (there(group(switch="dvs-2")), Ours(), "has another network Trunk"),
    ],
)
def test_what_keeps_a_port_group_from_being_made_is_one_line(found: Inventory, ours: Ours, words: str) -> None:
    (line,) = lines(lab(), found, ours)
    assert words in line


@pytest.mark.parametrize("version", [(6, 6, 0), (7, 0, 3)])
def test_a_switch_from_66_on_learns_addresses(version: tuple[int, ...]) -> None:
    assert lines(lab(), there(switches=(replace(VDS, version=version),))) == []


@pytest.mark.parametrize(
    ("security", "found"),
    [
        (None, group()),
        (None, group(security=SECURITY[PROMISCUOUS])),
        (None, group(ranges=((1928, 1928),))),
        ("macLearning", group()),
        ("promiscuous", group(security=SECURITY[PROMISCUOUS])),
    ],
)
def test_an_existing_port_group_that_does_what_the_lab_needs_is_fine(security: str | None, found: Group) -> None:
    assert lines(lab(ownership="existing", security=security), there(found)) == []


@pytest.mark.parametrize(
    ("security", "groups", "words"),
    [
        (None, [], "distributed switch VDS has no port group Trunk, and the stack file says that it exists"),
        (None, [group(switch="dvs-2")], "distributed switch VDS has no port group Trunk"),
        (None, [group(nsx=True)], "is a segment of NSX"),
        (None, [group(ranges=None)], "is no trunk: it carries one VLAN"),
        (None, [group(ranges=((1, 1927),))], "does not carry VLAN 1928; it carries 1-1927"),
        (None, [group(security=SHUT)], "it rejects forged transmits"),
        (None, [group(security=replace(SHUT, forged_transmits=True))], "neither learns MAC addresses nor is promisc"),
        ("macLearning", [group(security=SECURITY[PROMISCUOUS])], "it does not learn MAC addresses, as cnv-lab:trunk."),
        ("promiscuous", [group()], "it is not promiscuous, as cnv-lab:trunk.security says"),
    ],
)
def test_what_an_existing_port_group_lacks_is_one_line(security: str | None, groups: list[Group], words: str) -> None:
    (line,) = lines(lab(ownership="existing", security=security), there(*groups))
    assert words in line


def test_a_network_that_only_nsx_has_is_refused_as_its() -> None:
    found = there(others=("Trunk",), opaque=frozenset({"Trunk"}))
    (line,) = lines(lab(ownership="existing"), found)
    assert "is a segment of NSX" in line


def on_a_host(name: str, vlan: int = 4095, *, opened: bool = True) -> Host:
    there = PortGroup(name="Trunk", vlan=vlan, switch="vSwitch0", promiscuous=opened, forged_transmits=opened)
    return replace(facts.host(name), port_groups=(there,))


def test_an_existing_standard_port_group_is_looked_at_on_each_host() -> None:
    found = facts.inventory(
        hosts=(on_a_host("a"), facts.host("b"), on_a_host("c", vlan=7), on_a_host("d", opened=False)),
        networks=("machines", "Trunk"),
    )
    missing, one_vlan, shut = lines(facts.lab(trunk={"ownership": "existing"}), found)
    assert missing.startswith("host b has no port group Trunk")
    assert "on host c has VLAN 7; a trunk has 4095" in one_vlan
    assert "on host d does not let nested VMs' frames through" in shut


def test_a_standard_port_group_is_not_made_beside_a_distributed_one_of_its_name() -> None:
    (line,) = lines(facts.lab(), there(group()))
    assert "has another network Trunk, beside the standard port group of that name" in line


@pytest.mark.parametrize(
    ("wanted", "ours", "names"),
    [
        (lab(), OURS, set()),
        (lab(), Ours(standard={("host-1", "Trunk")}), {"Trunk"}),
        (lab(portGroup="New"), OURS, {"Trunk"}),
        (lab(), Ours(distributed={("another", "Trunk")}), {"Trunk"}),
        (lab(ownership="existing"), OURS, {"Trunk"}),
        (facts.lab(), OURS, {"Trunk"}),
        (facts.lab(), Ours(standard={("host-1", "Trunk"), ("host-gone", "Trunk")}), set()),
        (facts.lab(trunk={"portGroup": "New"}), Ours(standard={("host-1", "Trunk")}), {"Trunk"}),
        (facts.lab(trunk={"ownership": "existing"}), Ours(standard={("host-1", "Trunk")}), {"Trunk"}),
    ],
)
def test_the_port_groups_that_a_run_would_delete_are_known_before(wanted: Lab, ours: Ours, names: set[str]) -> None:
    assert trunk.leaving(wanted, there(), ours) == names


@pytest.mark.parametrize(
    ("wanted", "users", "words"),
    [
        (lab(portGroup="New"), {"Trunk": ["hub-cnv-1", "rhcos-cnv"]}, "and on it are hub-cnv-1: neither it nor"),
        (lab(), {"Trunk": []}, "on another switch, which it leaves last"),
        (lab(ownership="existing"), {"Trunk": []}, "with ownership: existing this run would delete it"),
    ],
)
def test_a_trunk_that_cannot_move_yet_says_why(wanted: Lab, users: Any, words: str) -> None:
    (line,) = lines(wanted, there(), OURS, users)
    assert words in line


def test_a_trunk_with_nothing_but_the_template_on_it_moves() -> None:
    users = {"Trunk": ["rhcos-cnv", "rhcos-cnv.new", "rhcos-cnv.old"]}
    assert lines(lab(portGroup="New"), there(), OURS, users) == []
