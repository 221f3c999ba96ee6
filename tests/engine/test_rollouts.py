"""`pulumi up` says what it waits for in the words of the part that it waits for, and goes on when it is mended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import background
from tests.engine.cluster import MACHINE_API, until
from tests.engine.plays import look_again, play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
TEMPLATE = "hub-7vxwj-rhcos-cnv"
USER_DATA = ("v1", "Secret", "worker-user-data", MACHINE_API)


@pytest.fixture
def standing(lab: Lab) -> list[str]:
    """The lab stands, with as many hypervisors as an earlier test has left; their nodes."""
    if not lab.resources():
        lab.up().succeeded()
    return list(lab.outputs()["nodes"])


def one_more(lab: Lab, nodes: list[str]) -> None:
    lab.edit(lambda config: config["hypervisors"].update(replicas=len(nodes) + 1))


def test_a_machine_that_does_not_come_is_told_with_each_reason_as_it_shows_and_with_the_fix(
    lab: Lab, cluster: Cluster
) -> None:
    """No login for vCenter, then no user data: the Machine API retries both for ever, and calls neither a failure."""
    secret = cluster.get(*USER_DATA)
    assert secret is not None
    play(lab, "vcenter-login", "off")
    cluster.delete(*USER_DATA)
    with background.pulumi(lab, "up") as up:
        told = up.told("has not started")
        (machine,) = cluster.machines(MACHINE_SET)
        assert f"Machine {machine['metadata']['name']} has not started" in told
        assert 'does not have "127.0.0.1.username" field set' in told, "the controller's own words"
        assert "Give Secret openshift-machine-api/vsphere-cloud-credentials the login for 127.0.0.1" in told
        assert "before a destroy" in told
        play(lab, "vcenter-login", "on")
        look_again(cluster, MACHINE_SET)
        assert "is Provisioning and has no node yet" in up.told('Secret "worker-user-data" not found')
        metadata = {"name": secret["metadata"]["name"], "namespace": MACHINE_API}
        cluster.create({**secret, "metadata": metadata})
        look_again(cluster, MACHINE_SET)
        up.finished().succeeded()


def test_requests_for_certificates_that_nobody_approves_are_named_with_the_command(
    lab: Lab, cluster: Cluster, standing: list[str]
) -> None:
    play(lab, "csr-approval", "off")
    one_more(lab, standing)
    with background.pulumi(lab, "up") as up:
        told = up.told("nobody has approved its kubelet's request for a certificate")
        (name,) = re.findall(r"oc adm certificate approve (csr-\w+)", told)
        cluster.approve(name)
        run = up.finished().succeeded()
    (new,) = set(lab.outputs()["nodes"]) - set(standing)
    assert f"node {new} has asked for its serving certificate" in run.output, (
        "told, and no reason to wait: VMs run there"
    )
    play(lab, "csr-approval", "on")


def test_a_node_that_is_not_ready_is_waited_for_with_its_own_words(lab: Lab, standing: list[str]) -> None:
    node = standing[0]
    play(lab, "node", node, "not-ready")
    with background.pulumi(lab, "up", "--refresh") as up:
        assert f"node {node} is not Ready: KubeletNotReady: container runtime is down" in up.told("is not Ready")
        play(lab, "node", node, "ready")
        up.finished().succeeded()


def test_a_node_without_kvm_names_the_template_and_the_flag_that_was_lost_and_the_remedy_holds(
    lab: Lab, cluster: Cluster, vcenter: VCenter, standing: list[str]
) -> None:
    """As after somebody's hand on the template: only Machines that are made from then on lack the flag."""
    vcenter.forbid_nesting(TEMPLATE)
    one_more(lab, standing)
    told = lab.up("--target", "**hypervisors**").refused()
    assert "is Ready and has no /dev/kvm (devices.kubevirt.io/kvm is 0)" in told
    assert f"Template /Garden/vm/hub-7vxwj/{TEMPLATE} has lost nested virtualization (nestedHVEnabled is false)" in told
    (new,) = {item["metadata"]["name"] for item in cluster.machines(MACHINE_SET)} - set(standing)
    assert f"oc delete machine -n openshift-machine-api {new}" in told, "the one that it is about"
    told = lab.up("--refresh").refused()
    assert f"Machine {new} was made when the template was without it" in told, "mended by now, but not for this one"
    cluster.delete("machine.openshift.io/v1beta1", "Machine", new, MACHINE_API)
    until(lambda: new not in {item["metadata"]["name"] for item in cluster.machines(MACHINE_SET)}, "it goes")
    lab.up().succeeded()
    assert len(lab.outputs()["nodes"]) == len(standing) + 1, "as the remedy says"


def test_replicas_that_an_autoscaler_owns_are_kept_and_told(lab: Lab, cluster: Cluster, standing: list[str]) -> None:
    lab.original()
    play(lab, "autoscale", MACHINE_SET, "--replicas", "2")

    def change(config: dict[str, Any]) -> None:
        config["hypervisors"].update(memoryMiB=8192)

    lab.edit(change)
    run = lab.up().succeeded()
    assert f"MachineAutoscaler {MACHINE_SET} owns the replicas of MachineSet {MACHINE_SET}: 2" in run.output
    assert len(lab.outputs()["nodes"]) == 2
    lab.preview("--expect-no-changes").succeeded()
    cluster.delete("autoscaling.openshift.io/v1beta1", "MachineAutoscaler", MACHINE_SET, MACHINE_API)
    lab.up().succeeded()
    assert len(lab.outputs()["nodes"]) == 1, "without one the stack file's number counts"
