"""The node agent on real servers and with nmstate's own parser: three machines with two cards each, and policies."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import tools
from sandbox.instance import VCENTER_USER
from tests.engine.cluster import INTERVAL, MACHINE_API, PATIENCE, until
from tests.engine.policies import LABEL, POLICY_KIND, Policies, bridge, vlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET, WORKERS = "two-cards", "hub-7vxwj-worker-0"
KVM = "devices.kubevirt.io/kvm"


@pytest.fixture(scope="module")
def nodes(cluster: Cluster) -> list[str]:
    """Three nodes of a MachineSet like the worker's, but with a second card; their names in order."""
    like = cluster.machine_set(WORKERS)
    assert like is not None
    spec = copy.deepcopy(like["spec"])
    spec["replicas"] = 3
    spec["selector"]["matchLabels"][LABEL] = MACHINE_SET
    template = spec["template"]
    template["metadata"]["labels"][LABEL] = MACHINE_SET
    template["spec"]["metadata"] = {"labels": {LABEL: MACHINE_SET}}
    template["spec"]["providerSpec"]["value"]["network"]["devices"] *= 2
    metadata = {"name": MACHINE_SET, "namespace": MACHINE_API}
    cluster.create(
        {"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet", "metadata": metadata, "spec": spec}
    )
    return named(cluster, 3)


def named(cluster: Cluster, count: int) -> list[str]:
    """The names of the MachineSet's nodes, as soon as there are so many that report their network."""

    def there() -> list[str]:
        found = sorted(
            node["metadata"]["name"] for node in cluster.items("v1", "Node", labels=f"{LABEL}={MACHINE_SET}")
        )
        states = {item["metadata"]["name"]: item for item in cluster.items("nmstate.io/v1beta1", "NodeNetworkState")}
        reported = all(states.get(name, {}).get("status") for name in found)
        return found if len(found) == count and reported else []

    return list(until(there, f"{count} nodes"))


@pytest.fixture
def apply(cluster: Cluster, nodes: list[str]) -> Iterator[Policies]:
    """Makes policies, and takes them away again."""
    policies = Policies(cluster, {LABEL: MACHINE_SET})
    yield policies
    for name in policies.made:
        cluster.delete(*POLICY_KIND, name)
    until(lambda: not any(cluster.enactments(name) for name in policies.made), "enactments went with their policies")


def test_the_cards_of_a_node_are_those_of_its_vm_and_nobody_virtualizes_without_the_flag(
    cluster: Cluster, vcenter: VCenter, nodes: list[str]
) -> None:
    for name in nodes:
        vm = vcenter.vm(name)
        assert vm is not None
        macs = [device.macAddress.upper() for device in vm.config.hardware.device if hasattr(device, "macAddress")]
        interfaces = cluster.interfaces(name)
        assert [interfaces[card]["mac-address"] for card in ("ens192", "ens224")] == macs
        node = cluster.node(name)
        assert node is not None
        assert node["status"]["allocatable"][KVM] == "0"
        assert node["status"]["nodeInfo"]["systemUUID"] == vm.config.uuid


def test_nodes_are_configured_one_at_a_time_where_the_policy_wants_it(apply: Policies, nodes: list[str]) -> None:
    apply("one-by-one", vlan(5), bridge(5, vlan={}), maxUnavailable=1)
    deadline, most, steps = time.monotonic() + PATIENCE, 0, set()
    while (known := apply.conditions("one-by-one")).get("Available", {}).get("reason") != "SuccessfullyConfigured":
        assert time.monotonic() < deadline
        most = max(most, list(apply.kinds("one-by-one").values()).count("Progressing"))
        steps |= {item["message"] for item in known.values() if item["type"] == "Progressing"}
        time.sleep(INTERVAL / 10)
    assert most == 1
    assert "Policy is progressing 0/3 nodes finished" in steps
    assert known["Available"]["message"] == "3/3 nodes successfully configured"
    assert all(apply.cluster.interfaces(name)["ens224.5"]["controller"] == "br-5" for name in nodes)


