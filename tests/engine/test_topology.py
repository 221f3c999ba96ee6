"""`topology --live` on a lab that stands, on one that several hands have been at, and on one that is not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until
from tests.engine.commands import command

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
POLICY = ("nmstate.io/v1", "NodeNetworkConfigurationPolicy")
ATTACHMENT = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")


def look(lab: Lab, *words: str) -> str:
    return command(lab, "topology", "--stack", lab.stack, "--live", *words).succeeded().output


def differences(shown: str) -> set[str]:
    """The list at the end, each with its spaces as one."""
    _, _, found = shown.partition("from the stack file:")
    return {" ".join(line.split()) for line in found.splitlines() if line.strip()}


def test_before_the_first_up_all_is_missing(lab: Lab) -> None:
    found = differences(look(lab))
    assert {
        "missing port group Trunk: on goat-1.lab.bewley.net, goat-2.lab.bewley.net",
        "missing template hub-7vxwj-rhcos-cnv",
        f"missing MachineSet {MACHINE_SET}",
        "missing nodes none: no node has joined yet",
        "missing policy ens224-policy",
        "missing NetworkAttachmentDefinition vlan-1928: in provisioning",
        "missing namespace provisioning",
    } == found


@pytest.fixture(scope="module")
def node(lab: Lab, cluster: Cluster) -> str:
    """The one hypervisor of the lab, which stands from here on."""
    lab.up().succeeded()
    (machine,) = cluster.machines(MACHINE_SET)
    return str(machine["status"]["nodeRef"]["name"])


def test_a_lab_that_stands_differs_in_nothing(lab: Lab, node: str) -> None:
    shown = look(lab)
    assert shown.splitlines()[-1] == "All of it is there, as the stack file has it."
    assert f"nodes {node}" in shown
    assert "policy ens224-policy  is in force on 1 node" in shown
    assert "on goat-1.lab.bewley.net, goat-2.lab.bewley.net" in shown


def test_what_several_hands_did_is_marked_where_it_is(lab: Lab, node: str, cluster: Cluster, vcenter: VCenter) -> None:
    """A host's trunk, an attachment deleted and one made by hand, a bridge on the NIC, a VLAN out of the file."""
    host = vcenter.hosts()[1]
    vcenter.tighten_port_group(host, "Trunk")
    cluster.delete(*ATTACHMENT, "vlan-1928", "provisioning")
    cluster.create(
        {
            "apiVersion": ATTACHMENT[0],
            "kind": ATTACHMENT[1],
            "metadata": {"name": "by-hand", "namespace": "provisioning"},
            "spec": {"config": '{"cniVersion": "0.3.1", "type": "bridge", "bridge": "br-1925"}'},
        }
    )
    tagged = {"name": "ens224.7", "type": "vlan", "state": "up", "vlan": {"base-iface": "ens224", "id": 7}}
    bridge = {"name": "br-7", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens224.7"}]}}
    cluster.create(
        {
            "apiVersion": POLICY[0],
            "kind": POLICY[1],
            "metadata": {"name": "by-hand"},
            "spec": {
                "nodeSelector": {"kubernetes.io/hostname": node},
                "desiredState": {"interfaces": [tagged, bridge]},
            },
        }
    )
    until(lambda: "br-7" in cluster.interfaces(node), "the node has the bridge")

    def drop(config: dict[str, Any]) -> None:
        config["vlans"] = [vlan for vlan in config["vlans"] if vlan["id"] != 1926]

    lab.edit(drop)
    shown = look(lab)
    found = differences(shown)
    told = f"on {host.name}"
    assert f"differs port group Trunk: not promiscuous, rejects forged transmits {told}" in found
    assert "missing NetworkAttachmentDefinition vlan-1928: in provisioning" in found
    assert "foreign NetworkAttachmentDefinition provisioning/by-hand: in provisioning, not made by this stack" in found
    assert f"foreign bridge br-7: on {node}, by neither the stack file nor policy ens224-policy" in found
    assert f"foreign policy by-hand: configures ens224 of {node}, too" in found
    assert f"extra bridge br-1926: still on {node}" in found
    assert "differs policy ens224-policy: asks for something else than the stack file: br-1926, ens224.1926" in found
    (line,) = (line for line in shown.splitlines() if line.startswith("1926"))
    assert line.split()[1] == "retired"
    for format_, mark in (("mermaid", "  class p"), ("svg", '<g class="foreign">'), ("html", 'href="#q=foreign"')):
        assert mark in look(lab, "--format", format_)


def test_a_server_that_does_not_answer_is_named_without_a_traceback(lab: Lab) -> None:
    lab.stop("vcenter")
    run = command(lab, "topology", "--stack", lab.stack, "--live")
    assert run.code == 1
    assert "cannot be reached" in run.output
    assert "Traceback" not in run.output
