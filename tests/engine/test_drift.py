"""What somebody changes by hand under a standing lab: `refresh` and `up` bring it back, or say what they can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.plays import vsphere
from tests.engine.cluster import MACHINE_API, until

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
MACHINE_SET_KIND = ("machine.openshift.io/v1beta1", "MachineSet", MACHINE_SET)


@pytest.fixture(scope="module", autouse=True)
def _stands(lab: Lab) -> None:
    """The post's lab; each test leaves it as it was."""
    lab.up().succeeded()


def mend(lab: Lab, *, planned: dict[str, str]) -> None:
    """`up --refresh` does what the preview said; that nothing was left to do shows in the next test's."""
    assert lab.planned("--refresh") == planned
    lab.up("--refresh").succeeded()


def test_a_deleted_attachment_comes_back(lab: Lab, cluster: Cluster) -> None:
    before = cluster.attachment("provisioning", "vlan-1928")
    assert before is not None
    cluster.delete("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-1928", "provisioning")
    mend(lab, planned={"provisioning-vlan-1928": "create"})
    after = cluster.attachment("provisioning", "vlan-1928")
    assert after is not None
    assert after["spec"] == before["spec"]


def test_an_edited_attachment_is_put_back(lab: Lab, cluster: Cluster) -> None:
    """A `vlan` in it would tag a second time: VMs would start and hear nothing."""
    kind = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-1928")
    before = cluster.attachment("provisioning", "vlan-1928")
    assert before is not None
    cluster.patch(
        *kind, {"spec": {"config": '{"cniVersion": "0.3.1", "type": "bridge", "vlan": 1928}'}}, "provisioning"
    )
    mend(lab, planned={"provisioning-vlan-1928": "update"})
    after = cluster.attachment("provisioning", "vlan-1928")
    assert after is not None
    assert after["spec"] == before["spec"]


def test_a_machine_set_that_somebody_scaled_is_what_the_stack_file_says_again(lab: Lab, cluster: Cluster) -> None:
    cluster.patch(*MACHINE_SET_KIND, {"spec": {"replicas": 2}}, MACHINE_API)
    until(lambda: len(cluster.machines(MACHINE_SET)) == 2, "the controller followed the hand")
    planned = lab.planned("--refresh")
    assert planned["hypervisors"] == "update"
    lab.up("--refresh").succeeded()
    assert len(cluster.machines(MACHINE_SET)) == 1, "up ends when the other one is gone"


def test_a_deleted_machine_set_is_made_again_and_its_nodes_get_their_bridges(lab: Lab, cluster: Cluster) -> None:
    cluster.delete(*MACHINE_SET_KIND, MACHINE_API)
    until(lambda: not cluster.machines(MACHINE_SET), "its Machines went with it")
    lab.up("--refresh").succeeded()
    (machine,) = cluster.machines(MACHINE_SET)
    assert "br-1928" in cluster.interfaces(machine["status"]["nodeRef"]["name"])


def test_a_port_group_that_stopped_taking_nested_vms_frames_takes_them_again(lab: Lab, vcenter: VCenter) -> None:
    """Somebody tightened the security settings: VMs would get no answer, and nothing else would tell."""
    host = vcenter.hosts()[0]
    vcenter.tighten_port_group(host, "Trunk")
    mend(lab, planned={f"trunk-{host.name}": "update"})
    security = vcenter.port_groups("Trunk")[str(host.name)].policy.security
    assert (security.allowPromiscuous, security.forgedTransmits, security.macChanges) == (True, True, True)


def test_a_host_that_joins_the_cluster_gets_the_port_group_and_preflight_says_so(lab: Lab, vcenter: VCenter) -> None:
    """A hypervisor that lands on a host without it would fail for good: "unable to get network"."""
    host = "goat-3.lab.bewley.net"
    vsphere.add_host(host, name=lab.instance.name)
    assert f"host {host} is new in cluster Goat: it gets port group Trunk, too" in lab.preview().succeeded().output
    assert lab.planned() == {f"trunk-{host}": "create"}
    assert f"host {host} is new" in lab.up().succeeded().output
    assert host in vcenter.port_groups("Trunk")
    assert f"host {host}" not in lab.preview("--refresh", "--expect-no-changes").succeeded().output
