"""Names that the chain's parts find each other by, and which release calls them what."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lab import names, releases
from lab.sections import DNS_LABEL


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/Garden/vm/hub/rhcos", "rhcos"),
        ("/Garden/vm/hub/rhcos/", "rhcos"),
        ("rhcos", "rhcos"),
        ("", ""),
        ("/", ""),
    ],
)
def test_a_base_name_is_the_last_part_of_a_path(path: str, name: str) -> None:
    assert names.base_name(path) == name


def test_a_nic_of_ten_characters_has_room_for_every_vlan() -> None:
    """The refusal of longer ones promises that."""
    assert len(names.vlan_interface("n" * 10, names.VLAN_ID_MAX)) == names.INTERFACE_NAME_MAX


@pytest.mark.parametrize("vlan", [names.VLAN_ID_MIN, names.VLAN_ID_MAX])
def test_the_names_of_every_vlan_are_taken_by_linux_and_kubernetes(vlan: int) -> None:
    assert len(names.bridge(vlan)) <= names.INTERFACE_NAME_MAX
    assert DNS_LABEL.match(names.attachment(vlan))


def test_a_machine_of_the_longest_machine_set_is_still_a_node_name() -> None:
    """A Machine is <MachineSet>-<5 characters>, and its node a DNS label."""
    assert len("m" * names.MACHINE_SET_NAME_MAX + "-abcde") == 63


@pytest.mark.parametrize(("release", "parts"), [("4.10", (4, 10)), ("4.20.3", (4, 20)), ("4.22.0-rc.1", (4, 22))])
def test_a_release_compares_by_its_numbers(release: str, parts: tuple[int, int]) -> None:
    assert releases.parts(release) == parts


def test_the_supported_releases_are_in_order_and_the_newest_is_the_last() -> None:
    """By text "4.10" would come before "4.9"."""
    assert list(releases.SUPPORTED) == sorted(releases.SUPPORTED, key=releases.parts)
    assert max(releases.SUPPORTED, key=releases.parts) == releases.NEWEST


@pytest.mark.parametrize(
    ("release", "plugin"), [("4.9", "cnv-bridge"), ("4.13", "cnv-bridge"), ("4.14", "bridge"), ("4.20.3", "bridge")]
)
def test_the_bridge_plugin_has_its_new_name_from_4_14_on(release: str, plugin: str) -> None:
    assert releases.bridge_plugin(release) == plugin


def test_our_clients_call_themselves_by_the_projects_name_and_version() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"{project['name']}/{project['version']}" == names.USER_AGENT
