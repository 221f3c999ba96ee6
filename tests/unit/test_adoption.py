"""What stands of what the next `up` would make: found, told field by field, and written into the state as it is."""

from __future__ import annotations

from typing import Any

import pytest

from lab import adoption, resources
from lab.recovery import Live
from lab.report import adopted

STACK = "urn:pulumi:lab::cnv-lab::"
ROOT = {"urn": f"{STACK}pulumi:pulumi:Stack::cnv-lab-lab", "custom": False, "type": "pulumi:pulumi:Stack"}
MACHINE_SET = ("machine.openshift.io/v1beta1", "MachineSet", "openshift-machine-api", "hub-cnv")
NAD = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "blue", "vlan-1928")
TRUNK = ("host-1", "Trunk")
OPEN = {"allowPromiscuous": True, "allowForgedTransmits": True, "allowMacChanges": True}


def planned(kind: str, name: str, inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    item = {"urn": f"{STACK}{kind}::{name}", "custom": True, "type": kind, "parent": ROOT["urn"], **more}
    return item if inputs is None else {**item, "inputs": inputs}


def component(name: str) -> dict[str, Any]:
    return {**planned(f"cnvlab:vsphere:{name}", "trunk"), "custom": False}


def provider(package: str) -> dict[str, Any]:
    return planned(f"{resources.PROVIDERS}{package}", package, {})


def port_group(**more: Any) -> dict[str, Any]:
    inputs = {"hostSystemId": "host-1", "name": "Trunk", "vlanId": 4095, "virtualSwitchName": "vSwitch0", **OPEN}
    return planned(resources.PORT_GROUP, "trunk-goat-1", inputs, **more)


def machine_set(replicas: int = 1, selector: str = "hub-cnv", **value: Any) -> dict[str, Any]:
    return {
        "replicas": replicas,
        "selector": {"matchLabels": {"set": selector}},
        "template": {"spec": {"providerSpec": {"value": {"numCPUs": 6, "template": "rhcos-cnv", **value}}}},
    }


def kubernetes(key: resources.ObjectKey, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    api_version, kind, namespace, name = key
    metadata = {"name": name, "namespace": namespace, "labels": {"cnv-lab/stack": "cnv-lab.lab"}}
    inputs = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return planned(f"kubernetes:{api_version}:{kind}", name, inputs, **more)


def live(key: resources.ObjectKey, spec: dict[str, Any], labels: dict[str, str] | None = None) -> Live:
    """The object as somebody has made it, and a server has completed it."""
    api_version, kind, namespace, name = key
    metadata = {"name": name, "namespace": namespace, "uid": "u", **({"labels": labels} if labels else {})}
    return Live(objects={key: {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}})


def report(*found: adoption.Standing, template: adoption.Template | None = None) -> list[str]:
    return adopted.report(found, template, [item.planned for item in found])


def one(item: dict[str, Any], there: Live) -> adoption.Standing:
    (found,) = adoption.standing([item], there)
    return found


def test_what_does_not_stand_is_not_adopted() -> None:
    assert adoption.standing([port_group(), kubernetes(NAD, {}), component("TrunkPortGroup")], Live()) == []


def test_a_port_group_as_the_stack_file_says_is_taken_by_the_providers_own_id() -> None:
    found = one(port_group(), Live(port_groups={TRUNK: (4095, "vSwitch0")}, security={TRUNK: OPEN}))
    assert found.identity == "tf-HostPortGroup:host-1:Trunk"
    assert found.live == found.planned["inputs"]
    assert report(found)[2:] == ["Trunk", "  port group Trunk on vSwitch0 of goat-1: as the stack file says"]


def test_what_a_port_group_refuses_or_carries_differently_is_told() -> None:
    refusing = {**OPEN, "allowPromiscuous": False}
    found = one(port_group(), Live(port_groups={TRUNK: (1925, "vSwitch0")}, security={TRUNK: refusing}))
    assert "vlanId 1925 → 4095; allowPromiscuous false → true" in report(found)[3]
    assert adopted.refusals([found]) == []


def test_a_port_group_on_another_switch_is_refused_for_pulumi_would_make_it_anew() -> None:
    found = one(port_group(), Live(port_groups={TRUNK: (4095, "vSwitch1")}, security={TRUNK: OPEN}))
    (line,) = adopted.refusals([found])
    assert "port group Trunk on host host-1: virtualSwitchName is vSwitch1, the stack file means vSwitch0" in line


def test_of_a_live_object_only_what_the_stack_file_has_a_word_for_counts() -> None:
    completed = {**machine_set(), "deletePolicy": "Random", "authoritativeAPI": "MachineAPI"}
    found = one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, completed))
    assert found.live["spec"] == machine_set()
    assert "uid" not in found.live["metadata"]
    assert report(found)[3] == "  MachineSet hub-cnv: as the stack file says", "its label is told once, for all"


