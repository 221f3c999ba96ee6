"""A lab whose hypervisors exist: what its stack file may say, and what preflight says of the nodes."""

from __future__ import annotations

from typing import Any

import pytest

from clients import checks
from clients.cluster import kinds
from lab import manifests, plan, settings
from tests.unit import facts

LABEL = {"example.com/hypervisor": ""}
RAW: dict[str, Any] = {
    "cluster": {"infraId": "hub", "openshift": "4.22"},
    "hypervisors": {"existing": {"nodeSelector": LABEL}},
    "namespaces": [{"name": "blue"}],
    "vlans": [{"id": 1928, "name": "pxe", "namespaces": ["blue"]}],
}


def parse(**changes: Any) -> settings.Settings:
    return settings.parse({**RAW, **changes}, where=facts.WHERE)


def lab(**changes: Any) -> Any:
    return plan.complete(parse(**changes), stack=facts.STACK, where=facts.WHERE)


def mistakes(**changes: Any) -> list[str]:
    with pytest.raises(settings.SettingsError) as error:
        parse(**changes)
    return [mistake.key.removeprefix("cnv-lab:") for mistake in error.value.mistakes]


def test_nothing_of_vsphere_needs_to_be_said_nor_of_boot_images() -> None:
    kinds_ = [item["kind"] for item in manifests.in_apply_order(lab())]
    assert kinds_ == ["NodeNetworkConfigurationPolicy", "Namespace", "NetworkAttachmentDefinition"]


def test_the_policy_and_kubevirt_select_by_the_labels() -> None:
    found = lab(operators={"mode": "manage"})
    assert manifests.policy(found)["spec"]["nodeSelector"] == LABEL
    *_, hyperconverged = manifests.operators(found)["virtualization"]
    assert hyperconverged["spec"]["workloads"]["nodePlacement"]["nodeSelector"] == LABEL


def test_what_would_be_done_nothing_with_is_refused() -> None:
    assert mistakes(
        hypervisors={"existing": {"nodeSelector": LABEL}, "cpus": 4, "replicas": 2},
        template={"source": "rhcos"},
        trunk={"portGroup": "Trunk"},
        vcenter={"server": "vc"},
    ) == ["hypervisors.cpus", "hypervisors.replicas", "vcenter.server", "trunk.portGroup", "template.source"]


@pytest.mark.parametrize("labels", [{}, {"a b": "x"}, {"example.com/x": "a/b"}, {"-": ""}])
def test_labels_that_kubernetes_does_not_take_are_refused(labels: dict[str, str]) -> None:
    assert mistakes(hypervisors={"existing": {"nodeSelector": labels}}) == ["hypervisors.existing.nodeSelector"]


def node(name: str, kvm: str | None = "1k", **roles: bool) -> facts.Object:
    labels = {**LABEL, **{f"node-role.kubernetes.io/{role}": "" for role in roles}}
    allocatable = {} if kvm is None else {"devices.kubevirt.io/kvm": kvm}
    return {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}}


def warned(*nodes: facts.Object, **changes: Any) -> list[str]:
    there = facts.cluster(nodes=facts.by_name(*nodes))
    return [*checks.existing_warnings(lab(**changes), there), *checks.kvm(lab(**changes), there)]


def test_labels_that_no_node_has_are_refused() -> None:
    other = {"metadata": {"name": "m", "labels": {"example.com/hypervisor": "no"}}}
    (line,) = checks.existing(lab(), facts.cluster(nodes=facts.by_name(other)))
    assert line.startswith("no node has example.com/hypervisor=.")
    there = facts.cluster(nodes=facts.by_name(node("n", worker=True), other))
    assert list(checks.existing(lab(), there)) == []
    assert checks.nodes(lab(), there) == ("n",)


def test_the_control_plane_is_warned_of_but_not_on_a_compact_cluster() -> None:
    (line,) = warned(node("m", master=True), node("w", worker=True))
    assert "selects m, of the control plane" in line
    assert warned(node("m", master=True, worker=True)) == []


def test_nodes_that_cannot_virtualize_are_warned_of_once_kubevirt_says_so() -> None:
    (line,) = warned(node("a", kvm="0", worker=True), node("b", kvm=None, worker=True))
    assert line.startswith("a has no /dev/kvm")


def test_a_drain_of_the_one_node_is_warned_of() -> None:
    managed: Any = {"operators": {"mode": "manage"}}
    assert any("evictionStrategy" in line for line in warned(node("a", worker=True), **managed))
    assert warned(node("a", worker=True), node("b", worker=True), **managed) == []
    assert not any("evictionStrategy" in line for line in settings.warnings(parse(**managed)))


