"""A sandbox whose nodes have a kernel: what `pulumi up` makes there carries frames."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from sandbox.parts import ROOT
from tests.engine.cluster import Cluster, until
from tests.engine.policies import Policies, vlan
from tests.engine.vcenter import VCenter

if TYPE_CHECKING:
    from tests.engine.lab import Lab

NIC = "ens224"
# The kernel takes 15 characters.
LONG = "ens224-trunk.1930"


def ping(lab: Lab, vlan: int = 1928) -> tuple[int, str]:
    command = [sys.executable, "-m", "sandbox", "play", "ping", "--vlan", str(vlan), "--name", lab.instance.name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_two_vms_of_a_vlan_on_two_nodes_ping_each_other_with_its_tag_on_the_trunk(lab: Lab) -> None:
    code, told = ping(lab)
    assert code == 0, told
    assert "3 of 3 pings answered" in told
    assert told.count("frames with tag 1928") == 4
    assert "another" not in told
    assert " 0 frames" not in told


def test_a_trunk_that_somebody_tightened_carries_no_ping(lab: Lab) -> None:
    instance = lab.instance
    with VCenter.of(instance) as vcenter:
        for host in vcenter.hosts():
            vcenter.tighten_port_group(host, "Trunk")
    code, told = ping(lab)
    assert code == 1
    assert "0 of 3 pings answered" in told
    lab.up("--refresh").succeeded()
    assert ping(lab)[0] == 0


def test_a_vlan_without_an_attachment_is_no_traceback(lab: Lab) -> None:
    assert ping(lab, 4000) == (1, "there is no attachment vlan-4000: has `pulumi up` run, with this VLAN?\n")


def test_a_nodes_state_is_what_nmstate_shows_of_the_kernel(lab: Lab, cluster: Cluster) -> None:
    (node, _) = lab.outputs()["nodes"]
    there = cluster.interfaces(node)
    assert there["br-1928"]["bridge"]["port"][0]["name"] == f"{NIC}.1928"
    # Of the kernel alone: nobody asked for it.
    assert there["br-1928"]["max-mtu"] == 65535
    assert there[NIC]["permanent-mac-address"] == there[NIC]["mac-address"]


def test_an_enactment_that_failed_has_nmstates_own_words(lab: Lab, cluster: Cluster) -> None:
    (node, _) = lab.outputs()["nodes"]
    policies = Policies(cluster, {"kubernetes.io/hostname": node})
    policies("too-long", {**vlan(30), "name": LONG})
    policies.judged("too-long")
    told = policies.complaint("too-long")
    assert LONG in told
    assert "NmstateError" in told
    assert LONG not in cluster.interfaces(node)
    cluster.delete("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "too-long")


def test_no_guest_outlives_its_sandbox(lab: Lab) -> None:
    lab.destroy().succeeded()
    until(lambda: not guests(lab), "the guests of deleted machines end")


def guests(lab: Lab) -> list[int]:
    agent = lab.instance.load().processes["node-agent"].pid
    return [child.pid for child in psutil.Process(agent).children(recursive=True)]