def test_a_size_by_hand_is_told_in_the_fields_terms_and_reaches_new_machines_only() -> None:
    found = one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, machine_set(numCPUs=8)))
    lines = report(found)
    assert "  MachineSet hub-cnv: CPUs 8 → 6" in lines
    assert any("reaches new Machines only" in line for line in lines)


POLICY = ("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "", "ens224-policy")


def policy(*interfaces: dict[str, Any], **spec: Any) -> dict[str, Any]:
    selector = {"nodeSelector": {"set": "hub-cnv"}}
    return {**selector, "desiredState": {"interfaces": [{"name": "ens224", "state": "up"}, *interfaces]}, **spec}


def adopted_policy(there: dict[str, Any]) -> adoption.Standing:
    return one(kubernetes(POLICY, policy()), live(POLICY, there))


def test_what_the_stack_file_has_no_word_for_stays_and_is_told() -> None:
    found = one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, {**machine_set(), "taints": [1]}))
    assert "  MachineSet openshift-machine-api/hub-cnv: spec.taints stays as it is: " in "\n".join(report(found))
    assert adopted.refusals([found]) == []


def test_of_what_the_stack_file_wants_no_spec_at_all_nothing_is_told() -> None:
    space = ("v1", "Namespace", "", "blue")
    wanted = kubernetes(space, {})
    del wanted["inputs"]["spec"]
    assert one(wanted, live(space, {"finalizers": ["kubernetes"]})).beyond == ()


def test_what_a_distributed_port_group_carries_is_told_and_comes_into_no_state() -> None:
    """A dynamic resource cannot be imported; made, it finds the port group."""
    wanted = planned(resources.PORT_GROUP_SETTINGS, "trunk-settings", {"vlans": "1925-1928", "server": "v"})
    (found,) = adoption.settings([wanted, port_group()], {"vlans": "1925"})
    assert report(found)[3] == "  the port group's trunk: vlans 1925 → 1925-1928"
    assert adoption.written({"resources": [ROOT]}, [wanted], [found])["resources"] == [ROOT]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"nodeSelector": {"set": "hub-cnv", "zone": "a"}}, "spec.nodeSelector.zone"),
        ({"capture": {"nic": "interfaces"}}, "spec.capture"),
        ({"desiredState": {**policy()["desiredState"], "routes": {"config": [1]}}}, "spec.desiredState.routes"),
    ],
)
def test_what_would_stay_in_force_beside_the_stack_files_is_refused(more: dict[str, Any], path: str) -> None:
    """By server-side apply it stays, and the policy would mean another thing than the stack file for ever."""
    (line,) = adopted.refusals([adopted_policy({**policy(), **more})])
    assert f"{path} is set by hand" in line


def test_a_machine_set_that_selects_more_narrowly_is_refused() -> None:
    narrow = machine_set()
    narrow["selector"]["matchLabels"]["zone"] = "a"
    (line,) = adopted.refusals([one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, narrow))])
    assert "spec.selector.matchLabels.zone is set by hand" in line


def test_a_value_in_a_list_that_up_replaces_whole_is_told() -> None:
    found = adopted_policy(
        {**policy(), "desiredState": {"interfaces": [{"name": "ens224", "state": "up", "mtu": 9000}]}}
    )
    assert any("interfaces[ens224].mtu 9000 → nothing" in line for line in report(found))


def test_beside_a_vlan_that_leaves_all_else_that_changes_is_told() -> None:
    """The bridge's own fields are not: it goes."""
    up = {"name": "br-1930", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens224.1930"}]}}
    there = policy(up)
    there["desiredState"]["interfaces"][0]["mtu"] = 9000
    wanted = kubernetes(POLICY, policy({"name": "br-1930", "type": "linux-bridge", "state": "absent"}))
    assert report(one(wanted, live(POLICY, there)))[3] == (
        "  policy ens224-policy: VLAN 1930 leaves; interfaces[ens224].mtu 9000 → nothing"
    )


def test_an_annotation_that_changes_is_told_and_the_programs_own_are_not() -> None:
    wanted, there = kubernetes(NAD, {"config": "{}"}), live(NAD, {"config": "{}"})
    wanted["inputs"]["metadata"]["annotations"] = {"description": "pxe V1928", "pulumi.com/patchForce": "true"}
    there.objects[NAD]["metadata"]["annotations"] = {"description": "Ann's"}
    assert report(one(wanted, there))[3].endswith("VLAN 1928: annotation description Ann's → pxe V1928")


def test_an_interface_that_the_policy_drops_is_told_of() -> None:
    lines = report(adopted_policy(policy({"name": "eno1", "state": "up"})))
    assert any("drops eno1, which the stack file has no word for" in line for line in lines)


def test_labels_of_machines_that_run_are_told_with_the_command_that_sets_them() -> None:
    labels = {"metadata": {"labels": {"node-role.kubernetes.io/virtualization": ""}}}
    wanted = machine_set()
    wanted["template"]["spec"] |= labels
    lines = report(one(kubernetes(MACHINE_SET, wanted), live(MACHINE_SET, machine_set())))
    assert "  MachineSet hub-cnv: label node-role.kubernetes.io/virtualization of new nodes nothing → empty" in lines
    assert any("oc label node -l machine.openshift.io/cluster-api-machineset=hub-cnv " in line for line in lines)


def test_a_hypervisor_that_would_go_is_told_of_twice() -> None:
    found = one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, machine_set(replicas=2)))
    (line,) = [line for line in report(found) if "scaled" in line]
    assert "from 2 to 1" in line
    assert "cnv-lab:hypervisors.replicas: 2" in line


