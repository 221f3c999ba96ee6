"""The bridge designs on one live stack: each in its turn, what leaves, and what is left when the stack goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import Cluster, until

if TYPE_CHECKING:
    from tests.engine.lab import Lab

RELEASE = "4.20"
MACHINE_SET = "hub-7vxwj-cnv"
POLICY = "ens224-policy"
ROUTER = {"kind": "trunk", "name": "router", "namespaces": ["provisioning"]}
# A virtual machine's pod, which runs on the VLAN of the post's namespace.
LAUNCHER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "virt-launcher-pxe-client",
        "namespace": "provisioning",
        "annotations": {"k8s.v1.cni.cncf.io/networks": json.dumps([{"name": "vlan-1928", "interface": "net1"}])},
    },
    "spec": {"containers": [{"name": "compute", "image": "compute"}], "automountServiceAccountToken": False},
}


def design(name: str | None, *dropped: int, guests: bool = False, **node_network: Any) -> Any:
    def change(config: dict[str, Any]) -> None:
        config["vlans"] = [vlan for vlan in config["vlans"] if vlan["id"] not in dropped]
        config["vlans"] += [ROUTER] if guests else []
        config["nodeNetwork"].update(node_network)
        config["nodeNetwork"].pop("bridging", None)
        if name:
            config["nodeNetwork"]["bridging"] = name

    return change


def node_of(cluster: Cluster) -> str:
    (machine,) = cluster.machines(MACHINE_SET)
    return str(machine["status"]["nodeRef"]["name"])


def bridges(cluster: Cluster) -> dict[str, list[str]]:
    """The node's own bridges, with their ports; the machine network's is the installer's."""
    found = cluster.interfaces(node_of(cluster)).values()
    return {
        item["name"]: [port["name"] for port in item["bridge"]["port"]]
        for item in found
        if item["type"] in {"linux-bridge", "ovs-bridge"} and item["name"] != "br-ex"
    }


def mappings(cluster: Cluster) -> dict[str, str]:
    state = cluster.get("nmstate.io/v1beta1", "NodeNetworkState", node_of(cluster))
    assert state is not None
    return {item["localnet"]: item["bridge"] for item in state["status"]["currentState"]["ovn"]["bridge-mappings"]}


def states(cluster: Cluster) -> dict[str, str]:
    """The policy's interfaces and what it makes of them."""
    policy = cluster.policy(POLICY)
    assert policy is not None
    return {item["name"]: item["state"] for item in policy["spec"]["desiredState"]["interfaces"]}


def ledger(cluster: Cluster) -> str:
    policy = cluster.policy(POLICY)
    assert policy is not None
    return str(policy["metadata"]["annotations"]["cnv-lab/vlans"])


def plug(cluster: Cluster, name: str = "vlan-1928", namespace: str = "provisioning") -> dict[str, Any]:
    """An attachment's CNI configuration."""
    attachment = cluster.attachment(namespace, name)
    assert attachment is not None
    config: dict[str, Any] = json.loads(attachment["spec"]["config"])
    return config


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's; what stands is what the test before left."""
    lab.original()


def test_a_vlan_aware_bridge_has_just_the_configured_tags_and_no_vlan_interface(lab: Lab, cluster: Cluster) -> None:
    lab.edit(design("vlan-aware", guests=True, mtu=9000))
    lab.up().succeeded()
    assert bridges(cluster) == {"br-trunk": ["ens224"]}
    bridge = cluster.interfaces(node_of(cluster))["br-trunk"]["bridge"]
    assert bridge["options"]["vlan-default-pvid"] == 0
    assert bridge["port"][0]["vlan"] == {"mode": "trunk", "trunk-tags": [{"id-range": {"min": 1925, "max": 1928}}]}
    assert ledger(cluster) == "br-trunk"
    assert (plug(cluster)["bridge"], plug(cluster)["vlan"]) == ("br-trunk", 1928)
    assert plug(cluster, "trunk-router")["vlanTrunk"] == [{"minID": 1925, "maxID": 1928}]
    assert {cluster.interfaces(node_of(cluster))[name]["mtu"] for name in ("ens224", "br-trunk")} == {9000}
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_vlan_that_leaves_is_cut_off_by_its_tag_alone(lab: Lab, cluster: Cluster) -> None:
    lab.edit(design("vlan-aware", 1926, guests=True, mtu=9000))
    lab.up().succeeded()
    port = cluster.interfaces(node_of(cluster))["br-trunk"]["bridge"]["port"][0]
    assert port["vlan"]["trunk-tags"] == [{"id": 1925}, {"id-range": {"min": 1927, "max": 1928}}]
    assert states(cluster) == {"ens224": "up", "br-trunk": "up"}
    assert plug(cluster, "trunk-router")["vlanTrunk"] == [{"id": 1925}, {"minID": 1927, "maxID": 1928}]


