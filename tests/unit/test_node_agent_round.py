"""The rounds of the sandbox's node agent, against an API server and a vCenter that live in this file."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.api_server import ApiError, ApiServer
from sandbox.errors import Refusal
from sandbox.node_agent import cluster
from sandbox.node_agent.agent import Agent
from sandbox.node_agent.machines import Hardware, VCenter

UUID = "vsphere://420d0000-0000-0000-0000-000000000001"
OTHER_UUID = "vsphere://420d0000-0000-0000-0000-000000000002"
PLAIN = Hardware(uuid=UUID, cpus=4, memory_mib=16384, nested_virtualization=False, macs=("00:0c:29:00:00:01",))
HYPERVISOR = Hardware(uuid=UUID, cpus=12, memory_mib=65536, nested_virtualization=True, macs=PLAIN.macs * 2)
KVM = "devices.kubevirt.io/kvm"


@dataclass
class Api:
    """Lists, POST, PUT of a status and DELETE, with the server's refusals; ``broken`` breaks the next request there."""

    stored: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    version: int = 0

    def put_in(self, path: str, item: dict[str, Any]) -> None:
        self.version += 1
        name = item["metadata"]["name"]
        metadata = {"uid": f"uid-of-{name}", **item["metadata"], "resourceVersion": str(self.version)}
        self.stored[f"{path}/{name}"] = {**copy.deepcopy(item), "metadata": metadata}

    def all(self, path: str) -> dict[str, Any]:
        found = {key.removeprefix(f"{path}/"): item for key, item in self.stored.items() if key.startswith(f"{path}/")}
        return copy.deepcopy(found)

    def request(self, method: str, path: str, *, body: Any = None) -> dict[str, Any]:
        if error := self.broken.pop(f"{method} {path}", None):
            raise error
        owner = path.removesuffix("/status")
        if method == "GET":
            return {"items": list(self.all(path).values())}
        if method == "POST":
            self.put_in(path, body)
            return copy.deepcopy(dict(self.stored[f"{path}/{body['metadata']['name']}"]))
        if owner not in self.stored:
            raise ApiError(404, "NotFound", f"{owner} not found")
        if method == "DELETE":
            return dict(self.stored.pop(owner))
        if body["metadata"]["resourceVersion"] != self.stored[owner]["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified")
        self.put_in(owner.rpartition("/")[0], {**self.stored[owner], "status": body["status"]})
        return copy.deepcopy(dict(self.stored[owner]))


@dataclass
class Inventory:
    """The VMs by providerID; an exception instead of a VM is raised."""

    vms: dict[str, Hardware | Exception] = field(default_factory=dict)

    def hardware(self, provider_id: str) -> Hardware | None:
        found = self.vms.get(provider_id)
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Box:
    """All of it together."""

    api: Api = field(default_factory=Api)
    inventory: Inventory = field(default_factory=Inventory)

    def __post_init__(self) -> None:
        server, vcenter = cast("ApiServer", self.api), cast("VCenter", self.inventory)
        self.agent = Agent(server, vcenter, Path("/nowhere/nmstatectl"))

    def machine(self, name: str, *, uuid: str = UUID, phase: str = "Provisioned", leaving: bool = False) -> None:
        metadata = {"name": name, **({"deletionTimestamp": "now"} if leaving else {})}
        item = {"metadata": metadata, "spec": {"providerID": uuid}, "status": {"phase": phase}}
        self.api.put_in(cluster.MACHINES, item)

    def policy(self, name: str, selector: dict[str, str]) -> None:
        spec = {"nodeSelector": selector, "desiredState": {"interfaces": []}}
        self.api.put_in(cluster.POLICIES, {"metadata": {"name": name, "generation": 1}, "spec": spec})

    def node(self, name: str) -> dict[str, Any]:
        return dict(self.api.all(cluster.NODES)[name])

    def enactments(self) -> dict[str, Any]:
        return self.api.all(cluster.ENACTMENTS)


@pytest.fixture
def box() -> Box:
    found = Box()
    found.inventory.vms[UUID] = PLAIN
    return found


def address(node: dict[str, Any]) -> str:
    return next(str(item["address"]) for item in node["status"]["addresses"] if item["type"] == "InternalIP")


def test_a_provisioned_machine_gets_a_ready_node_and_a_network_state_that_goes_with_it(box: Box) -> None:
    box.machine("m")
    box.agent.round()
    node = box.node("m")
    assert node["spec"]["providerID"] == UUID
    assert "node-role.kubernetes.io/worker" in node["metadata"]["labels"]
    (ready,) = [item for item in node["status"]["conditions"] if item["type"] == "Ready"]
    assert (ready["status"], ready["reason"]) == ("True", "KubeletReady")
    assert node["status"]["allocatable"]["cpu"] == "4"
    assert node["status"]["allocatable"]["memory"] == f"{16384 * 1024}Ki"
    state = box.api.all(cluster.STATES)["m"]
    assert state["metadata"]["ownerReferences"][0]["uid"] == node["metadata"]["uid"]
    assert [item["name"] for item in state["status"]["currentState"]["interfaces"]] == ["br-ex", "br-ex", "ens192"]


def test_kvm_is_there_only_where_the_vm_may_virtualize(box: Box) -> None:
    box.inventory.vms[OTHER_UUID] = HYPERVISOR
    box.machine("plain")
    box.machine("cnv", uuid=OTHER_UUID)
    box.agent.round()
    assert box.node("plain")["status"]["allocatable"][KVM] == "0"
    assert box.node("cnv")["status"]["allocatable"][KVM] == "1k"
    assert box.node("plain")["status"]["capacity"] == box.node("plain")["status"]["allocatable"]


