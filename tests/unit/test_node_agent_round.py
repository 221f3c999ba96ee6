"""The rounds of the sandbox's node agent, against an API server and a vCenter of the tests' own."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from sandbox.api_server import ApiError
from sandbox.errors import Refusal
from sandbox.node_agent import cluster
from tests.unit.node_agent_box import HYPERVISOR, OTHER_UUID, PLAIN, UUID, Box

KVM = "devices.kubevirt.io/kvm"


@pytest.fixture
def box() -> Box:
    found = Box()
    found.inventory.vms[UUID] = PLAIN
    return found


def address(node: dict[str, Any]) -> str:
    return next(str(item["address"]) for item in node["status"]["addresses"] if item["type"] == "InternalIP")


def test_a_provisioned_machine_gets_a_ready_node_and_a_network_state_that_goes_with_it(box: Box) -> None:
    box.machine("m")
    box.boot()
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
    box.boot()
    assert box.node("plain")["status"]["allocatable"][KVM] == "0"
    assert box.node("cnv")["status"]["allocatable"][KVM] == "1k"
    assert box.node("plain")["status"]["capacity"] == box.node("plain")["status"]["allocatable"]


def test_no_two_nodes_have_one_address(box: Box) -> None:
    box.inventory.vms[OTHER_UUID] = HYPERVISOR
    box.machine("a")
    box.boot()
    box.machine("b", uuid=OTHER_UUID)
    box.boot()
    assert address(box.node("a")) != address(box.node("b"))


@pytest.mark.parametrize("phase", ["", "Provisioning", "Failed", "Deleting"])
def test_a_machine_that_does_not_run_gets_no_node(box: Box, phase: str) -> None:
    box.machine("m", phase=phase)
    box.boot()
    assert not box.api.all(cluster.NODES)


def test_a_node_that_was_deleted_with_its_machine_does_not_come_back(box: Box) -> None:
    box.machine("m", phase="Running", leaving=True)
    box.boot()
    assert not box.api.all(cluster.NODES)


def test_a_machine_whose_vm_is_not_found_is_looked_for_again(box: Box) -> None:
    box.inventory.vms.clear()
    box.machine("m")
    box.boot()
    assert not box.api.all(cluster.NODES)
    box.inventory.vms[UUID] = PLAIN
    box.boot()
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
    box.boot()
    box.boot()
    assert box.node("m")["status"]["conditions"]
    assert box.api.all(cluster.STATES)["m"]["status"]["currentState"]


def test_a_node_is_not_written_again(box: Box) -> None:
    box.machine("m")
    box.boot()
    version = box.api.version
    box.boot()
    assert box.api.version == version


def test_a_node_that_was_not_linked_when_its_machine_went_leaves_with_the_vm(box: Box) -> None:
    box.machine("m")
    box.boot()
    del box.api.stored[f"{cluster.MACHINES}/m"]
    box.boot()
    assert box.node("m"), "the VM is still there"
    box.inventory.vms.clear()
    box.boot()
    assert not box.api.all(cluster.NODES)


def test_a_node_that_is_no_vsphere_machines_is_left_alone(box: Box) -> None:
    box.api.put_in(cluster.NODES, {"metadata": {"name": "by-hand"}, "spec": {}})
    box.boot()
    assert box.node("by-hand")


def test_an_enactment_goes_with_its_policy_and_the_node_stays_as_it_is(box: Box) -> None:
    box.machine("m")
    box.boot()
    box.policy("p", {})
    box.boot()
    assert list(box.enactments()) == ["m.p"]
    assert box.enactments()["m.p"]["metadata"]["labels"] == {"nmstate.io/policy": "p", "nmstate.io/node": "m"}
    assert box.enactments()["m.p"]["status"]["policyGeneration"] == 1
    state = box.api.all(cluster.STATES)["m"]
    del box.api.stored[f"{cluster.POLICIES}/p"]
    box.boot()
    assert not box.enactments()
    assert box.api.all(cluster.STATES)["m"] == state


def test_a_policy_for_no_node_says_so(box: Box) -> None:
    box.policy("p", {"role": "nobody"})
    box.boot()
    conditions = box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]
    assert {item["reason"] for item in conditions if item["type"] == "Available"} == {"NoMatchingNode"}
    version = box.api.version
    box.boot()
    assert box.api.version == version, "said once"


def test_a_policy_that_changed_under_its_hands_is_left_for_the_next_round(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    box.policy("p", {"role": "nobody"})
    box.api.broken[f"PUT {cluster.POLICIES}/p/status"] = ApiError(409, "Conflict", "the object has been modified")
    box.boot()
    assert not caplog.records
    box.boot()
    assert box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]


def test_one_objects_trouble_is_not_the_others(box: Box) -> None:
    box.machine("lost", uuid=OTHER_UUID)
    box.inventory.vms[OTHER_UUID] = OSError("vCenter is down")
    box.machine("m")
    box.policy("p", {"role": "nobody"})
    box.boot()
    assert list(box.api.all(cluster.NODES)) == ["m"]
    assert box.api.all(cluster.POLICIES)["p"]["status"]["conditions"]


def test_a_trouble_is_told_once_and_its_end_too(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="sandbox")
    box.machine("m")
    box.inventory.vms[UUID] = OSError("connection refused at 0x7f01")
    box.boot()
    box.inventory.vms[UUID] = OSError("connection refused at 0x7f02")
    box.boot()
    assert [record.message for record in caplog.records] == [
        "Machine m: connection refused at 0x7f01: going on trying",
    ]
    box.inventory.vms[UUID] = PLAIN
    box.boot()
    assert "Machine m: all is well again" in [record.message for record in caplog.records]


def test_an_api_server_that_is_down_is_told_once_and_waited_for(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.machine("m")
    for _ in range(3):
        box.api.broken[f"GET {cluster.NODES}"] = Refusal("configured Kubernetes cluster is unreachable")
        box.agent.round()
    assert len(caplog.records) == 1
    box.boot()
    assert box.node("m")


def test_a_parser_that_cannot_be_run_leaves_the_node_in_work(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.machine("m")
    box.policy("p", {})
    for _ in range(3):
        box.boot()
    (progressing,) = [item for item in box.enactments()["m.p"]["status"]["conditions"] if item["status"] == "True"]
    assert progressing["type"] == "Progressing"
    assert "nmstatectl" in caplog.text
