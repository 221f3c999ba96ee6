"""The privileges that a lab's user needs in vCenter, and what is said of those that it lacks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim

from clients import checks
from clients.errors import LabError
from clients.vcenter import privileges as client
from clients.vcenter.privileges import Candidate, Lacking
from lab import privileges
from lab.privileges import COMMON_TASKS, PRIVILEGES, Place
from tests.unit import facts

FOLDER = vim.Folder("group-v3")
DATASTORE = vim.Datastore("datastore-9")
DISTRIBUTED = {"switch": {"kind": "distributed", "name": "VDS"}}


def ids(**changes: Any) -> set[str]:
    return {item.id for item in privileges.needed(facts.lab(**changes))}


def required(method: str) -> set[str]:
    """What VMware's own client library says that a method and its parameters require; all managed types have a word."""
    found = set()
    for name in VmomiSupport._managedDefMap:
        for info in getattr(VmomiSupport.GetVmodlType(name), "_methodInfo", {}).values():
            if info.wsdlName == method:
                found |= {info.privId, *(parameter.privId for parameter in info.params)}
    return {item for item in found if item and not item.startswith("System.")}


@pytest.mark.parametrize("item", PRIVILEGES, ids=lambda item: f"{item.id} on {item.place.value}")
def test_each_privilege_is_what_the_calls_that_it_is_for_require(item: privileges.Privilege) -> None:
    """Of calls that require one thing or another, as their arguments are, the library says nothing."""
    if item.source == COMMON_TASKS:
        return
    for method in item.source.split(", "):
        assert any(
            info.wsdlName == method
            for name in VmomiSupport._managedDefMap
            for info in getattr(VmomiSupport.GetVmodlType(name), "_methodInfo", {}).values()
        ), method
        told = required(method)
        assert not told or item.id in told, method


def test_a_standard_trunk_needs_the_hosts_and_no_distributed_switch() -> None:
    found = ids()
    assert "Host.Config.Network" in found
    assert not [item for item in found if item.startswith("DVPortgroup.")]


def test_a_distributed_trunk_needs_no_host() -> None:
    found = ids(trunk=DISTRIBUTED)
    assert "Host.Config.Network" not in found
    assert {"DVPortgroup.Create", "DVPortgroup.Modify", "DVPortgroup.PolicyOp", "DVPortgroup.Delete"} <= found


@pytest.mark.parametrize("switch", [{}, DISTRIBUTED], ids=["standard", "distributed"])
def test_a_trunk_of_somebody_else_is_not_to_be_changed(switch: dict[str, Any]) -> None:
    found = ids(trunk={**switch, "ownership": "existing"})
    assert not [item for item in found if item.startswith(("DVPortgroup.", "Host."))]


def test_a_second_network_card_and_a_drs_rule_need_their_own() -> None:
    assert ids(template={"trunkNic": True}) - ids(template={"trunkNic": False}) == {
        "VirtualMachine.Config.AddRemoveDevice"
    }
    assert ids(hypervisors={"antiAffinity": True}) - ids() == {"Host.Inventory.EditCluster"}


def test_a_lab_of_nodes_that_exist_needs_nothing_in_vcenter() -> None:
    assert privileges.needed(replace(facts.lab(), existing={"a": "b"})) == ()


class VCenter:
    """Answers for a user who holds these privileges."""

    def __init__(self, held: set[tuple[str, str]], fault: Exception | None = None) -> None:
        self.held, self.fault = held, fault
        self.asked: list[dict[str, Any]] = []
        manager = SimpleNamespace(HasPrivilegeOnEntities=self.answer)
        self.content = SimpleNamespace(authorizationManager=manager, sessionManager="sessions")

    def read(self, item: str, path: str) -> dict[str, Any]:
        assert (item, path) == ("sessions", "currentSession")
        return {"currentSession": SimpleNamespace(key="this session")}

    def answer(self, **asked: Any) -> list[Any]:
        self.asked.append(asked)
        if self.fault is not None:
            raise self.fault
        return [
            SimpleNamespace(
                entity=entity,
                privAvailability=[
                    SimpleNamespace(privId=one, isGranted=(entity._GetMoId(), one) in self.held)
                    for one in asked["privId"]
                ],
            )
            for entity in asked["entity"]
        ]


def of(place: Place) -> list[privileges.Privilege]:
    return [item for item in PRIVILEGES if item.place is place]


CANDIDATES = [
    Candidate(place=Place.FOLDER, name="/Garden/vm/hub", reference=FOLDER),
    Candidate(place=Place.DATASTORE, name="Fast", reference=DATASTORE),
    Candidate(place=Place.CLUSTER, name="Goat", reference=None),
]