def test_the_releases_default_takes_the_nic_from_the_linux_bridge_in_one_step(lab: Lab, cluster: Cluster) -> None:
    lab.edit(design(None))
    told = lab.preview().succeeded().output
    assert f"policy {POLICY} changes its bridge design to ovn-localnet: br-trunk goes from the nodes" in told
    cluster.create(LAUNCHER)
    told = lab.up().refused()
    assert "VLAN 1928 moves from br-trunk to physnet-vmdata, and provisioning/vlan-1928 is in use by" in told
    assert bridges(cluster) == {"br-trunk": ["ens224"]}
    cluster.delete("v1", "Pod", "virt-launcher-pxe-client", "provisioning")
    lab.up().succeeded()
    assert bridges(cluster) == {"br-vmdata": ["ens224"]}
    assert mappings(cluster) == {"physnet": "br-ex", "physnet-vmdata": "br-vmdata"}
    assert states(cluster) == {"ens224": "up", "br-vmdata": "up", "br-trunk": "absent"}
    assert ledger(cluster) == "br-trunk,br-vmdata"
    assert plug(cluster)["physicalNetworkName"] == "physnet-vmdata"
    assert (plug(cluster)["vlanID"], plug(cluster)["mtu"]) == (1928, 1500)
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_bridge_of_an_old_design_is_forgotten_when_it_is_off_every_node(lab: Lab, cluster: Cluster) -> None:
    lab.edit(design("ovn-localnet", forgetRetired=True))
    told = lab.up().succeeded().output
    assert f"policy {POLICY} forgets bridge br-trunk" in told
    assert states(cluster) == {"ens224": "up", "br-vmdata": "up"}
    assert ledger(cluster) == "br-vmdata"


def test_the_way_back_to_the_posts_bridges_leaves_no_second_owner_of_the_nic(lab: Lab, cluster: Cluster) -> None:
    lab.up().succeeded()
    wanted = {f"br-{vlan}": [f"ens224.{vlan}"] for vlan in (1925, 1926, 1927, 1928)}
    assert bridges(cluster) == wanted
    assert "controller" not in cluster.interfaces(node_of(cluster))["ens224"]
    assert mappings(cluster) == {"physnet": "br-ex"}
    assert states(cluster)["br-vmdata"] == "absent"
    assert ledger(cluster) == "1925,1926,1927,1928,br-vmdata"
    assert plug(cluster)["bridge"] == "br-1928"


def test_destroy_takes_every_designs_bridges_off_a_node_that_stays(lab: Lab, cluster: Cluster) -> None:
    """From a stack that was changed last: what is absent already is none of a node's trouble."""
    lab.edit(design("ovn-localnet", revertOnDestroy="always", sharedAttachments=True))
    lab.up().succeeded()
    assert plug(cluster, namespace="default")["netAttachDefName"] == "default/vlan-1928"
    assert cluster.attachment("provisioning", "vlan-1928") is None
    node = node_of(cluster)
    bare = {item for item in cluster.interfaces(node) if not item.startswith(("br-1", "br-vmdata", "ens224."))}
    assert "br-vmdata" in bridges(cluster)
    run = lab.pulumi("destroy", "--yes", "--skip-preview", "--target-dependents", *targets(lab)).succeeded()
    assert cluster.policy(POLICY) is None, run.output
    assert cluster.interfaces(node).keys() == bare
    assert "controller" not in cluster.interfaces(node)["ens224"]
    assert mappings(cluster) == {"physnet": "br-ex"}
    lab.destroy().succeeded()
    assert cluster.attachment("default", "vlan-1928") is None


def test_one_network_of_ovn_kubernetes_serves_all_its_namespaces_and_goes_with_the_stack(
    lab: Lab, cluster: Cluster
) -> None:
    lab.edit(design("ovn-localnet", attachments="cudn"))
    lab.up().succeeded()
    until(lambda: cluster.attachment("provisioning", "vlan-1928"), "OVN-Kubernetes made the attachment")
    assert (plug(cluster)["physicalNetworkName"], plug(cluster)["vlanID"]) == ("physnet-vmdata", 1928)
    lab.preview("--refresh", "--expect-no-changes").succeeded()
    lab.edit(design("ovn-localnet", attachments="nad"))
    assert "was made with another cnv-lab:nodeNetwork.attachments than nad" in lab.preview().refused()
    lab.edit(design("ovn-localnet", attachments="cudn", mtu=9000))
    assert lab.planned()["vlan-1928"] == "replace", "a network cannot be changed"
    cluster.create(LAUNCHER)
    assert "VLAN 1928 moves to a network made anew" in lab.preview().refused()
    assert "namespace provisioning is not deleted" in lab.destroy().refused()
    cluster.delete("v1", "Pod", "virt-launcher-pxe-client", "provisioning")
    lab.destroy().succeeded()
    assert cluster.get("k8s.ovn.org/v1", "ClusterUserDefinedNetwork", "vlan-1928") is None
    assert cluster.get("v1", "Namespace", "provisioning") is None


def targets(lab: Lab) -> list[str]:
    """The policy, so that its node stays to be looked at."""
    urns = [item["urn"] for item in lab.resources() if item["urn"].endswith("::node-network")]
    return [word for urn in urns for word in ("--target", urn)]
