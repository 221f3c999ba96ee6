"""What a stack file may say, and how it is told what it may not."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any

import pytest

from lab import settings
from lab.mistakes import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD: dict[str, Any] = {
    "cluster": {"infraId": "hub-7vxwj"},
    "vcenter": {"datacenter": "Garden", "folder": "/Garden/vm/hub-7vxwj"},
    "namespaces": [{"name": "provisioning"}],
    "vlans": [{"id": 1925, "name": "trans-proxy"}, {"id": 1928, "name": "pxe", "namespaces": ["provisioning"]}],
}


ROUTER = {"kind": "trunk", "name": "router"}


def told(change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of the good stack file after this change."""
    raw = copy.deepcopy(GOOD)
    change(raw)
    with pytest.raises(SettingsError) as error:
        settings.parse(raw, where="Pulumi.t.yaml")
    return str(error.value)


def section(name: str, /, **keys: Any) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw.setdefault(name, {}).update(keys)


def test_the_good_file_is_good() -> None:
    found = settings.parse(GOOD, where="Pulumi.t.yaml")
    assert found.node_network.nic == "ens224"
    assert [vlan.id for vlan in found.vlans] == [1925, 1928]


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        (lambda raw: raw["vlans"][0].update(id=0), "vlans[0].id 0", "1 to 4094"),
        (lambda raw: raw["vlans"][0].update(id=4095), "vlans[0].id 4095", "1 to 4094"),
        (lambda raw: raw["vlans"][0].update(id="1925"), 'vlans[0].id "1925"', "whole number"),
        (lambda raw: raw["vlans"][0].update(id=1928), "vlans[1].id 1928", "stands at vlans[0] already"),
        (lambda raw: raw["vlans"][1].update(namespaces=["x"]), 'namespaces[0] "x"', "not in cnv-lab:namespaces"),
        (lambda raw: raw["vlans"][0].update(kind="bond"), 'vlans[0].kind "bond"', "not known here"),
        (lambda raw: raw["vlans"].append({"kind": "trunk"}), "vlans[2].name", "is missing"),
        (lambda raw: raw["vlans"].append({"kind": "trunk", "name": "A b"}), "vlans[2].name", "lower-case"),
        (lambda raw: raw["vlans"].append({**ROUTER, "ids": [7]}), "vlans[2].ids[0] 7", "will not carry it"),
        (lambda raw: raw["vlans"].append({**ROUTER, "namespaces": ["x"]}), "vlans[2].namespaces[0]", "not in cnv-lab"),
        (lambda raw: raw["vlans"].extend([ROUTER, ROUTER]), "vlans[3].name", "at vlans[2] has this name"),
        (lambda raw: raw.update(vlans=[ROUTER]), "vlans[0]", "no VLAN in the list that a guest could get"),
        (lambda raw: raw["namespaces"].append({"name": "provisioning"}), "namespaces[1].name", "listed twice"),
        (lambda raw: raw["namespaces"].append({"name": "Upper"}), "namespaces[1].name", "lower-case"),
        (lambda raw: raw["namespaces"].append({"name": "a\n"}), "namespaces[1].name", "lower-case"),
        (lambda raw: raw["namespaces"].append({"name": "default"}), "namespaces[1].name", "deleted with the stack"),
        (section("cluster", openshift=4.2), "cluster.openshift 4.2", "4.20 is 4.2"),
        (section("cluster", openshift="4.9"), 'cluster.openshift "4.9"', "does not know this release"),
        (section("cluster", infraID="x"), "cluster.infraID", "Did you mean infraId?"),
        (section("vcenter", folder="/Other/vm/x"), "vcenter.folder", "under /Garden/vm/"),
        (section("vcenter", resourcePool="/Garden/vm/x"), "vcenter.resourcePool", "under /Garden/host/"),
        (section("vcenter", folder="hub"), "vcenter.folder", "starts at the root"),
        (section("trunk", portGroup="x" * 81), "trunk.portGroup", "1 to 80 characters"),
        (section("trunk", portGroup="a/b"), "trunk.portGroup", "escaped"),
        (section("trunk", switch={"kind": "opaque"}), "trunk.switch.kind", "Write standard or distributed"),
        (
            section("trunk", switch={"kind": "distributed"}),
            "trunk.switch.name",
            "distributed switches have no usual name",
        ),
        (section("trunk", security="macLearning"), "trunk.security", "a standard switch learns no addresses"),
        (section("trunk", vlans="all"), "trunk.vlans", "with id 4095, all of them"),
        (section("trunk", vlans="configured"), "trunk.vlans", "Leave it out, or write switch.kind: distributed"),
        (section("template", source="/G/vm/a", name="a"), "template.name", "installer's template"),
        (section("hypervisors", cpus=6, coresPerSocket=4), "hypervisors.coresPerSocket", "does not divide"),
        (section("hypervisors", replicas=-1), "hypervisors.replicas", "too small"),
        (section("hypervisors", memoryMib=1), "hypervisors.memoryMib", "Did you mean memoryMiB?"),
        (section("nodeNetwork", nic="enp129s0f1np1", bridging="per-vlan"), "nodeNetwork.nic", "18 characters; Linux"),
        (section("nodeNetwork", nic="enp0s20f0u1c2x16"), "nodeNetwork.nic", "16 characters; Linux takes 15"),
        (section("nodeNetwork", nic="ens224\n"), "nodeNetwork.nic", "no name of a network card"),
        (section("nodeNetwork", nic="auto"), "nodeNetwork.nic", "not yet supported"),
        (section("nodeNetwork", bridging="bond"), "nodeNetwork.bridging", "Write per-vlan, vlan-aware or ovn-localnet"),
        (section("nodeNetwork", mtu=67), "nodeNetwork.mtu 67", "68 to 9216 bytes"),
        (section("nodeNetwork", mtu=9217), "nodeNetwork.mtu 9217", "68 to 9216 bytes"),
        (section("nodeNetwork", maxUnavailable="50%\n"), "nodeNetwork.maxUnavailable", "percentage"),
        (section("nodeNetwork", maxUnavailable="0%"), "nodeNetwork.maxUnavailable", "percentage"),
        (section("operators", mode="take"), "operators.mode", "this word is not known here"),
        (lambda raw: raw.update(exampleVm={"namespace": "x"}), "exampleVm.vlan", "is missing"),
        (lambda raw: raw.update(vlan=[]), "vlan []", "Did you mean vlans?"),
        (lambda raw: raw.update(vlans={}), "vlans {}", "a list belongs here"),
        (lambda raw: raw["cluster"].pop("infraId"), "cluster.infraId", "is missing"),
    ],
)
def test_a_mistake_is_told_with_key_value_and_reason(
    change: Callable[[dict[str, Any]], object], key: str, reason: str
) -> None:
    lines = [line for line in told(change).splitlines() if key in line]
    assert len(lines) == 1
    assert reason in lines[0]
    assert lines[0].startswith("Pulumi.t.yaml: cnv-lab:")