def test_one_question_tells_of_all_that_is_missing_and_where() -> None:
    needed = [*of(Place.FOLDER), *of(Place.DATASTORE), *of(Place.CLUSTER)]
    held = {("group-v3", item.id) for item in of(Place.FOLDER)[1:]}
    vcenter: Any = VCenter(held)
    found = client.lacking(vcenter, needed, CANDIDATES)
    assert found == (
        Lacking(privilege=of(Place.FOLDER)[0], where="/Garden/vm/hub"),
        Lacking(privilege=of(Place.DATASTORE)[0], where="Fast"),
    )
    (asked,) = vcenter.asked
    assert asked["sessionId"] == "this session"
    assert {item._GetMoId() for item in asked["entity"]} == {"group-v3", "datastore-9"}


def test_a_privilege_that_is_held_elsewhere_is_missing_all_the_same() -> None:
    vcenter: Any = VCenter({("group-v3", "Datastore.AllocateSpace")})
    (found,) = client.lacking(vcenter, of(Place.DATASTORE), CANDIDATES)
    assert found.where == "Fast"


def test_nothing_is_asked_where_nothing_is_needed_or_there() -> None:
    vcenter: Any = VCenter(set())
    assert client.lacking(vcenter, of(Place.CLUSTER), CANDIDATES) == ()
    assert vcenter.asked == []


def test_who_may_not_even_ask_is_told_what_is_missing_for_that() -> None:
    vcenter: Any = VCenter(set(), vim.fault.NoPermission(privilegeId="System.Read"))
    with pytest.raises(LabError, match=r"lacks the privilege System\.Read"):
        client.lacking(vcenter, of(Place.DATASTORE), CANDIDATES)


class Inventory(VCenter):
    """Has a distributed switch in a folder, and the folder of all networks."""

    def find(self, path: str) -> Any:
        return vim.Folder(f"at {path}")

    def properties(self, objects: list[Any], paths: list[str]) -> list[dict[str, Any]]:
        assert paths == ["name", "parent"]
        return [{"name": item._GetMoId(), "parent": vim.Folder("group-n7")} for item in objects]


SWITCH = vim.dvs.VmwareDistributedVirtualSwitch("VDS")
AROUND: list[tuple[Any, dict[str, Any]]] = [
    (vim.HostSystem("host-1"), {"name": "goat-1"}),
    (vim.Network("network-1"), {"name": "machines"}),
    (vim.dvs.DistributedVirtualPortgroup("uplinks"), {"name": "u", "config.distributedVirtualSwitch": SWITCH}),
    (vim.dvs.DistributedVirtualPortgroup("dvportgroup-2"), {"name": "u2", "config.distributedVirtualSwitch": SWITCH}),
]


def around(*found: tuple[Any, dict[str, Any]], **changes: Any) -> list[tuple[Place, str, str]]:
    lab = facts.lab(template={"trunkNic": True}, **changes)
    wanted: Any = SimpleNamespace(
        privileges=privileges.needed(lab),
        machine_network="machines",
        trunk="Trunk",
        switch="VDS",
        datacenter="Garden",
    )
    vcenter: Any = Inventory(set())
    return [(item.place, item.name, item.reference._GetMoId()) for item in client.around(vcenter, wanted, found)]


def test_a_trunk_that_is_still_to_be_made_is_asked_for_on_its_folder() -> None:
    assert around(*AROUND) == [
        (Place.HOST, "goat-1", "host-1"),
        (Place.MACHINE_NETWORK, "machines", "network-1"),
        (Place.TRUNK, "/Garden/network", "at /Garden/network"),
    ]


def test_a_trunk_that_stands_is_asked_for_itself() -> None:
    assert (Place.TRUNK, "Trunk", "network-4") in around(*AROUND, (vim.Network("network-4"), {"name": "Trunk"}))


def test_a_distributed_switch_is_asked_for_itself_and_for_its_folder() -> None:
    assert around(*AROUND, trunk=DISTRIBUTED)[-2:] == [
        (Place.SWITCH, "VDS", "VDS"),
        (Place.SWITCH_FOLDER, "the folder of VDS", "group-n7"),
    ]


def test_what_is_missing_is_told_by_object_with_the_page_that_lists_all() -> None:
    host = of(Place.HOST)[0]
    settings, annotation = (item for item in of(Place.FOLDER) if item.id.endswith(("Settings", "Annotation")))
    found = facts.inventory(
        lacking=(
            Lacking(privilege=host, where="goat-1"),
            Lacking(privilege=host, where="goat-2"),
            Lacking(privilege=settings, where="/Garden/vm/hub"),
            Lacking(privilege=annotation, where="/Garden/vm/hub"),
        )
    )
    hosts, folder = checks.privileges(found)
    assert "on host goat-1, goat-2: Host.Config.Network." in hosts
    assert "on folder /Garden/vm/hub: VirtualMachine.Config.Settings, VirtualMachine.Config.Annotation." in folder
    assert "docs/credentials.md" in folder
    assert checks.privileges(facts.inventory()) == []