def test_a_nic_that_such_a_node_lacks_is_refused() -> None:
    there = facts.cluster(
        nodes=facts.by_name(node("n", worker=True)),
        network_states={"n": {"status": {"currentState": {"interfaces": [{"name": "eth0", "type": "ethernet"}]}}}},
    )
    (line,) = checks.nic(lab(), there)
    assert line.startswith("hypervisor n has no ens224")


def test_another_policy_for_the_nic_of_such_a_node_is_a_rival() -> None:
    interfaces = [{"name": "ens224"}]
    rival = {"metadata": {"name": "x"}, "spec": {"nodeSelector": LABEL, "desiredState": {"interfaces": interfaces}}}
    there = facts.cluster(nodes=facts.by_name(node("n", worker=True)), policies=facts.by_name(rival))
    (line,) = checks.objects(lab(), there, set())
    assert line.startswith("policy x configures ens224 of these nodes too")


def test_any_platform_will_do_and_no_machine_api() -> None:
    there = facts.cluster(platform="BareMetal", missing=(kinds.MACHINE_SET,), machine_sets={})
    assert checks.cluster(parse(), there) == []
    (first, second) = checks.cluster(facts.settings_of(), there)
    assert "cnv-lab:hypervisors.existing" in first
    assert second.startswith("MachineSet")


def test_machine_sets_of_cluster_api_are_refused_unless_nodes_exist() -> None:
    copied = facts.worker()
    copied["spec"]["authoritativeAPI"] = "ClusterAPI"
    there = facts.cluster(machine_sets=facts.by_name(copied))
    (line,) = checks.cluster(facts.settings_of(), there)
    assert line.startswith("MachineSet hub-worker-0 is authoritativeAPI: ClusterAPI")
    assert checks.cluster(parse(), there) == []
    copied["spec"]["authoritativeAPI"] = "MachineAPI"
    assert checks.cluster(facts.settings_of(), there) == []


def workspace(**vcenter: Any) -> Any:
    worker = facts.worker()
    worker["spec"]["template"]["spec"]["providerSpec"]["value"]["workspace"]["vmGroup"] = "east"
    bare = {key: value for key, value in facts.SECTIONS.items() if key != "vcenter"}
    found = settings.parse({**bare, "vcenter": vcenter}, where=facts.WHERE)
    complete = plan.complete(found, stack=facts.STACK, where=facts.WHERE, worker=worker)
    return manifests.machine_set(complete)["spec"]["template"]["spec"]["providerSpec"]["value"]["workspace"]


def test_a_workers_failure_domain_is_kept_in_its_own_pool_only() -> None:
    assert workspace()["vmGroup"] == "east"
    assert workspace(datastore="Fast")["vmGroup"] == "east"
    assert "vmGroup" not in workspace(resourcePool="/Yard/host/Other/Resources")


def health(selector: dict[str, Any], **spec: Any) -> list[str]:
    check = {"metadata": {"name": "workers"}, "spec": {"selector": selector, **spec}}
    return list(checks.health(facts.lab(), facts.cluster(health_checks=(check,))))


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ({}, True),
        ({"matchLabels": {"machine.openshift.io/cluster-api-machine-role": "worker"}}, True),
        ({"matchLabels": {"machine.openshift.io/cluster-api-machineset": "hub-worker-0"}}, False),
        ({"matchExpressions": [{"key": "machine.openshift.io/cluster-api-machineset", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, True),
        (
            {
                "matchExpressions": [
                    {
                        "key": "machine.openshift.io/cluster-api-machineset",
                        "operator": "NotIn",
                        "values": ["hub-cnv"],
                    }
                ]
            },
            False,
        ),
        ({"matchExpressions": [{"key": "x", "operator": "In", "values": [""]}]}, False),
    ],
)
def test_a_health_check_counts_by_its_selector(selector: dict[str, Any], selects: bool) -> None:  # noqa: FBT001
    assert bool(health(selector)) is selects


def test_a_health_check_is_told_with_what_it_waits_for() -> None:
    conditions = [{"type": "Ready", "status": "False", "timeout": "5m"}]
    (line,) = health({}, unhealthyConditions=conditions, nodeStartupTimeout="0")
    assert "deletes a Machine whose node is Ready=False for 5m. With it goes the VM" in line
