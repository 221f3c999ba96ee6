"""`pulumi destroy` says what keeps a hypervisor, and goes on by itself when that is out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine import background
from tests.engine.plays import look_again, play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
TEMPLATE = "hub-7vxwj-rhcos-cnv"


def pods(cluster: Cluster) -> set[str]:
    """The VMs that run, by their pods."""
    return {item["metadata"]["annotations"]["kubevirt.io/domain"] for item in cluster.items("v1", "Pod", "default")}


def test_destroy_names_the_vm_that_cannot_migrate_and_goes_on_when_it_is_stopped(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    lab.up().succeeded()
    play(lab, "vm", "held", "--cannot-migrate")
    play(lab, "vm", "calm", "--evictable")
    with background.pulumi(lab, "destroy") as destroy:
        told = destroy.told("VM default/held cannot be migrated")
        (machine,) = cluster.machines(MACHINE_SET)
        assert f"Machine {machine['metadata']['name']}" in told
        assert "PVC root is not shared" in told, "KubeVirt's own words"
        assert "virtctl stop -n default held" in told
        assert "machine.openshift.io/exclude-node-draining" in told
        assert "held" in pods(cluster), "nothing was ended by force"
        play(lab, "vm-stop", "held")
        run = destroy.finished().succeeded()
    assert "default/calm" not in run.output, "what can be evicted is in nobody's way"
    assert pods(cluster) == set()
    assert cluster.machine_set(MACHINE_SET) is None
    assert vcenter.vm(machine["metadata"]["name"]) is None
    play(lab, "vm-stop", "calm")


def test_destroy_after_a_failed_up_names_the_machine_that_cannot_be_deleted(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    """The rollout failed and is not in Pulumi's state: the drain, which is, tells all the same."""
    vcenter.clone("hub-7vxwj-rhcos", TEMPLATE, folder="attic")
    assert "multiple templates found" in lab.up().refused()
    (machine,) = cluster.machines(MACHINE_SET)
    play(lab, "vcenter-login", "off")
    with background.pulumi(lab, "destroy") as destroy:
        told = destroy.told("cannot be deleted")
        assert f"Machine {machine['metadata']['name']} cannot be deleted: failed to create scope for machine" in told
        assert "Give Secret openshift-machine-api/vsphere-cloud-credentials the login for 127.0.0.1" in told
        assert f"oc patch machine -n openshift-machine-api {machine['metadata']['name']} --type=merge" in told
        play(lab, "vcenter-login", "on")
        look_again(cluster, MACHINE_SET)
        destroy.finished().succeeded()
    assert cluster.machine_set(MACHINE_SET) is None