def test_what_is_absent_goes_and_what_is_not_named_any_more_stays(apply: Policies, nodes: list[str]) -> None:
    apply("changing", vlan(6), bridge(6, vlan={}), vlan(7))
    assert apply.judged("changing") == "SuccessfullyConfigured"
    apply.change(
        "changing", {"name": "br-6", "type": "linux-bridge", "state": "absent"}, {**vlan(6), "state": "absent"}
    )
    assert apply.judged("changing") == "SuccessfullyConfigured"
    for name in nodes:
        interfaces = apply.cluster.interfaces(name)
        assert not {"br-6", "ens224.6"} & set(interfaces)
        assert "ens224.7" in interfaces


def test_a_refusal_of_nmstates_parser_is_told_in_its_own_words_and_the_waiting_nodes_are_aborted(
    apply: Policies,
) -> None:
    apply("no-port", bridge(8, vlan={}), maxUnavailable=1)
    assert apply.judged("no-port") == "FailedToConfigure"
    message = apply.conditions("no-port")["Degraded"]["message"]
    assert message == "1/3 nodes failed to configure, 2 nodes aborted configuration"
    assert sorted(apply.kinds("no-port").values()) == ["Aborted", "Aborted", "Failing"]
    lines = apply.complaint("no-port").splitlines()
    assert lines[-2] == "NmstateError: InvalidArgument: Controller interface br-8 is holding unknown port ens224.8"


def test_a_card_that_is_not_in_the_vm_is_told_in_nmstates_words(apply: Policies) -> None:
    apply("card", {"name": "ens999", "type": "ethernet", "state": "up"}, vlan(9, nic="ens999"))
    assert apply.judged("card") == "FailedToConfigure"
    assert "Ethernet interface ens999 does not exist" in apply.complaint("card")


@pytest.mark.parametrize(
    ("name", "interface", "words"),
    [
        ("id", vlan(9, vlan={"base-iface": "ens224", "id": 4095}), "VLAN id 4095 of ens224.9 is not in 1-4094"),
        ("base", vlan(9, nic="ens999"), "base interface ens999 of ens999.9 does not exist"),
        ("name", vlan(9, name="ens224-vlan-1928"), "is longer than 15 characters"),
    ],
)
def test_what_the_kernel_would_refuse_is_refused(
    apply: Policies, nodes: list[str], name: str, interface: dict[str, Any], words: str
) -> None:
    before = apply.cluster.interfaces(nodes[0])
    apply(name, interface)
    assert apply.judged(name) == "FailedToConfigure"
    assert words in apply.complaint(name)
    assert apply.cluster.interfaces(nodes[0]) == before


def test_an_interface_that_is_there_twice_is_refused(apply: Policies) -> None:
    apply("twice", vlan(9), vlan(9))
    assert apply.judged("twice") == "FailedToConfigure"
    assert "interface ens224.9 is there more than once" in apply.complaint("twice")


