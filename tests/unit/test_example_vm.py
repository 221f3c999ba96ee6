"""The example VM: what its section may say, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from clients import checks
from clients.cluster import namespaces
from lab import manifests, settings
from tests.components.wire import LiveCluster
from tests.unit import facts

HERE = {"vlan": 1928, "namespace": "blue"}


def vm(**keys: Any) -> dict[str, Any]:
    found = manifests.example_vm(facts.lab(exampleVm={**HERE, **keys}))
    assert found is not None
    return found


def card(**keys: Any) -> dict[str, Any]:
    """Its network card as cloud-init is told of it."""
    cloud_init = vm(**keys)["spec"]["template"]["spec"]["volumes"][1]["cloudInitNoCloud"]
    told: dict[str, Any] = yaml.safe_load(cloud_init["networkData"])
    assert told["version"] == 2
    (found,) = told["ethernets"].values()
    return dict(found)


def mistakes(**keys: Any) -> list[str]:
    raw = {**facts.SECTIONS, "exampleVm": {**HERE, **keys}}
    with pytest.raises(settings.SettingsError) as error:
        settings.parse(raw, where=facts.WHERE)
    return [mistake.key.removeprefix("cnv-lab:exampleVm.") for mistake in error.value.mistakes]


def test_without_its_section_there_is_none() -> None:
    assert manifests.example_vm(facts.lab()) is None
    assert not [item for item in manifests.in_apply_order(facts.lab()) if item["kind"] == "VirtualMachine"]


def test_it_is_on_the_vlan_by_a_bridge_and_on_no_other_network() -> None:
    spec = vm()["spec"]["template"]["spec"]
    assert spec["networks"] == [{"name": "vlan-1928", "multus": {"networkName": "blue/vlan-1928"}}]
    (interface,) = spec["domain"]["devices"]["interfaces"]
    assert interface["name"] == "vlan-1928"
    assert interface["bridge"] == {}


def test_cloud_init_finds_the_card_by_the_address_that_the_vm_has() -> None:
    (interface,) = vm()["spec"]["template"]["spec"]["domain"]["devices"]["interfaces"]
    assert card()["match"] == {"macaddress": interface["macAddress"]}
    assert interface["macAddress"].startswith("02:"), "locally administered, unicast"
    others = vm(name="other")["spec"]["template"]["spec"]["domain"]["devices"]["interfaces"]
    assert others[0]["macAddress"] != interface["macAddress"]


def test_an_address_is_asked_for_or_given() -> None:
    assert card()["dhcp4"] is True
    static = card(address="192.168.28.10/24", gateway="192.168.28.1")
    assert static["addresses"] == ["192.168.28.10/24"]
    assert static["routes"] == [{"to": "0.0.0.0/0", "via": "192.168.28.1"}]
    assert "dhcp4" not in static
    assert "routes" not in card(address="192.168.28.10/24")


def test_a_key_lets_its_owner_in() -> None:
    volumes = vm(sshKey="ssh-ed25519 AAAA me")["spec"]["template"]["spec"]["volumes"]
    text = volumes[1]["cloudInitNoCloud"]["userData"]
    assert text.startswith("#cloud-config\n")
    assert yaml.safe_load(text)["ssh_authorized_keys"] == ["ssh-ed25519 AAAA me"]


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ({"vlan": 1999}, "vlan"),
        ({"namespace": "red"}, "namespace"),
        ({"address": "192.168.28.10"}, "address"),
        ({"address": "192.168.28.0/24"}, "address"),
        ({"address": "here"}, "address"),
        ({"gateway": "192.168.28.1"}, "gateway"),
        ({"address": "192.168.28.10/24", "gateway": "192.168.29.1"}, "gateway"),
        ({"address": "192.168.28.10/24", "gateway": "x"}, "gateway"),
        ({"name": "Example"}, "name"),
    ],
)
def test_what_could_not_work_is_refused(keys: dict[str, Any], wrong: str) -> None:
    assert mistakes(**keys) == [wrong]


def test_a_vm_of_that_name_that_is_somebody_elses_is_told() -> None:
    lab, there = (
        facts.lab(exampleVm=HERE),
        facts.cluster(virtual_machines={("blue", "example"): {"metadata": {"name": "example"}}}),
    )
    (line,) = checks.objects(lab, there, set())
    assert line.startswith("VirtualMachine example in namespace blue is there already")
    assert checks.objects(lab, there, {("VirtualMachine", "blue", "example")}) == []


def test_our_own_vm_is_no_user_that_a_vlan_cannot_leave_from_under() -> None:
    """It leaves with the VLAN; a VM of somebody's on the same network still counts."""
    theirs = {**vm(name="theirs"), "metadata": {"name": "theirs", "namespace": "blue"}}
    attachment = ("blue", "vlan-1928")
    for machines, expected in (([vm()], 0), ([vm(), theirs], 1)):
        found = namespaces.users(LiveCluster(objects=machines), [attachment])  # type: ignore[arg-type]
        assert len(found[attachment]) == expected
