"""What labs share: one file's sections under another's, and mistakes told of the file that they stand in."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lab import plan, settings, sharing
from lab.mistakes import SettingsError
from lab.sharing import Layer
from tests.unit import facts

if TYPE_CHECKING:
    from lab.settings import Settings

HOUSE, WHERE = "labs/house.yaml", "Pulumi.t.yaml"


def parsed(own: dict[str, Any], *shared: dict[str, Any]) -> Settings:
    """A stack file over shared ones, the farthest first."""
    layers = [Layer(where=f"labs/{number}.yaml", raw=raw) for number, raw in enumerate(shared)]
    return settings.parse({sharing.KEY: "x", **own}, where=WHERE, shared=layers)


def told(own: dict[str, Any], house: dict[str, Any]) -> list[str]:
    """The lines of a refusal."""
    with pytest.raises(SettingsError) as error:
        settings.parse({"cluster": {"infraId": "hub"}, **own}, where=WHERE, shared=[Layer(where=HOUSE, raw=house)])
    return str(error.value).splitlines()


def house(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(facts.SECTIONS), **changes}


def test_a_stack_file_that_writes_nothing_is_the_shared_lab() -> None:
    alone = settings.parse(facts.SECTIONS, where=WHERE)
    assert replace(parsed({}, facts.SECTIONS), extends=()) == alone


def test_what_the_stack_file_writes_wins_key_by_key() -> None:
    found = parsed({"hypervisors": {"cpus": 8}, "trunk": {"portGroup": "West"}}, house())
    assert (found.hypervisors.cpus, found.hypervisors.memory_mib) == (8, 16384)
    assert (found.trunk.port_group, found.cluster.infra_id) == ("West", "hub")


def test_a_keys_value_comes_whole_from_one_file() -> None:
    """A switch of another kind has not the shared one's name."""
    there = house(trunk={"switch": {"kind": "distributed", "name": "dvs"}})
    assert parsed({"trunk": {"switch": {"kind": "standard"}}}, there).trunk.switch.name is None


def test_a_value_that_is_nothing_is_a_value() -> None:
    assert parsed({"nodeNetwork": {"bridging": None}}, house()).node_network.bridging is None


def test_lists_are_joined_by_id_and_by_name() -> None:
    there = house(
        namespaces=[{"name": "blue"}, {"name": "red"}],
        vlans=[
            {"id": 7, "name": "seven", "namespaces": ["blue"]},
            {"id": 8, "name": "eight"},
            {"kind": "trunk", "name": "fw"},
        ],
        nodeNetwork={"bridging": "vlan-aware"},
    )
    own = {
        "namespaces": [{"name": "west"}, {"name": "blue", "existing": True}],
        "vlans": [
            {"id": 9, "name": "nine"},
            {"id": 8, "namespaces": ["west"]},
            {"kind": "trunk", "name": "fw", "ids": [7]},
        ],
    }
    found = parsed(own, there)
    assert {item.name: item.existing for item in found.namespaces} == {"blue": True, "red": False, "west": False}
    assert [(item.id, item.name, item.namespaces) for item in found.vlans] == [
        (7, "seven", ("blue",)),
        (8, "eight", ("west",)),
        (9, "nine", ()),
    ]
    assert [(item.name, item.ids) for item in found.guest_trunks] == [("fw", (7,))]


def test_a_file_may_extend_another_and_the_nearest_wins() -> None:
    far = house(hypervisors={"cpus": 2, "memoryMiB": 4096, "diskGiB": 120}, vlans=[{"id": 1, "name": "far"}])
    near = {"hypervisors": {"cpus": 4}, "vlans": [{"id": 1, "name": "near"}, {"id": 2, "name": "two"}]}
    found = parsed({"vlans": [{"id": 2, "namespaces": ["blue"]}]}, far, near)
    assert (found.hypervisors.cpus, found.hypervisors.memory_mib) == (4, 4096)
    assert [(item.id, item.name, item.namespaces) for item in found.vlans] == [(1, "near", ()), (2, "two", ("blue",))]
    assert found.extends == ("labs/1.yaml", "labs/0.yaml")