def test_a_state_that_cuts_the_node_off_is_taken_back(apply: Policies, nodes: list[str]) -> None:
    taker = {"name": "br-1", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens192"}]}}
    apply("cut-off", taker)
    assert apply.judged("cut-off") == "FailedToConfigure"
    assert "failed to retrieve default gw" in apply.complaint("cut-off")
    assert apply.cluster.interfaces(nodes[0])["ens192"]["controller"] == "br-ex"


def test_a_port_that_says_nothing_of_vlans_becomes_a_trunk(apply: Policies, nodes: list[str]) -> None:
    apply("trunk", vlan(10), bridge(10))
    assert apply.judged("trunk") == "SuccessfullyConfigured"
    (port,) = apply.cluster.interfaces(nodes[0])["br-10"]["bridge"]["port"]
    assert port["vlan"]["mode"] == "trunk"
    (enactment, *_) = apply.cluster.enactments("trunk")
    assert enactment["status"]["desiredState"]["interfaces"][1]["bridge"]["port"] == [port]


def test_numbers_and_names_are_read_as_nmstate_reads_them(apply: Policies, nodes: list[str]) -> None:
    """`on` and 11:22:33:44:55:06 are a truth and a number to a YAML 1.1 reader; "11" is a number to nmstate."""
    apply("odd", vlan(11, name="on", vlan={"base-iface": "ens224", "id": "11"}, **{"mac-address": "11:22:33:44:55:06"}))
    assert apply.judged("odd") == "SuccessfullyConfigured"
    found = apply.cluster.interfaces(nodes[0])["on"]
    assert found["vlan"]["id"] == 11
    assert found["mac-address"] == "11:22:33:44:55:06"


@pytest.mark.parametrize("state", ["abc", [1], [{"type": "vlan"}], [vlan(5, unknown=5)]])
def test_what_is_no_state_at_all_fails_and_harms_nobody(apply: Policies, state: Any) -> None:
    apply("nonsense", desiredState={"interfaces": state})
    assert apply.judged("nonsense") == "FailedToConfigure"
    assert "not valid NetworkState" in apply.complaint("nonsense")


def test_a_late_node_gets_what_the_others_have_and_one_that_goes_takes_its_papers_along(
    apply: Policies, nodes: list[str]
) -> None:
    cluster = apply.cluster
    apply("late", vlan(12))
    assert apply.judged("late") == "SuccessfullyConfigured"
    scale(cluster, 4)
    (late,) = set(named(cluster, 4)) - set(nodes)
    until(lambda: apply.kinds("late").get(late) == "Available", "the late node's enactment")
    assert "ens224.12" in cluster.interfaces(late)
    scale(cluster, 3)
    until(lambda: len(apply.kinds("late")) == 3, "the enactment went with its node")
    left = set(nodes) | {late}
    until(lambda: len(left & states(cluster)) == 3, "the network state went with its node")
    assert len(left & {node["metadata"]["name"] for node in cluster.items("v1", "Node")}) == 3


def scale(cluster: Cluster, replicas: int) -> None:
    """Changes the number of Machines."""
    body = {"spec": {"replicas": replicas}}
    cluster.patch("machine.openshift.io/v1beta1", "MachineSet", MACHINE_SET, body, MACHINE_API)


def states(cluster: Cluster) -> set[str]:
    """The nodes that have a NodeNetworkState."""
    return {item["metadata"]["name"] for item in cluster.items("nmstate.io/v1beta1", "NodeNetworkState")}


def test_it_waits_for_an_api_server_that_crashed_and_goes_on(lab: Lab, apply: Policies) -> None:
    log = lab.instance.logs / "node-agent.log"
    server = lab.instance.load().processes["kube-apiserver"].find()
    assert server is not None
    server.kill()
    until(lambda: "is unreachable" in log.read_text(encoding="utf-8"), "it told of the server")
    lab.start("kube-apiserver")
    until(lambda: "all is well again" in log.read_text(encoding="utf-8"), "it found the server again")
    assert log.read_text(encoding="utf-8").count("is unreachable") == 1
    apply("after", vlan(13))
    assert apply.judged("after") == "SuccessfullyConfigured"


def test_it_ends_quietly_when_it_is_told_to(lab: Lab) -> None:
    record = lab.instance.load()
    lab.stop("node-agent")
    command = [
        *(sys.executable, "-m", "sandbox.node_agent", "--kubeconfig", str(lab.instance.kubeconfig)),
        *("--vcenter", f"127.0.0.1:{record.ports['vcenter']}", "--ca", str(lab.instance.vcenter_ca)),
        *("--nmstatectl", str(tools.path("nmstatectl")), "--approver-off", str(lab.instance.approver_off)),
        *("--olm", str(lab.instance.olm)),
    ]
    environment = {**os.environ, "VSPHERE_USER": VCENTER_USER, "VSPHERE_PASSWORD": record.password}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as agent:
        try:
            assert agent.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                agent.wait(2)
        finally:
            agent.send_signal(signal.SIGTERM)
        output, _ = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 0
    assert output == b""
    lab.start("node-agent")
