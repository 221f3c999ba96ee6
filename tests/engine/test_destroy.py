"""`pulumi destroy` leaves vCenter and the cluster as they were, and stops before somebody else's things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import background
from tests.engine.worker import left_of_the_trunk, node_of, outliving, settled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
FOREIGN_VM = {
    "apiVersion": "kubevirt.io/v1",
    "kind": "VirtualMachine",
    "metadata": {"name": "pxe-client", "namespace": "provisioning"},
    "spec": {"runStrategy": "Halted", "template": {"spec": {"domain": {}}}},
}


# What waits for what at a destroy, by the last part of the types.
LAYERS = (
    {"NamespaceGuard"},
    {"NetworkAttachmentDefinition"},
    {"PolicyRollout"},
    {"PolicyRevert"},
    {"NodeNetworkConfigurationPolicy"},
    {"HypervisorRollout"},
    {"MachineSet"},
    {"Template"},
    {"HostPortGroup"},
)


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's."""
    lab.original()


def test_destroy_leaves_nothing_behind_and_nothing_changed(lab: Lab, cluster: Cluster, vcenter: VCenter) -> None:
    settled(cluster)
    objects, inventory = cluster.everything(), vcenter.inventory()
    lab.up().succeeded()
    assert cluster.everything() != objects, "something was made"
    lab.destroy().succeeded()
    assert vcenter.inventory() == inventory
    assert cluster.everything() == objects
    assert lab.resources() == []


def set_ready(cluster: Cluster, node: str, status: str) -> None:
    """As the node controller does when a kubelet falls silent, or comes back."""
    there = cluster.node(node)
    assert there is not None
    others = [item for item in there["status"]["conditions"] if item["type"] != "Ready"]
    conditions = [*others, {"type": "Ready", "status": status, "reason": "NodeStatusUnknown"}]
    cluster.patch_status("v1", "Node", node, {"status": {"conditions": conditions}})


def deletions(log: Path) -> list[tuple[str, int, int]]:
    """What the engine deleted: the type's last part, and where in its log the deletion began and ended."""
    begun: dict[str, int] = {}
    found = []
    for number, line in enumerate(log.read_text(encoding="utf-8").splitlines()):
        event = json.loads(line)
        if metadata := (event.get("resourcePreEvent") or {}).get("metadata"):
            begun[metadata["urn"]] = number
        elif (metadata := (event.get("resOutputsEvent") or {}).get("metadata")) and metadata["op"] == "delete":
            kind = metadata["urn"].split("::")[2].rpartition(":")[2]
            found.append((kind, begun[metadata["urn"]], number))
    return found


def test_each_layer_goes_after_what_stands_on_it_and_a_node_that_is_out_of_reach_holds_nothing_up(
    lab: Lab, cluster: Cluster, tmp_path: Path
) -> None:
    """By the engine's own log: where one layer's deletions have ended, the next one's begin."""
    lab.up().succeeded()
    log = tmp_path / "events.json"
    with outliving(cluster) as node:
        away = node_of(cluster)
        set_ready(cluster, away, "Unknown")
        arguments = ("destroy", "--yes", "--skip-preview", "--event-log", str(log))
        told = lab.pulumi(*arguments, environment={"PULUMI_DEBUG_COMMANDS": "true"}).succeeded().output
        assert f"taken back from the nodes that stay; not waited for: {away} is not Ready" in told
        assert left_of_the_trunk(cluster, node) == [], "a policy's own deletion would have left them"
        assert cluster.interfaces(node)["ens224"]["state"] == "up"
    found = deletions(log)
    spans = [[item for item in found if item[0] in kinds] for kinds in LAYERS]
    assert all(spans), found
    ends = [max(end for _, _, end in layer) for layer in spans]
    begins = [min(begin for _, begin, _ in layer) for layer in spans]
    assert all(end < begin for end, begin in zip(ends, begins[1:], strict=False)), found


def test_always_waits_for_a_node_that_is_out_of_reach_and_names_it(lab: Lab, cluster: Cluster) -> None:
    lab.edit(lambda config: config["nodeNetwork"].update(revertOnDestroy="always"))
    lab.up().succeeded()
    away = node_of(cluster)
    set_ready(cluster, away, "Unknown")
    with background.pulumi(lab, "destroy") as destroy:
        destroy.told(f"is taken back from 0 of 1 nodes; {away} is not Ready")
        assert cluster.policy("ens224-policy") is not None
        set_ready(cluster, away, "True")
        destroy.finished().succeeded()
    assert cluster.policy("ens224-policy") is None


def test_never_leaves_the_bridges_and_somebodys_namespace_keeps_its_networks_while_they_are_used(
    lab: Lab, cluster: Cluster
) -> None:
    def change(config: dict[str, Any]) -> None:
        config["nodeNetwork"]["revertOnDestroy"] = "never"
        config["namespaces"] = [{"name": "shared", "existing": True}]
        config["vlans"][3]["namespaces"] = ["shared"]

    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shared"}})
    lab.edit(change)
    lab.up().succeeded()
    networks = [{"name": "pxe", "multus": {"networkName": "vlan-1928"}}]
    spec = {"runStrategy": "Halted", "template": {"spec": {"domain": {}, "networks": networks}}}
    cluster.create({**FOREIGN_VM, "metadata": {"name": "pxe-client", "namespace": "shared"}, "spec": spec})
    told = lab.destroy().refused()
    assert "networks in namespace shared are not deleted, in use by VirtualMachine pxe-client on vlan-1928" in told
    assert cluster.attachment("shared", "vlan-1928") is not None
    cluster.delete("kubevirt.io/v1", "VirtualMachine", "pxe-client", "shared")
    with outliving(cluster) as node:
        told = lab.destroy().succeeded().output
        assert "revertOnDestroy: never, so br-1925, ens224.1925" in told
        assert "br-1928" in left_of_the_trunk(cluster, node)
    assert cluster.policy("ens224-policy") is None
    assert cluster.get("v1", "Namespace", "shared") is not None, "it was never the stack's"
    cluster.delete("v1", "Namespace", "shared")


def test_a_policy_that_somebody_deleted_is_told_with_what_stays_on_the_nodes(lab: Lab, cluster: Cluster) -> None:
    """Also after a refresh, which takes the policy out of the state."""
    lab.up().succeeded()
    with outliving(cluster) as node:
        cluster.delete("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "ens224-policy")
        told = lab.destroy("--refresh").succeeded().output
        assert "policy ens224-policy is gone already, somebody deleted it, so br-1925, ens224.1925" in told
        assert node in told
    assert lab.resources() == []


def test_destroy_refuses_to_take_a_namespace_from_somebodys_vm(lab: Lab, cluster: Cluster) -> None:
    lab.up().succeeded()
    cluster.create(FOREIGN_VM)
    told = lab.destroy().refused()
    assert "provisioning" in told
    assert "pxe-client" in told
    assert cluster.get("v1", "Namespace", "provisioning") is not None
    assert cluster.attachment("provisioning", "vlan-1928") is not None, "the VM's network stays as well"
    assert cluster.policy("ens224-policy") is not None, "and what it stands on"
    cluster.delete("kubevirt.io/v1", "VirtualMachine", "pxe-client", "provisioning")
    lab.destroy().succeeded()
    assert cluster.get("v1", "Namespace", "provisioning") is None
