"""`python -m lab prove` in a sandbox whose nodes have a kernel: each layer, broken on purpose, is the one it names."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until
from tests.engine.commands import command, started
from tests.engine.vcenter import VCenter
from tests.unit import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

NIC, NAMESPACE, ATTACHMENT = "ens224", "provisioning", "vlan-1928"
NAD = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", ATTACHMENT)
ARRIVES, DROPPED, NOT_TRIED = 0, 1, 2
LABEL = "cnv-lab/prove"
# Whatever it is called: a pod on a node with a kernel runs in the node's own files.
IMAGE = ("--image", "any")


@pytest.fixture(scope="module")
def nodes(lab: Lab) -> list[str]:
    found: list[str] = sorted(lab.outputs()["nodes"])
    return found


@pytest.fixture(autouse=True)
def nothing_is_left(cluster: Cluster) -> Iterator[None]:
    """After each proof, however it went."""
    yield
    assert cluster.items("v1", "Pod", labels=LABEL) == []


def prove(lab: Lab, *words: str, code: int) -> dict[int, dict[str, Any]]:
    """What it tells, by VLAN."""
    run = command(lab, "prove", "--stack", lab.stack, *IMAGE, *words, "--json")
    assert run.code == code, run.output
    told = json.loads(run.output[run.output.index("{\n") : run.output.rindex("}") + 1])
    return {item["vlan"]: item for item in told["vlans"]}


def drops(item: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The layer, its name and its node, by direction."""
    found = [way["drop"] for way in item["directions"]]
    return [(drop["layer"], drop["name"], drop["node"]) if drop else ("", "", "") for drop in found]


def words(item: dict[str, Any]) -> str:
    return " ".join(way["drop"]["told"] for way in item["directions"] if way["drop"])


def on(cluster: Cluster, node: str, *line: str) -> None:
    """Does something in a node's own network, as an administrator there would."""
    name = f"by-hand-{node[-5:]}"
    container = {"name": "c", "image": "any", "command": [*line]}
    spec = {"nodeName": node, "hostNetwork": True, "restartPolicy": "Never", "containers": [container]}
    cluster.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}
    )

    def ended() -> str:
        status = (cluster.get("v1", "Pod", name, NAMESPACE) or {}).get("status") or {}
        return str(status.get("phase")) if status.get("phase") in {"Succeeded", "Failed"} else ""

    assert until(ended, f"{line} on {node}") == "Succeeded"
    cluster.delete("v1", "Pod", name, NAMESPACE, at_once=True)


def lose(cluster: Cluster, node: str, vlan: int, link: str) -> None:
    """Takes one of a VLAN's interfaces from a node. NetworkManager would put it back: also a bridge for its port."""
    unmanaged = [f"nmcli device set {name} managed no" for name in (f"{NIC}.{vlan}", f"br-{vlan}")]
    on(cluster, node, "sh", "-ec", "; ".join([*unmanaged, f"ip link delete {link}"]))


