"""A run that stops half-way by an error, by Ctrl-C, or on what vanished: the next one is clean, either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine import crash
from tests.engine.cluster import until
from tests.engine.running import Running
from tests.engine.test_crashes import recover
from tests.engine.worker import settled

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

PENDING = "Attempting to deploy or update resources with 1 pending operations"


def stands(lab: Lab, cluster: Cluster, vcenter: VCenter) -> None:
    """All layers are there, and Pulumi sees nothing to do."""
    assert len(vcenter.port_groups("Trunk")) == 2
    assert vcenter.vm(crash.TEMPLATE) is not None
    (machine,) = cluster.machines(crash.MACHINE_SET)
    assert "br-1928" in cluster.interfaces(machine["status"]["nodeRef"]["name"])
    assert cluster.attachment("provisioning", "vlan-1928") is not None
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_an_up_that_ends_with_an_error_is_destroyed_without_a_trace(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    settled(cluster)
    before = vcenter.inventory()
    lab.next_call_fails("AddPortGroup", "ResourceInUse", type="HostSystem", name="Trunk")
    lab.up().refused()
    until(lambda: len(vcenter.port_groups("Trunk")) == 1, "the other host's port group is there")
    lab.destroy().succeeded()
    assert vcenter.inventory() == before
    assert lab.resources() == []


def test_ctrl_c_in_a_rollout_ends_the_run_and_the_next_goes_on(lab: Lab, cluster: Cluster, vcenter: VCenter) -> None:
    """Twice, as Pulumi says at the first: that one waits for the rollout, which waits for the nodes."""
    with lab.frozen("node-agent"), Running(lab, "up") as run:
        run.wait_for("before create HypervisorRollout")
        until(lambda: cluster.machines(crash.MACHINE_SET), "the Machine is there")
        run.interrupt()
        run.wait_to_tell("cancelling")
        run.interrupt()
        told = run.ends()
    assert told.code != 0
    assert PENDING in lab.up().succeeded().output, "no lock is left, but a word of warning"
    assert "hypervisors-rollout" in recover(lab).succeeded().output
    stands(lab, cluster, vcenter)
    assert PENDING not in lab.up().succeeded().output


def test_a_port_group_that_somebody_removed_is_named_and_made_anew(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    lab.up().succeeded()
    *_, last = vcenter.hosts()  # the first one has the VMs
    host = last.name
    vcenter.remove_port_group(last, "Trunk")
    told = lab.preview().refused()
    assert f"port group Trunk is in Pulumi's state and gone from {host}" in told
    assert "make recover STACK=sandbox" in told
    assert "could not find port group Trunk" in lab.pulumi("refresh", "--yes", "--skip-preview").refused()
    assert "port group Trunk is gone from host" in recover(lab).succeeded().output
    lab.up().succeeded()
    stands(lab, cluster, vcenter)


def test_a_destroy_that_could_not_delete_the_template_is_taken_back_by_up(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    lab.up().succeeded()
    lab.next_call_fails(
        "Destroy_Task", "NoPermission", on=crash.TEMPLATE, privilegeId="VirtualMachine.Inventory.Delete"
    )
    assert crash.TEMPLATE in lab.destroy().refused()
    assert cluster.machine_set(crash.MACHINE_SET) is None, "what was built on it is gone"
    lab.up().succeeded()
    stands(lab, cluster, vcenter)


def test_a_destroy_that_could_not_remove_a_port_group_is_taken_back_by_up(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    lab.up().succeeded()
    lab.next_call_fails("RemovePortGroup", "ResourceInUse", type="HostSystem", name="Trunk")
    assert "ResourceInUse" in lab.destroy().refused()
    assert vcenter.vm(crash.TEMPLATE) is None
    lab.up().succeeded()
    stands(lab, cluster, vcenter)