def test_all_mistakes_are_told_at_once() -> None:
    """Also those in one section, and those between a broken section and a sound one."""

    def change(raw: dict[str, Any]) -> None:
        raw["nodeNetwork"] = {"nic": "enp129s0f1np1", "bridging": "per-vlan", "maxUnavailable": 0}
        raw["vlans"] += [{"id": 5000, "name": "x"}, {"id": 1925, "name": ""}]

    keys = [line.split()[1] for line in told(change).splitlines()]
    assert keys == [
        "cnv-lab:nodeNetwork.maxUnavailable",
        "cnv-lab:vlans[2].id",
        "cnv-lab:vlans[3].name",
        "cnv-lab:nodeNetwork.nic",
    ]


@pytest.mark.parametrize("key", ["password", "apiToken", "kubeconfig"])
def test_a_login_is_refused_and_not_shown(key: str) -> None:
    for name in ("vcenter", "cluster", key):
        text = told(lambda raw, name=name: raw.setdefault(name, {}).update({key: "hunter2"}))  # type: ignore[misc]
        assert "a login has no place here" in text
        assert "hunter2" not in text


def test_an_encrypted_section_is_refused_and_not_shown() -> None:
    text = told(lambda raw: raw.update(trunk={"secure": "v1:c2VjcmV0"}))
    assert "no secret" in text
    assert "c2VjcmV0" not in text


@pytest.mark.parametrize("value", [None, True, 3, 1.5, float("nan"), "x", [], [None], [[]], {"a": {1: 2}}, {1: 1}])
@pytest.mark.parametrize("key", ["cluster", "vcenter", "trunk", "hypervisors", "namespaces", "vlans", "operators"])
def test_no_value_anywhere_ends_in_another_error(key: str, value: object) -> None:
    """A traceback would be our mistake, whatever the user wrote."""
    for raw in ({**GOOD, key: value}, {**GOOD, key: {"name": value}}, {**GOOD, key: [{"name": value, "id": value}]}):
        with contextlib.suppress(SettingsError):
            settings.parse(raw, where="Pulumi.t.yaml")


def test_what_works_but_is_not_meant_is_a_warning() -> None:
    raw = {
        **GOOD,
        "hypervisors": {"cpus": 1, "memoryMiB": 1024, "diskGiB": 90},
        "template": {"nestedVirtualization": False},
        "namespaces": [{"name": "provisioning"}, {"name": "idle"}],
    }
    text = "\n".join(settings.warnings(settings.parse(raw, where="Pulumi.t.yaml")))
    for word in ("cpus 1", "memoryMiB 1024", "diskGiB 90", "/dev/kvm", "idle"):
        assert word in text


def test_a_guest_trunk_stands_in_the_list_of_vlans_and_is_none_of_them() -> None:
    raw = {**GOOD, "vlans": [*GOOD["vlans"], {**ROUTER, "ids": [1925], "namespaces": ["provisioning"]}]}
    found = settings.parse(raw, where="Pulumi.t.yaml")
    assert [vlan.id for vlan in found.vlans] == [1925, 1928]
    assert [(trunk.name, trunk.ids) for trunk in found.guest_trunks] == [("router", (1925,))]