def test_a_machine_set_with_another_selector_is_refused() -> None:
    found = one(kubernetes(MACHINE_SET, machine_set()), live(MACHINE_SET, machine_set(selector="other")))
    (line,) = adopted.refusals([found])
    assert "MachineSet openshift-machine-api/hub-cnv: spec.selector.matchLabels.set is other" in line
    assert "cannot be changed" in line


def test_what_another_stack_has_made_is_refused_with_its_name() -> None:
    found = one(kubernetes(NAD, {}), live(NAD, {}, {"cnv-lab/stack": "cnv-lab.other"}))
    (line,) = adopted.refusals([found])
    assert "NetworkAttachmentDefinition blue/vlan-1928 is stack cnv-lab.other's" in line


def test_the_posts_vlan_in_an_attachment_is_told_as_what_it_is() -> None:
    ours = '{"plugins": [{"type": "bridge", "bridge": "br-1928"}]}'
    posts = '{"plugins": [{"type": "cnv-bridge", "bridge": "br-1928", "vlan": 1928}]}'
    found = one(kubernetes(NAD, {"config": ours}), live(NAD, {"config": posts}))
    (line,) = report(found)[3:]
    assert line == "  networks in namespace blue: VLAN 1928: type cnv-bridge → bridge; vlan 1928 → nothing"


def test_an_attachment_that_is_only_written_otherwise_is_told_as_that() -> None:
    ours = '{"type": "bridge", "bridge": "br-1928", "cniVersion": "0.3.1"}'
    theirs = '{"cniVersion": "0.3.1", "plugins": [{"type": "bridge", "bridge": "br-1928", "ipam": {}}]}'
    found = one(kubernetes(NAD, {"config": ours}), live(NAD, {"config": theirs}))
    assert report(found)[3].endswith("VLAN 1928: written anew, and means the same")


def test_into_the_state_it_goes_as_it_is_with_its_components_and_provider() -> None:
    trunk = component("TrunkPortGroup")
    item = port_group(parent=trunk["urn"], dependencies=["urn:not-made", ROOT["urn"]])
    found = one(item, Live(port_groups={TRUNK: (1, "vSwitch0")}, security={TRUNK: OPEN}))
    vsphere = {**provider("vsphere"), "id": "7"}
    before = {"manifest": {}, "resources": [ROOT, vsphere]}
    after = adoption.written(before, [ROOT, vsphere, trunk, item, kubernetes(NAD, {})], [found])
    assert [entry["urn"] for entry in after["resources"]] == [ROOT["urn"], vsphere["urn"], trunk["urn"], item["urn"]]
    taken = after["resources"][-1]
    assert taken["inputs"]["vlanId"] == 1, "as it is: then the next up shows what differs"
    assert taken["provider"] == f"{vsphere['urn']}::7"
    assert taken["dependencies"] == [ROOT["urn"]], "what is not there yet would make the state unreadable"
    assert before["resources"] == [ROOT, vsphere], "the state that was read is not changed"


def test_outputs_that_nobody_knows_yet_are_no_outputs() -> None:
    outputs = {"policy": "ens224-policy", "nodes": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    (root,) = adoption.written({"resources": [{**ROOT, "outputs": outputs}]}, [], [])["resources"]
    assert root["outputs"] == {"policy": "ens224-policy"}


def test_only_providers_that_are_not_in_the_state_are_made() -> None:
    assert adoption.missing_providers([ROOT, provider("vsphere"), port_group()]) == [provider("vsphere")["urn"]]


def test_what_does_not_stand_yet_is_told_as_what_up_makes() -> None:
    found = one(port_group(), Live(port_groups={TRUNK: (4095, "vSwitch0")}, security={TRUNK: OPEN}))
    waits = planned("pulumi-python:dynamic/cnvlab:PolicyRollout", "rollout", {})
    lines = adopted.report([found], None, [ROOT, provider("vsphere"), found.planned, kubernetes(NAD, {}), waits])
    assert lines[-2:] == ["Not there yet, made by the next `pulumi up`:", "  networks in namespace blue: VLAN 1928"]
