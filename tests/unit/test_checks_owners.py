"""What two stacks on one cluster would take from each other: refused, with both named, before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from clients import checks
from lab import plan, settings
from tests.unit import facts

EAST = "cnv-lab.east"
BOTH = f"is there already, and not by this stack ({facts.STACK}) but by stack {EAST}: "
CUDN, NAD, POLICY = "ClusterUserDefinedNetwork", "NetworkAttachmentDefinition", "NodeNetworkConfigurationPolicy"
LOCALNET = {"bridging": "ovn-localnet"}
VM = {"namespace": "blue", "vlan": 1928, "name": "vm"}


def of(stack: str, name: str = "x", **more: Any) -> facts.Object:
    return {"metadata": {"name": name, "labels": {"cnv-lab/stack": stack}}, **more}


def told(sections: dict[str, Any] | None = None, **there: Any) -> list[str]:
    return checks.objects(facts.lab(**(sections or {})), facts.cluster(**there), set())


@pytest.mark.parametrize(
    ("sections", "there", "begins", "ends"),
    [
        (
            {},
            {"machine_sets": {"hub-cnv": {**facts.worker("hub-cnv"), **of(EAST, "hub-cnv")}}},
            "MachineSet hub-cnv in namespace openshift-machine-api",
            "give it another name in the stack file, here or there.",
        ),
        (
            {},
            {"policies": {"ens224-policy": of(EAST, spec={})}},
            f"{POLICY} ens224-policy",
            "give it another name in the stack file, here or there.",
        ),
        (
            {},
            {"namespaces": frozenset({"blue"}), "namespace_stacks": {"blue": EAST}},
            "Namespace blue",
            "write existing: true for it, here or there.",
        ),
        (
            {},
            {"attachments": {("blue", "vlan-1928"): of(EAST)}},
            f"{NAD} vlan-1928 in namespace blue",
            "take the namespace out of that VLAN, or guest trunk, here or there.",
        ),
        (
            {"nodeNetwork": {"sharedAttachments": True}},
            {"attachments": {("default", "vlan-1928"): of(EAST)}},
            f"{NAD} vlan-1928 in namespace default",
            "take the namespace out of that VLAN, or guest trunk, here or there.",
        ),
        (
            {"nodeNetwork": {**LOCALNET, "attachments": "cudn"}},
            {"cluster_networks": {"vlan-1928": of(EAST)}},
            f"{CUDN} vlan-1928",
            "take the namespaces out of that VLAN, here or there.",
        ),
        (
            {"exampleVm": VM},
            {"virtual_machines": {("blue", "vm"): of(EAST)}},
            "VirtualMachine vm in namespace blue",
            "give it another name in the stack file, here or there.",
        ),
    ],
)
def test_a_name_that_another_stack_has_is_refused_with_both_stacks(
    sections: dict[str, Any], there: dict[str, Any], begins: str, ends: str
) -> None:
    """It is not told how to delete what is another's."""
    (line,) = told(sections, **there)
    assert line == f"{begins} {BOTH}{ends}"


@pytest.mark.parametrize("attachments", ["nad", "cudn"])
def test_an_attachment_that_ovn_made_is_of_the_stack_whose_network_it_is_from(attachments: str) -> None:
    made = {"metadata": {"ownerReferences": [{"kind": CUDN, "name": "elsewhere"}]}}
    there = {"attachments": {("blue", "vlan-1928"): made}, "cluster_networks": {"elsewhere": of(EAST)}}
    lines = told({"nodeNetwork": {**LOCALNET, "attachments": attachments}}, **there)
    assert lines
    assert all(line.startswith(f"{NAD} vlan-1928 in namespace blue {BOTH}") for line in lines)
    assert not [line for line in lines if "oc delete" in line]


def test_what_carries_this_stacks_own_label_is_of_no_other() -> None:
    (line,) = told(policies={"ens224-policy": of(facts.STACK, spec={})})
    assert "but by stack" not in line
    assert "oc delete nodenetworkconfigurationpolicy ens224-policy" in line


def rival(sections: dict[str, Any], desired: dict[str, Any], *, stack: str = "", **selector: str) -> list[str]:
    policy = of(stack, spec={"nodeSelector": selector, "desiredState": desired})
    return [line for line in told(sections, policies={"other": policy}) if line.startswith("policy other")]


