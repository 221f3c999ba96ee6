"""`pulumi up` on the post's lab: every object is read back where it lives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab, Run
    from tests.engine.vcenter import VCenter

HOSTS = {"goat-1.lab.bewley.net", "goat-2.lab.bewley.net"}
TEMPLATE = "hub-7vxwj-rhcos-cnv"
MACHINE_SET = "hub-7vxwj-cnv"
VLANS = (1925, 1926, 1927, 1928)


@pytest.fixture(scope="module", autouse=True)
def up(lab: Lab) -> Run:
    """The one `up` that this module looks at."""
    return lab.up().succeeded()


@pytest.fixture
def machine(cluster: Cluster) -> dict[str, Any]:
    """The one hypervisor."""
    (found,) = cluster.machines(MACHINE_SET)
    return found


def test_the_trunk_port_group_is_on_every_host_and_takes_what_nested_vms_send(vcenter: VCenter) -> None:
    found = vcenter.port_groups("Trunk")
    assert set(found) == HOSTS, "a VM may land on any host"
    for spec in found.values():
        assert (spec.vswitchName, spec.vlanId) == ("vSwitch0", 4095)
        security = spec.policy.security
        assert (security.allowPromiscuous, security.forgedTransmits, security.macChanges) == (True, True, True)


def test_the_template_has_what_a_hypervisor_needs(vcenter: VCenter) -> None:
    template = vcenter.vm(TEMPLATE)
    assert template is not None
    assert template.config.template
    assert template.config.nestedHVEnabled
    assert template.config.vPMCEnabled
    assert template.config.flags.vvtdEnabled
    assert vcenter.cards(template) == ["lab-192-168-4-0-b24", "Trunk"]


def test_the_template_is_never_powered_on(vcenter: VCenter) -> None:
    """vCenter's own event log is the witness; the VM's power state would only tell of now."""
    told = vcenter.events(TEMPLATE)
    assert "VmClonedEvent" in told, "the log does tell of this VM"
    assert not [event for event in told if "PoweredOn" in event or "Starting" in event]


def test_the_machine_set_is_the_posts(cluster: Cluster) -> None:
    found = cluster.machine_set(MACHINE_SET)
    assert found is not None
    value = found["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert (value["numCPUs"], value["memoryMiB"], value["diskGiB"]) == (6, 16384, 90)
    assert value["template"] == TEMPLATE
    assert [device["networkName"] for device in value["network"]["devices"]] == ["lab-192-168-4-0-b24", "Trunk"]
    assert found["metadata"]["labels"]["cnv-lab/stack"] == "cnv-lab.sandbox"


def test_the_real_controller_made_the_hypervisor_from_the_template(
    vcenter: VCenter, machine: dict[str, Any], lab: Lab
) -> None:
    assert machine["status"]["phase"] == "Running"
    vm = vcenter.vm(machine["metadata"]["name"])
    assert vm is not None
    assert (vm.config.hardware.numCPU, vm.config.hardware.memoryMB) == (6, 16384)
    assert vm.config.nestedHVEnabled, "it comes along with the template"
    assert vcenter.cards(vm) == ["lab-192-168-4-0-b24", "Trunk"], "the second one is the trunk, ens224"
    assert lab.outputs()["nodes"] == [machine["metadata"]["name"]]


def test_the_hypervisors_node_offers_kvm_and_carries_the_posts_labels(
    cluster: Cluster, machine: dict[str, Any]
) -> None:
    node = cluster.node(machine["status"]["nodeRef"]["name"])
    assert node is not None
    assert node["status"]["allocatable"]["devices.kubevirt.io/kvm"] == "1k"
    labels = node["metadata"]["labels"]
    assert labels["machine.openshift.io/cluster-api-machineset"] == MACHINE_SET
    assert labels["node-role.kubernetes.io/virtualization"] == ""


def test_the_policy_is_in_force_on_the_hypervisor_and_nowhere_else(cluster: Cluster, machine: dict[str, Any]) -> None:
    policy = cluster.policy("ens224-policy")
    assert policy is not None
    assert policy["spec"]["nodeSelector"] == {"machine.openshift.io/cluster-api-machineset": MACHINE_SET}
    available = next(item for item in policy["status"]["conditions"] if item["type"] == "Available")
    assert (available["status"], available["reason"]) == ("True", "SuccessfullyConfigured")
    (enactment,) = cluster.enactments("ens224-policy")
    assert enactment["metadata"]["labels"]["nmstate.io/node"] == machine["status"]["nodeRef"]["name"]
    assert enactment["status"]["policyGeneration"] == policy["metadata"]["generation"]


@pytest.mark.parametrize("vlan", VLANS)
def test_the_node_has_a_bridge_on_each_vlan_of_the_trunk_nic(
    cluster: Cluster, machine: dict[str, Any], vlan: int
) -> None:
    interfaces = cluster.interfaces(machine["status"]["nodeRef"]["name"])
    assert interfaces[f"ens224.{vlan}"]["vlan"] == {"base-iface": "ens224", "id": vlan}
    bridge = interfaces[f"br-{vlan}"]["bridge"]
    assert bridge["port"] == [{"name": f"ens224.{vlan}", "vlan": {}}], "without `vlan` nmstate turns filtering on"
    assert bridge["options"]["stp"]["enabled"] is False


def test_vms_of_the_namespace_attach_by_the_posts_definition(cluster: Cluster) -> None:
    assert cluster.get("v1", "Namespace", "provisioning") is not None
    found = cluster.attachment("provisioning", "vlan-1928")
    assert found is not None
    resource = found["metadata"]["annotations"]["k8s.v1.cni.cncf.io/resourceName"]
    assert resource == "bridge.network.kubevirt.io/br-1928", "the scheduler finds nodes with the bridge by it"
    config = json.loads(found["spec"]["config"])
    assert (config["type"], config["bridge"]) == ("bridge", "br-1928"), "the sandbox is a 4.20"
    assert "vlan" not in config, "the bridge is untagged already"


def test_the_outputs_name_what_was_made(lab: Lab) -> None:
    found = lab.outputs()
    assert found["portGroup"] == "Trunk"
    assert found["template"] == f"/Garden/vm/hub-7vxwj/{TEMPLATE}"
    assert found["machineSet"] == f"openshift-machine-api/{MACHINE_SET}"
    assert found["bridges"] == {f"br-{vlan}": str(vlan) for vlan in VLANS}
    assert found["networkAttachments"] == ["provisioning/vlan-1928"]
    snippet = yaml.safe_load(found["vmNetwork"])
    assert snippet["networks"] == [{"name": "vlan-1928", "multus": {"networkName": "provisioning/vlan-1928"}}]


def test_no_login_is_in_the_output_or_in_the_state(lab: Lab, up: Run) -> None:
    password = lab.instance.load().password
    key = yaml.safe_load(lab.instance.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["client-key-data"]
    state = json.dumps(lab.resources())
    for secret in (password, key):
        assert secret not in up.output
        assert secret not in state


def test_a_second_up_changes_nothing(lab: Lab) -> None:
    lab.up("--expect-no-changes").succeeded()


def test_a_preview_with_refresh_shows_no_change(lab: Lab) -> None:
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_refresh_finds_nothing_gone(lab: Lab) -> None:
    before = {resource["urn"] for resource in lab.resources()}
    lab.pulumi("refresh", "--yes", "--skip-preview").succeeded()
    assert {resource["urn"] for resource in lab.resources()} == before
