"""The operators that the stack installs itself, on a cluster that has none: one story, in the order of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine import background
from tests.engine.cluster import until
from tests.engine.plays import play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

OPERATORS = "none"
NMSTATE, VIRTUALIZATION = "kubernetes-nmstate-operator", "kubevirt-hyperconverged"
OLM = "operators.coreos.com/v1alpha1"
HCO = ("hco.kubevirt.io/v1beta1", "HyperConverged", "kubevirt-hyperconverged", "openshift-cnv")
ONLY_NMSTATE = ("--target", "**operators", "--target", "**nmstate")
ROLE = {"node-role.kubernetes.io/virtualization": ""}


def manage(lab: Lab, **keys: Any) -> None:
    lab.edit(lambda config: config["operators"].update({"mode": "manage", **keys}))


def versions(cluster: Cluster) -> dict[str, str]:
    """The operators' phases, by their namespace."""
    found = cluster.items(OLM, "ClusterServiceVersion")
    return {item["metadata"]["namespace"]: (item.get("status") or {}).get("phase", "") for item in found}


def hyperconverged(cluster: Cluster) -> dict[str, Any]:
    live = cluster.get(*HCO)
    assert live is not None
    return live


def test_without_operators_expect_says_which_and_what_to_do(lab: Lab) -> None:
    told = lab.up().refused()
    assert "NodeNetworkConfigurationPolicy (nmstate.io/v1) is not served: the NMState operator" in told
    assert "VirtualMachine (kubevirt.io/v1) is not served: OpenShift Virtualization" in told
    assert "cnv-lab:operators.mode manage" in told


def test_a_package_that_no_catalog_has_is_told_with_the_keys_to_correct(lab: Lab) -> None:
    manage(lab, nmstate={"channel": "nightly"})
    told = lab.up(*ONLY_NMSTATE).refused()
    assert "no operators found in channel nightly of package kubernetes-nmstate-operator" in told
    assert "cnv-lab:operators" in told


def test_an_operator_that_does_not_come_up_ends_the_run_with_olms_words(lab: Lab) -> None:
    manage(lab, nmstate={})
    play(lab, "operator", NMSTATE, "broken")
    told = lab.up(*ONLY_NMSTATE).refused()
    assert "failed to install (InstallCheckFailed): install timeout: deployment nmstate-operator not ready" in told
    assert "oc describe csv -n openshift-nmstate" in told
    play(lab, "operator", NMSTATE, "well")


def test_up_installs_them_and_an_install_plan_that_waits_for_approval_is_told_with_the_command(
    lab: Lab, cluster: Cluster
) -> None:
    """The one `up` of a bare cluster: KVM comes with KubeVirt, and HyperConverged is available with a hypervisor."""
    play(lab, "operator", VIRTUALIZATION, "unapproved")
    with background.pulumi(lab, "up") as up:
        told = up.told("waits for approval")
        assert "oc patch installplan -n openshift-cnv install-" in told
        play(lab, "operator", VIRTUALIZATION, "well")
        run = up.finished().succeeded()
    assert "with one hypervisor every VM blocks its drain" in run.output
    assert versions(cluster) == {"openshift-nmstate": "Succeeded", "openshift-cnv": "Succeeded"}
    spec = hyperconverged(cluster)["spec"]
    assert spec["workloads"]["nodePlacement"]["nodeSelector"] == ROLE
    assert spec["evictionStrategy"] == "LiveMigrate"
    (node,) = lab.outputs()["nodes"]
    live = cluster.node(node)
    assert live is not None
    assert live["status"]["allocatable"]["devices.kubevirt.io/kvm"] == "1k"
    assert "br-1928" in cluster.interfaces(node)
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_hyperconverged_that_somebody_changed_is_seen_by_a_refresh_and_put_right(lab: Lab, cluster: Cluster) -> None:
    cluster.patch(*HCO[:3], {"spec": {"evictionStrategy": "External", "defaultCPUModel": "Denverton"}}, HCO[3])
    assert lab.planned("--refresh") == {"virtualization": "update", "virtualization-rollout": "update"}
    manage(lab, evictionStrategy="None")
    lab.up("--refresh").succeeded()
    spec = hyperconverged(cluster)["spec"]
    assert spec["evictionStrategy"] == "None"
    assert spec["defaultCPUModel"] == "Denverton", "what others set beside it stays"


def test_another_stack_is_refused_and_may_use_them_by_expecting_them(lab: Lab) -> None:
    def west(config: dict[str, Any]) -> None:
        config["operators"]["mode"] = "manage"
        config["trunk"]["portGroup"] = "Trunk-west"
        config["template"]["name"] = "hub-7vxwj-rhcos-west"
        config["hypervisors"]["name"] = "hub-7vxwj-west"
        config["nodeNetwork"]["name"] = "west"
        config["namespaces"], config["vlans"] = [], [{"id": 7, "name": "seven"}]

    second = lab.second("west", west)
    told = second.preview().refused()
    assert "HyperConverged kubevirt-hyperconverged in namespace openshift-cnv is there already, made by stack" in told
    assert f"Subscription {NMSTATE} in namespace openshift-nmstate is there already" in told
    assert "Write cnv-lab:operators.mode expect" in told
    second.edit(lambda config: config.update(operators={"mode": "expect"}))
    second.preview().succeeded()


def test_destroy_leaves_them_and_the_next_up_takes_them_up_again(lab: Lab, cluster: Cluster) -> None:
    lab.edit(lambda config: config["hypervisors"].update(replicas=0))
    run = lab.destroy().succeeded()
    assert "stays: operators.removeOnDestroy is false" in run.output
    assert set(versions(cluster).values()) == {"Succeeded"}
    manage(lab, removeOnDestroy=True)
    lab.up().succeeded()


def test_destroy_removes_them_when_told_but_never_from_under_a_vm(lab: Lab, cluster: Cluster) -> None:
    """HyperConverged goes first: without its operator, its finalizer would keep it for ever."""
    metadata = {"name": "somebodys", "namespace": "default"}
    vm = {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": metadata}
    cluster.create({**vm, "spec": {"template": {"spec": {"domain": {}}}}})
    told = lab.destroy().refused()
    assert "the operators are not removed, in use by VM default/somebodys. Nothing has been deleted" in told
    assert cluster.policy("ens224-policy") is not None
    cluster.delete("kubevirt.io/v1", "VirtualMachine", "somebodys", "default")
    lab.destroy().succeeded()
    assert cluster.get(*HCO) is None
    assert cluster.get("nmstate.io/v1", "NMState", "nmstate") is None
    assert versions(cluster) == {}
    assert cluster.items(OLM, "Subscription") == []
    gone = ("openshift-nmstate", "openshift-cnv")
    until(lambda: not any(cluster.get("v1", "Namespace", name) for name in gone), "their namespaces are gone")