@pytest.mark.parametrize(
    ("own", "there", "line"),
    [
        ({}, {"hypervisors": {"cpus": 0}}, f"{HOUSE}: cnv-lab:hypervisors.cpus 0: "),
        ({"hypervisors": {"memoryMiB": 1}}, {"hypervisors": {"cpus": 0}}, f"{HOUSE}: cnv-lab:hypervisors.cpus 0: "),
        ({"hypervisors": {"cpus": 0}}, {"hypervisors": {"cpus": 4}}, f"{WHERE}: cnv-lab:hypervisors.cpus 0: "),
        ({}, {"hypervisor": {}}, f"{HOUSE}: cnv-lab:hypervisor {{}}: no such key"),
        ({}, {"trunk": {"portgroup": "a"}}, f'{HOUSE}: cnv-lab:trunk.portgroup "a": no such key'),
        ({}, {"trunk": "Trunk"}, f'{HOUSE}: cnv-lab:trunk "Trunk": keys and values belong here'),
        ({}, {"vlans": {"id": 1}}, f'{HOUSE}: cnv-lab:vlans {{"id": 1}}: a list belongs here'),
        ({"trunk": "Trunk"}, {"trunk": {"portGroup": "a"}}, f'{WHERE}: cnv-lab:trunk "Trunk": keys and values'),
        ({}, {"trunk": {"switch": {"kind": "x"}}}, f'{HOUSE}: cnv-lab:trunk.switch.kind "x": '),
        ({}, {"vlans": [{"id": 1, "name": "a"}, {"id": 0, "name": "b"}]}, f"{HOUSE}: cnv-lab:vlans[1].id 0: "),
        (
            {"vlans": [{"id": 1}, {"id": 5000, "name": "b"}]},
            {"vlans": [{"id": 2, "name": "a"}, {"id": 1, "name": "c"}]},
            f"{WHERE}: cnv-lab:vlans[1].id 5000: ",
        ),
        ({"vlans": [{"id": 3}]}, {"vlans": [{"id": 1, "name": "a"}]}, f"{WHERE}: cnv-lab:vlans[0].name: is missing"),
        (
            {"vlans": [{"id": 2, "name": "a", "namespaces": ["x"]}]},
            {"vlans": [{"id": 1, "name": "a"}]},
            f'{WHERE}: cnv-lab:vlans[0].namespaces[0] "x": this namespace is not in',
        ),
        (
            {"vlans": [{"id": 1}]},
            {"vlans": [{"id": 1, "name": "a", "namespaces": ["x"]}]},
            f'{HOUSE}: cnv-lab:vlans[0].namespaces[0] "x": this namespace is not in',
        ),
        (
            {"vlans": [{"id": 2, "name": "b"}, {"id": 2, "name": "c"}]},
            {"vlans": [{"id": 1, "name": "a"}]},
            f"{WHERE}: cnv-lab:vlans[1].id 2: VLAN 2 stands at vlans[0] already",
        ),
        (
            {"vlans": [{"id": 1}]},
            {"vlans": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]},
            f"{HOUSE}: cnv-lab:vlans[1].id 1: VLAN 1 stands at vlans[0] of {WHERE} already",
        ),
        ({"vlans": {}}, {"vlans": []}, f"{WHERE}: cnv-lab:vlans {{}}: a list belongs here"),
        (
            {"vlans": [{"id": 1, "name": "a"}, {"id": 0, "name": "a"}]},
            {"vlans": {}},
            f"{WHERE}: cnv-lab:vlans[1].id 0: ",
        ),
        ({"trunk": {"secure": ""}}, {"trunk": {"portGroup": "a"}}, f"{WHERE}: cnv-lab:trunk: the lab's shape"),
    ],
)
def test_a_mistake_is_told_of_the_file_and_the_key_that_it_stands_in(
    own: dict[str, Any], there: dict[str, Any], line: str
) -> None:
    (only,) = told(own, there)
    assert only.startswith(line)


def test_what_no_file_writes_is_told_of_the_stack_file() -> None:
    with pytest.raises(SettingsError) as error:
        parsed({}, {"cluster": {"openshift": "4.20"}})
    assert str(error.value).startswith(f"{WHERE}: cnv-lab:cluster.infraId: is missing")


def test_what_completes_the_lab_tells_of_the_file_as_well() -> None:
    """The release is the cluster's, the design that it cannot have the shared file's."""
    there = house(cluster={"infraId": "hub", "openshift": "4.10"}, nodeNetwork={"bridging": "ovn-localnet"})
    found = parsed({}, there)
    with pytest.raises(SettingsError) as error:
        plan.complete(found, stack="cnv-lab.t", where=WHERE)
    assert str(error.value).startswith("labs/0.yaml: cnv-lab:nodeNetwork.bridging")


@pytest.mark.parametrize("value", [None, True, 3, "x", [], [None], [[]], {"a": {1: 2}}, {1: 1}, {"secure": "v1:x"}])
@pytest.mark.parametrize("key", ["cluster", "trunk", "namespaces", "vlans", "exampleVm", "bogus"])
def test_no_value_of_either_file_ends_in_another_error(key: str, value: object) -> None:
    for raw in ({key: value}, {key: {"name": value}}, {key: [{"name": value, "id": value}]}):
        for own, there in ((raw, house()), ({"vlans": [{"id": 1}], key: {}}, house(**raw)), (raw, raw)):
            with contextlib.suppress(SettingsError):
                settings.parse(own, where=WHERE, shared=[Layer(where=HOUSE, raw=there)])