def test_no_two_nodes_have_one_address(box: Box) -> None:
    box.inventory.vms[OTHER_UUID] = HYPERVISOR
    box.machine("a")
    box.agent.round()
    box.machine("b", uuid=OTHER_UUID)
    box.agent.round()
    assert address(box.node("a")) != address(box.node("b"))


@pytest.mark.parametrize("phase", ["", "Provisioning", "Failed", "Deleting"])
def test_a_machine_that_does_not_run_gets_no_node(box: Box, phase: str) -> None:
    box.machine("m", phase=phase)
    box.agent.round()
    assert not box.api.all(cluster.NODES)


def test_a_node_that_was_deleted_with_its_machine_does_not_come_back(box: Box) -> None:
    box.machine("m", phase="Running", leaving=True)
    box.agent.round()
    assert not box.api.all(cluster.NODES)


def test_a_machine_whose_vm_is_not_found_is_looked_for_again(box: Box) -> None:
    box.inventory.vms.clear()
    box.machine("m")
    box.agent.round()
    assert not box.api.all(cluster.NODES)
    box.inventory.vms[UUID] = PLAIN
    box.agent.round()
    assert box.node("m")


@pytest.mark.parametrize(
    "where",
    [
        f"PUT {cluster.NODES}/m/status",
        f"POST {cluster.STATES}",
        f"PUT {cluster.STATES}/m/status",
    ],
)
def test_a_start_that_was_interrupted_is_brought_to_its_end(box: Box, where: str) -> None:
    box.machine("m")
    box.api.broken[where] = Refusal("no answer")
    box.agent.round()
    box.agent.round()
    assert box.node("m")["status"]["conditions"]
    assert box.api.all(cluster.STATES)["m"]["status"]["currentState"]


def test_a_node_is_not_written_again(box: Box) -> None:
    box.machine("m")
    box.agent.round()
    version = box.api.version
    box.agent.round()
    assert box.api.version == version


def test_a_node_that_was_not_linked_when_its_machine_went_leaves_with_the_vm(box: Box) -> None:
    box.machine("m")
    box.agent.round()
    del box.api.stored[f"{cluster.MACHINES}/m"]
    box.agent.round()
    assert box.node("m"), "the VM is still there"
    box.inventory.vms.clear()
    box.agent.round()
    assert not box.api.all(cluster.NODES)


def test_a_node_that_is_no_vsphere_machines_is_left_alone(box: Box) -> None:
    box.api.put_in(cluster.NODES, {"metadata": {"name": "by-hand"}, "spec": {}})
    box.agent.round()
    assert box.node("by-hand")


def test_an_enactment_goes_with_its_policy_and_the_node_stays_as_it_is(box: Box) -> None:
    box.machine("m")
    box.agent.round()
    box.policy("p", {})
    box.agent.round()
    assert list(box.enactments()) == ["m.p"]
    assert box.enactments()["m.p"]["metadata"]["labels"] == {"nmstate.io/policy": "p", "nmstate.io/node": "m"}
    assert box.enactments()["m.p"]["status"]["policyGeneration"] == 1
    state = box.api.all(cluster.STATES)["m"]
    del box.api.stored[f"{cluster.POLICIES}/p"]
    box.agent.round()
    assert not box.enactments()
    assert box.api.all(cluster.STATES)["m"] == state


def test_a_policy_for_no_node_says_so(box: Box) -> None:
    box.policy("p", {"role": "nobody"})
    box.agent.round()
    conditions = box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]
    assert {item["reason"] for item in conditions if item["type"] == "Available"} == {"NoMatchingNode"}
    version = box.api.version
    box.agent.round()
    assert box.api.version == version, "said once"


def test_a_policy_that_changed_under_its_hands_is_left_for_the_next_round(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    box.policy("p", {"role": "nobody"})
    box.api.broken[f"PUT {cluster.POLICIES}/p/status"] = ApiError(409, "Conflict", "the object has been modified")
    box.agent.round()
    assert not caplog.records
    box.agent.round()
    assert box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]


def test_one_objects_trouble_is_not_the_others(box: Box) -> None:
    box.machine("lost", uuid=OTHER_UUID)
    box.inventory.vms[OTHER_UUID] = OSError("vCenter is down")
    box.machine("m")
    box.policy("p", {"role": "nobody"})
    box.agent.round()
    assert list(box.api.all(cluster.NODES)) == ["m"]
    assert box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]


def test_a_trouble_is_told_once_and_its_end_too(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="sandbox")
    box.machine("m")
    box.inventory.vms[UUID] = OSError("connection refused at 0x7f01")
    box.agent.round()
    box.inventory.vms[UUID] = OSError("connection refused at 0x7f02")
    box.agent.round()
    assert [record.message for record in caplog.records] == [
        "Machine m: connection refused at 0x7f01: going on trying",
    ]
    box.inventory.vms[UUID] = PLAIN
    box.agent.round()
    assert caplog.records[-1].message == "Machine m: all is well again"


def test_an_api_server_that_is_down_is_told_once_and_waited_for(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.machine("m")
    for _ in range(3):
        box.api.broken[f"GET {cluster.NODES}"] = Refusal("configured Kubernetes cluster is unreachable")
        box.agent.round()
    assert len(caplog.records) == 1
    box.agent.round()
    assert box.node("m")


def test_a_parser_that_cannot_be_run_leaves_the_node_in_work(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.machine("m")
    box.policy("p", {})
    for _ in range(3):
        box.agent.round()
    (progressing,) = [item for item in box.enactments()["m.p"]["status"]["conditions"] if item["status"] == "True"]
    assert progressing["type"] == "Progressing"
    assert "nmstatectl" in caplog.text