def test_frames_get_through_and_a_vlan_that_no_namespace_has_is_proved_from_nic_to_nic(lab: Lab) -> None:
    found = prove(lab, code=ARRIVES)
    assert {vlan: (item["reach"], item["outcome"]) for vlan, item in found.items()} == {
        1925: ("NIC to NIC", "arrives"),
        1926: ("NIC to NIC", "arrives"),
        1927: ("NIC to NIC", "arrives"),
        1928: ("VM to VM", "arrives"),
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vlan": 7}, "has VLAN 7 on host"),
        ({"allowPromiscuous": False}, "is not promiscuous, nor learns addresses"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_the_port_group_drops_is_the_port_groups(lab: Lab, change: dict[str, Any], told: str) -> None:
    with VCenter.of(lab.instance) as vcenter:
        for host in vcenter.hosts():
            vcenter.change_port_group(host, "Trunk", **change)
    try:
        item = prove(lab, "--vlan", "1928", code=DROPPED)[1928]
        assert drops(item) == [("port group", "Trunk", "")] * 2
        assert told in words(item)
    finally:
        lab.up("--refresh").succeeded()


def test_without_forged_transmits_it_says_what_its_page_shows(lab: Lab) -> None:
    page = pages.read(pages.ROOT / "docs/prove.md")
    (shown,) = [block for block in page.blocks if any(" arrives" in line for line in block)]
    with VCenter.of(lab.instance) as vcenter:
        for host in vcenter.hosts():
            vcenter.change_port_group(host, "Trunk", forgedTransmits=False)
    try:
        run = command(lab, "prove", "--stack", lab.stack, *IMAGE, "--vlan", "1927", "--vlan", "1928")
        assert run.code == DROPPED
        told = run.output[run.output.index("node ") : run.output.index("Pulumi.")]
        assert [plain(line) for line in told.splitlines()] == [plain(line) for line in shown]
    finally:
        lab.up("--refresh").succeeded()


def plain(line: str) -> str:
    """Without what is another at each run."""
    return re.sub(r"hub-7vxwj-cnv-\w{5}", "hypervisor", line).strip()


def test_an_attachment_that_leads_to_another_bridge_is_named_before_it_makes_that_bridge(
    lab: Lab, cluster: Cluster, nodes: list[str]
) -> None:
    config = {"cniVersion": "0.3.1", "name": ATTACHMENT, "type": "bridge", "bridge": "br-nowhere", "ipam": {}}
    cluster.patch(*NAD, {"spec": {"config": json.dumps(config)}}, NAMESPACE)
    try:
        item = prove(lab, "--vlan", "1928", code=DROPPED)[1928]
        assert drops(item) == [("NetworkAttachmentDefinition", f"{NAMESPACE}/{ATTACHMENT}", "")] * 2
        assert "br-nowhere" in words(item)
        assert all("br-nowhere" not in cluster.interfaces(node) for node in nodes)
    finally:
        lab.up("--refresh").succeeded()


def test_what_the_cni_plugin_refuses_is_told_in_its_own_words(lab: Lab, cluster: Cluster) -> None:
    config = {"cniVersion": "0.3.1", "name": ATTACHMENT, "type": "bridge", "bridge": "br-1928", "vlan": 9999}
    cluster.patch(*NAD, {"spec": {"config": json.dumps(config)}}, NAMESPACE)
    try:
        item = prove(lab, "--vlan", "1928", code=DROPPED)[1928]
        assert {layer for layer, _, _ in drops(item)} == {"NetworkAttachmentDefinition"}
        assert "9999" in words(item)
    finally:
        lab.up("--refresh").succeeded()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_it_takes_its_pods_away(lab: Lab, cluster: Cluster, number: signal.Signals) -> None:
    with started(lab, "prove", "--stack", lab.stack, *IMAGE) as running:
        until(lambda: cluster.items("v1", "Pod", labels=LABEL), "its pods are there")
        running.send_signal(number)
        output, _ = running.communicate()
    assert running.returncode == NOT_TRIED, output
    assert "Traceback" not in output
    assert cluster.items("v1", "Pod", labels=LABEL) == []


def test_what_a_killed_run_left_goes_with_the_next_one(lab: Lab, cluster: Cluster) -> None:
    with started(lab, "prove", "--stack", lab.stack, *IMAGE) as running:
        until(lambda: cluster.items("v1", "Pod", labels=LABEL), "its pods are there")
        running.kill()
    assert cluster.items("v1", "Pod", labels=LABEL)
    assert prove(lab, "--vlan", "1925", code=ARRIVES)


def test_what_somebody_took_from_a_node_is_named_with_the_node(lab: Lab, cluster: Cluster, nodes: list[str]) -> None:
    one, other = nodes
    lose(cluster, other, 1925, f"{NIC}.1925")
    lose(cluster, one, 1926, "br-1926")
    found = prove(lab, code=DROPPED)
    assert {vlan: drops(item) for vlan, item in found.items()} == {
        1925: [("VLAN interface", f"{NIC}.1925", other)] * 2,
        1926: [("bridge", "br-1926", one)] * 2,
        1927: [("", "", "")] * 2,
        1928: [("", "", "")] * 2,
    }


def test_a_card_that_is_down_is_named(lab: Lab, cluster: Cluster, nodes: list[str]) -> None:
    on(cluster, nodes[0], "ip", "link", "set", NIC, "down")
    assert drops(prove(lab, "--vlan", "1928", code=DROPPED)[1928]) == [("NIC", NIC, nodes[0])] * 2