NIC = {"interfaces": [{"name": "ens224"}]}


def test_a_rival_policy_is_told_with_the_stack_that_it_is_of() -> None:
    (line,) = rival({}, NIC, stack=EAST)
    assert line == (
        f"policy other of stack {EAST} configures ens224 of these nodes too, which this stack ({facts.STACK}) would. "
        "One of the two must have other nodes, or another NIC and bridge design."
    )
    (line,) = rival({}, NIC)
    assert line.startswith("policy other configures ens224 of these nodes too. Take the NIC out of it")


@pytest.mark.parametrize(
    "labels",
    [
        {"kubernetes.io/arch": "amd64"},
        {"node.openshift.io/os_id": "rhcos"},
        {"kubernetes.io/os": "linux", "node-role.kubernetes.io/worker": ""},
    ],
)
def test_a_selector_of_what_any_worker_has_selects_the_hypervisors_that_are_to_come(labels: dict[str, str]) -> None:
    assert rival({}, NIC, **labels)
    assert not rival({}, NIC, **labels, rack="7")


@pytest.mark.parametrize(
    "interface",
    [
        {"name": "bond0", "link-aggregation": {"port": ["ens224", "ens256"]}},
        {"name": "vrf0", "vrf": {"port": ["ens224"]}},
        {"name": "mv0", "mac-vlan": {"base-iface": "ens224"}},
        {"name": "mt0", "mac-vtap": {"base-iface": "ens224"}},
        {"name": "vx0", "vxlan": {"base-iface": "ens224", "id": 1}},
        {"name": "ms0", "macsec": {"base-iface": "ens224"}},
        {"name": "hsr0", "hsr": {"port1": "ens192", "port2": "ens224"}},
        {
            "name": "br-ovs",
            "type": "ovs-bridge",
            "bridge": {"port": [{"name": "b", "link-aggregation": {"port": [{"name": "ens224"}]}}]},
        },
    ],
)
def test_a_nic_is_used_by_whatever_is_made_of_it(interface: dict[str, Any]) -> None:
    (line,) = rival({}, {"interfaces": [interface]})
    assert "configures ens224" in line


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"localnet": "physnet-vmdata", "bridge": "br-ex"}, ["configures physnet-vmdata of these nodes too. Take the"]),
        ({"localnet": "physnet-vmdata", "bridge": "br-ex", "state": "absent"}, []),
        ({"localnet": "physnet-other", "bridge": "br-ex"}, []),
    ],
)
def test_a_name_that_ovn_knows_a_bridge_by_has_one_bridge(mapping: dict[str, str], words: list[str]) -> None:
    lines = rival({"nodeNetwork": LOCALNET}, {"ovn": {"bridge-mappings": [mapping]}})
    assert [word in line for line, word in zip(lines, words, strict=True)] == [True] * len(words)
    assert rival({"nodeNetwork": {"bridging": "vlan-aware"}}, {"ovn": {"bridge-mappings": [mapping]}}) == []


def test_stacks_on_nodes_that_exist_meet_on_the_nodes_that_both_select() -> None:
    """Selectors with nothing in common may still select the same node: the nodes tell."""
    raw = {key: facts.SECTIONS[key] for key in ("cluster", "namespaces", "nodeNetwork", "vlans")}
    raw["hypervisors"] = {"existing": {"nodeSelector": {"rack": "1"}}}
    lab = plan.complete(settings.parse(raw, where=facts.WHERE), stack=facts.STACK, where=facts.WHERE)
    policy = of(EAST, spec={"nodeSelector": {"row": "2"}, "desiredState": NIC})
    node = {"metadata": {"name": "n", "labels": {"rack": "1", "row": "2"}}}
    meet = facts.cluster(policies={"other": policy}, nodes={"n": node})
    (line,) = checks.objects(lab, meet, set())
    assert f"policy other of stack {EAST}" in line
    apart = facts.cluster(policies={"other": policy}, nodes={"n": {"metadata": {"name": "n", "labels": {"rack": "1"}}}})
    assert checks.objects(lab, apart, set()) == []
