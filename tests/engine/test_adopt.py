"""The post, followed by hand, and taken over: nothing is made a second time, and a destroy leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import project
from sandbox.plays import by_hand as by_hand_play
from tests.engine import trouble
from tests.engine.cluster import MACHINE_API, until
from tests.engine.lab import Run
from tests.engine.plays import play
from tests.engine.vcenter import VCenter
from tests.engine.worker import node_of, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

MACHINE_SET, TEMPLATE, TRUNK, POLICY = "hub-7vxwj-cnv", "hub-7vxwj-rhcos-cnv", "Trunk", "ens224-policy"
NAD = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-1928", "provisioning")


def adopt(lab: Lab, *words: str) -> Run:
    """`python -m lab adopt`, as docs/adopt.md has it."""
    done = subprocess.run(
        [sys.executable, "-m", "lab", "adopt", "--stack", lab.stack, *words],
        cwd=project.ROOT,  # where Pulumi.yaml is, the environment tells
        env={**os.environ, **project.environment(lab.instance, lab.instance.load())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    trouble.note(done.stdout)
    return Run(code=done.returncode, output=done.stdout)


def identities(cluster: Cluster, vcenter: VCenter) -> dict[str, str]:
    """Which objects they are: another one of the same name is another identity."""
    live: Mapping[str, Mapping[str, Any] | None] = {
        "MachineSet": cluster.machine_set(MACHINE_SET),
        "Machine": next(iter(cluster.machines(MACHINE_SET)), None),
        "policy": cluster.policy(POLICY),
        "namespace": cluster.get("v1", "Namespace", "provisioning"),
        "attachment": cluster.get(*NAD),
    }
    uids = {name: str(item["metadata"]["uid"]) if item else "" for name, item in live.items()}
    return {**uids, "template": vcenter.moid(TEMPLATE) if vcenter.vm(TEMPLATE) else ""}


def everything(cluster: Cluster, vcenter: VCenter) -> set[str]:
    """The names of all objects in the cluster and in vCenter."""
    return {*cluster.everything(), *vcenter.inventory()}


@pytest.fixture(scope="module")
def nothing(lab: Lab, cluster: Cluster) -> set[str]:
    """What there is before anything is made."""
    settled(cluster)
    with VCenter.of(lab.instance) as vcenter:
        return everything(cluster, vcenter)


@pytest.fixture(scope="module", autouse=True)
def by_hand(lab: Lab, nothing: set[str]) -> str:
    """What a reader of the post has."""
    return play(lab, "by-hand")


def test_the_post_followed_by_hand_is_what_the_stack_file_says_but_for_what_the_page_of_differences_tells(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    assert "`python -m lab adopt -s sandbox`" in lab.up().refused(), "the way out is named"
    before = identities(cluster, vcenter), lab.resources()
    told = adopt(lab).succeeded().output
    stands = [line.strip() for line in told.splitlines() if line.startswith("  ")]
    assert stands == [
        "port group Trunk on vSwitch0 of goat-1.lab.bewley.net, goat-2.lab.bewley.net: as the stack file says",
        "template /Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv: as the stack file says",
        "MachineSet hub-7vxwj-cnv: label node-role.kubernetes.io/virtualization of new nodes nothing → empty",
        "policy ens224-policy: as the stack file says",
        "namespace provisioning: as the stack file says",
        stands[5],
        stands[6],
    ]
    assert stands[5].startswith("networks in namespace provisioning: VLAN 1928: ")
    for change in (
        "annotation description Provisioning Bridge V1928 → provisioning V1928",
        "type cnv-bridge → bridge",
        "vlan 1928 → nothing",
        "further plugins cnv-tuning → nothing",
    ):
        assert change in stands[5].partition("VLAN 1928: ")[2].split("; ")
    assert stands[6].startswith("A label reaches new nodes only.")
    assert "Nothing has been changed" in told
    assert (identities(cluster, vcenter), lab.resources()) == before


def diverge(cluster: Cluster, vcenter: VCenter) -> None:
    """Somebody has gone on by hand: another size, one more VLAN, a host whose port group lets less through."""
    value = {"template": {"spec": {"providerSpec": {"value": {"numCPUs": 8}}}}}
    cluster.patch("machine.openshift.io/v1beta1", "MachineSet", MACHINE_SET, {"spec": value}, MACHINE_API)
    policy = cluster.policy(POLICY)
    assert policy is not None
    interfaces = policy["spec"]["desiredState"]["interfaces"]
    port = {"name": "ens224.1930", "vlan": {}}
    more = [
        {"name": "ens224.1930", "type": "vlan", "state": "up", "vlan": {"base-iface": "ens224", "id": 1930}},
        {"name": "br-1930", "type": "linux-bridge", "state": "up", "bridge": {"port": [port]}},
    ]
    body = {"spec": {"desiredState": {"interfaces": [*interfaces, *more]}}}
    cluster.patch("nmstate.io/v1", "NodeNetworkConfigurationPolicy", POLICY, body)
    until(lambda: "br-1930" in cluster.interfaces(node_of(cluster)), "the node has one more bridge")
    vcenter.tighten_port_group(vcenter.hosts()[0], TRUNK)


def test_what_was_made_by_hand_is_taken_over_changed_as_told_and_not_made_again(
    lab: Lab, cluster: Cluster, vcenter: VCenter, nothing: set[str]
) -> None:
    diverge(cluster, vcenter)
    before = identities(cluster, vcenter)
    told = adopt(lab, "--write").succeeded().output
    (tight,) = [line for line in told.splitlines() if "of goat-1.lab.bewley.net: " in line]
    assert "allowPromiscuous false → true" in tight
    assert "port group Trunk on vSwitch0 of goat-2.lab.bewley.net: as the stack file says" in told
    assert "CPUs 8 → 6" in told
    assert "VLAN 1930 leaves" in told
    assert identities(cluster, vcenter) == before
    planned = lab.planned()
    assert set(planned.values()) == {"create", "update"}, "nothing is deleted or replaced"
    assert {name for name, op in planned.items() if op == "update"} == {
        "trunk-goat-1.lab.bewley.net",
        "hypervisors",
        "node-network",
        "provisioning",
        "provisioning-vlan-1928",
    }
    assert "nothing to adopt" in adopt(lab, "--write").succeeded().output
    lab.up().succeeded()
    assert identities(cluster, vcenter) == before
    assert "VmPoweredOnEvent" not in vcenter.events(TEMPLATE)
    assert all(spec.policy.security.allowPromiscuous for spec in vcenter.port_groups(TRUNK).values())
    until(lambda: "br-1930" not in cluster.interfaces(node_of(cluster)), "the node has that bridge no more")
    assert lab.outputs()["staleMachines"] == []
    lab.preview("--refresh", "--expect-no-changes").succeeded()
    lab.destroy().succeeded()
    until(lambda: everything(cluster, vcenter) == nothing, "nothing is left")
    assert lab.resources() == []


def test_a_part_that_was_made_by_hand_is_taken_over_and_the_rest_is_made(
    lab: Lab, cluster: Cluster, vcenter: VCenter, nothing: set[str]
) -> None:
    """Here of a distributed switch: its port group, and a namespace with its network."""
    lab.edit(lambda config: config["trunk"].update(switch={"kind": "distributed", "name": "Garden-VDS"}))
    lab.edit(lambda config: config["hypervisors"].update(replicas=0))
    play(lab, "port-group", TRUNK, "--vlans", "1925")
    play(lab, "by-hand", "attachments")
    before, trunk = identities(cluster, vcenter), vcenter.group_moid(TRUNK)
    told = adopt(lab, "--write").succeeded().output
    assert "vlans 1925 → 1925-1928" in told
    assert "MachineSet hub-7vxwj-cnv" in told.partition("Not there yet")[2]
    lab.up().succeeded()
    after = identities(cluster, vcenter)
    assert (after["namespace"], after["attachment"]) == (before["namespace"], before["attachment"])
    assert vcenter.group_moid(TRUNK) == trunk
    assert vcenter.trunk(TRUNK)["vlans"] == [(1925, 1928)]
    lab.up("--expect-no-changes").succeeded()
    lab.destroy().succeeded()
    until(lambda: everything(cluster, vcenter) == nothing, "nothing is left")
    lab.original()


def test_what_cannot_be_changed_as_it_stands_is_refused_and_nothing_of_it_all_is_taken(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    play(lab, "by-hand", "trunk")
    (first, *_) = vcenter.hosts()
    vcenter.remove_port_group(first, TRUNK)
    vcenter.add_port_group(first, TRUNK, 4095, "vSwitch1")
    refused = adopt(lab, "--write").refused()
    assert "virtualSwitchName is vSwitch1, the stack file means vSwitch0" in refused
    assert lab.resources() == []


def test_a_policy_by_another_name_on_the_same_nic_is_told_with_the_key_to_write(lab: Lab, cluster: Cluster) -> None:
    other = by_hand_play.manifest("policy")
    other["metadata"]["name"] = "trunk-nic"
    cluster.create(other)
    refused = adopt(lab).refused()
    assert "policy trunk-nic configures ens224 of these nodes too" in refused
    assert "write its name as cnv-lab:nodeNetwork.name, and take it over" in refused
