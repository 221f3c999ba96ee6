"""What fails while it is made is told in the failing part's own words, at once, and the next run goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until
from tests.engine.worker import left_of_the_trunk, under_the_policy

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
TEMPLATE = "hub-7vxwj-rhcos-cnv"


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's."""
    lab.original()


def test_a_nic_that_a_vm_has_not_is_told_in_the_handlers_words_and_what_another_node_got_is_taken_back(
    lab: Lab, cluster: Cluster
) -> None:
    """A rollout that failed is not in Pulumi's state; its policy is in force where the NIC is there."""

    def change(config: dict[str, Any]) -> None:
        config["nodeNetwork"] |= {"nic": "ens256", "maxUnavailable": "100%"}

    lab.edit(change)
    with under_the_policy(cluster, "ens256") as other:
        told = lab.up().refused()
        (node,) = [machine["status"]["nodeRef"]["name"] for machine in cluster.machines(MACHINE_SET)]
        assert node in told
        assert "Ethernet interface ens256 does not exist" in told, "nmstate's own words"
        assert "ens256.1928" in cluster.interfaces(other)
        lab.original()
        lab.up().succeeded()
        assert "ens256.1928" not in cluster.interfaces(other), "though the one without the NIC has none to give back"
        for name in (node, other):
            assert "br-1928" in cluster.interfaces(name), "the next run went on from there"
        assert cluster.policy("ens256-policy") is None
        lab.destroy().succeeded()
        assert left_of_the_trunk(cluster, other) == []


def test_a_machine_that_failed_is_told_at_once_with_the_controllers_words(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    """A second template of one name in another folder: the Machine API looks for the name in the whole datacenter."""
    vcenter.clone("hub-7vxwj-rhcos", TEMPLATE, folder="attic")
    told = lab.up().refused()
    assert "hub-7vxwj-cnv-" in told, "which Machine"
    assert "multiple templates found" in told, told
    vcenter.destroy(TEMPLATE)
    for machine in cluster.machines(MACHINE_SET):
        name = machine["metadata"]["name"]
        cluster.delete("machine.openshift.io/v1beta1", "Machine", name, "openshift-machine-api")

    def is_looked_at() -> bool:
        """A new Machine has no status for a moment."""
        return all((item.get("status") or {}).get("phase") for item in cluster.machines(MACHINE_SET))

    until(is_looked_at, "a new Machine")
    lab.up().succeeded()
    lab.destroy().succeeded()


def test_a_clone_whose_run_was_lost_is_taken_back_by_the_next(lab: Lab, vcenter: VCenter) -> None:
    """A run may die between vCenter's answer and Pulumi's state: the marker tells whose template it is."""
    lab.up("--target", "**PortGroup::trunk**", "--target", "**Template::template").succeeded()
    uuid = vcenter.uuid(TEMPLATE)
    (template,) = [item for item in lab.resources() if item["type"].endswith("dynamic/cnvlab:Template")]
    lab.pulumi("state", "delete", template["urn"], "--yes", "--force").succeeded()
    lab.up().succeeded()
    assert vcenter.uuid(TEMPLATE) == uuid, "taken back, not made again"
    lab.destroy().succeeded()
    assert vcenter.vm(TEMPLATE) is None
