"""What becomes of a VLAN that leaves the stack file: absent, kept in mind, forgotten when asked, never under a VM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

MACHINE_SET = "hub-7vxwj-cnv"
POLICY = "ens224-policy"
VM = {
    "apiVersion": "kubevirt.io/v1",
    "kind": "VirtualMachine",
    "metadata": {"name": "pxe-client", "namespace": "provisioning"},
    "spec": {
        "runStrategy": "Halted",
        "template": {
            "spec": {"domain": {}, "networks": [{"name": "pxe", "multus": {"networkName": "vlan-1928"}}]},
        },
    },
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "probe",
        "namespace": "provisioning",
        "annotations": {"k8s.v1.cni.cncf.io/networks": json.dumps([{"name": "vlan-1928", "interface": "net1"}])},
    },
    "spec": {"containers": [{"name": "probe", "image": "probe"}], "automountServiceAccountToken": False},
}


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's; what stands is what the test before left."""
    lab.original()


def drop(*vlans: int, **node_network: Any) -> Any:
    def change(config: dict[str, Any]) -> None:
        config["vlans"] = [vlan for vlan in config["vlans"] if vlan["id"] not in vlans]
        config["nodeNetwork"].update(node_network)

    return change


def node_of(cluster: Cluster) -> str:
    (machine,) = cluster.machines(MACHINE_SET)
    return str(machine["status"]["nodeRef"]["name"])


def states(cluster: Cluster, name: str = POLICY) -> dict[str, str]:
    """The policy's bridges and what it makes of them."""
    policy = cluster.policy(name)
    assert policy is not None
    interfaces = policy["spec"]["desiredState"]["interfaces"]
    return {item["name"]: item["state"] for item in interfaces if item["type"] == "linux-bridge"}


def ledger(cluster: Cluster, name: str = POLICY) -> str:
    policy = cluster.policy(name)
    assert policy is not None
    return str(policy["metadata"]["annotations"]["cnv-lab/vlans"])


def test_a_retired_vlan_is_forgotten_only_after_it_was_absent_on_every_node(lab: Lab, cluster: Cluster) -> None:
    lab.up().succeeded()
    lab.edit(drop(1926, forgetRetired=True))
    told = lab.up().succeeded().output
    assert f"policy {POLICY} cannot forget VLAN 1926 yet (forgetRetired): absent from this run on" in told
    assert states(cluster)["br-1926"] == "absent"
    assert ledger(cluster) == "1925,1926,1927,1928"
    assert "br-1926" not in cluster.interfaces(node_of(cluster))
    told = lab.up().succeeded().output
    assert f"policy {POLICY} forgets VLAN 1926" in told
    assert "br-1926" not in states(cluster)
    assert ledger(cluster) == "1925,1927,1928"
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_vlan_whose_network_is_in_use_does_not_leave_until_the_stack_file_gives_its_users_up(
    lab: Lab, cluster: Cluster
) -> None:
    lab.up().succeeded()
    cluster.create(VM)
    cluster.create(POD)
    lab.edit(drop(1928))
    for run in (lab.preview(), lab.up()):
        told = run.refused()
        assert "provisioning/vlan-1928 is in use by VirtualMachine pxe-client, Pod probe" in told
        assert "retireInUse: [1928]" in told
    assert states(cluster)["br-1928"] == "up"
    lab.edit(drop(1928, retireInUse=[1928]))
    told = lab.up().succeeded().output
    assert "in use by VirtualMachine pxe-client, Pod probe: they lose it (retireInUse)" in told
    assert states(cluster)["br-1928"] == "absent"
    assert cluster.attachment("provisioning", "vlan-1928") is None
    lab.original()
    lab.up().succeeded()
    assert "br-1928" in cluster.interfaces(node_of(cluster)), "a VLAN may come back"
    assert states(cluster)["br-1928"] == "up"
    assert "1928" in ledger(cluster).split(",")
    cluster.delete("kubevirt.io/v1", "VirtualMachine", "pxe-client", "provisioning")
    cluster.delete("v1", "Pod", "probe", "provisioning")


def test_a_policy_that_somebody_deleted_comes_back_with_all_that_it_owned(lab: Lab, cluster: Cluster) -> None:
    """Also with the VLAN that leaves in the same run: its bridge is on the node, and nobody else knows whose it is."""
    lab.edit(drop(1927))
    lab.up().succeeded()
    cluster.delete("nmstate.io/v1", "NodeNetworkConfigurationPolicy", POLICY)
    lab.edit(drop(1926, 1927))
    assert "br-1926" in cluster.interfaces(node_of(cluster))
    lab.up("--refresh").succeeded()
    assert states(cluster) == {"br-1925": "up", "br-1928": "up", "br-1926": "absent", "br-1927": "absent"}
    assert ledger(cluster) == "1925,1926,1927,1928"
    assert "br-1926" not in cluster.interfaces(node_of(cluster))


def test_a_state_from_a_backup_does_not_bring_a_retired_vlan_back(lab: Lab, cluster: Cluster, tmp_path: Path) -> None:
    """The list is an annotation of the live policy; Pulumi's state is a copy of it."""
    lab.up().succeeded()
    backup = tmp_path / "state.json"
    lab.pulumi("stack", "export", "--file", str(backup)).succeeded()
    lab.edit(drop(1925))
    lab.up().succeeded()
    lab.pulumi("stack", "import", "--file", str(backup)).succeeded()
    lab.up().succeeded()
    assert states(cluster)["br-1925"] == "absent"
    assert "1925" in ledger(cluster).split(",")


def test_a_policy_of_another_name_takes_the_retired_vlans_over(lab: Lab, cluster: Cluster) -> None:
    lab.edit(drop(1925, name="trunk"))
    lab.up().succeeded()
    assert cluster.policy(POLICY) is None
    assert states(cluster, "trunk")["br-1925"] == "absent"
    assert "1925" in ledger(cluster, "trunk").split(",")
    assert "br-1928" in cluster.interfaces(node_of(cluster))
