"""What two stacks on one cluster would take from each other: refused, with both named, before anything is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients import checks
from clients.checks import trunk
from clients.checks.trunk import Ours
from clients.vcenter.distributed import Group, Settings, Switch
from clients.vcenter.inventory import Rule
from lab import marker, plan, settings
from lab.trunk import MAC_LEARNING, SECURITY
from tests.unit import facts

EAST = "cnv-lab.east"
BOTH = f"is there already, and not by this stack ({facts.STACK}) but by stack {EAST}"
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
            "Give it another name in the stack file, here or there.",
        ),
        (
            {},
            {"policies": {"ens224-policy": of(EAST, spec={})}},
            f"{POLICY} ens224-policy",
            "Give it another name in the stack file, here or there.",
        ),
        (
            {},
            {"namespaces": frozenset({"blue"}), "namespace_stacks": {"blue": EAST}},
            "Namespace blue",
            "Write existing: true for it, here or there.",
        ),
        (
            {},
            {"attachments": {("blue", "vlan-1928"): of(EAST)}},
            f"{NAD} vlan-1928 in namespace blue",
            "Take the namespace out of that VLAN, or guest trunk, here or there.",
        ),
        (
            {"nodeNetwork": {"sharedAttachments": True}},
            {"attachments": {("default", "vlan-1928"): of(EAST)}},
            f"{NAD} vlan-1928 in namespace default",
            "Take the namespace out of that VLAN, or guest trunk, here or there.",
        ),
        (
            {"nodeNetwork": {**LOCALNET, "attachments": "cudn"}},
            {"cluster_networks": {"vlan-1928": of(EAST)}},
            f"{CUDN} vlan-1928",
            "Take the namespaces out of that VLAN, here or there.",
        ),
        (
            {"exampleVm": VM},
            {"virtual_machines": {("blue", "vm"): of(EAST)}},
            "VirtualMachine vm in namespace blue",
            "Give it another name in the stack file, here or there.",
        ),
    ],
)
def test_a_name_that_another_stack_has_is_refused_with_both_stacks(
    sections: dict[str, Any], there: dict[str, Any], begins: str, ends: str
) -> None:
    """It is not told how to delete what is another's."""
    (line,) = told(sections, **there)
    assert line == f"{begins} {BOTH}. {ends}"


@pytest.mark.parametrize("attachments", ["nad", "cudn"])
def test_an_attachment_that_ovn_made_is_of_the_stack_whose_network_it_is_from(attachments: str) -> None:
    made = {"metadata": {"ownerReferences": [{"kind": CUDN, "name": "elsewhere"}]}}
    there = {"attachments": {("blue", "vlan-1928"): made}, "cluster_networks": {"elsewhere": of(EAST)}}
    lines = told({"nodeNetwork": {**LOCALNET, "attachments": attachments}}, **there)
    assert lines
    assert all(line.startswith(f"{NAD} vlan-1928 in namespace blue {BOTH}") for line in lines)
    assert not [line for line in lines if "oc delete" in line]


def test_what_carries_this_stacks_name_and_is_not_in_its_state_is_of_another_backend_or_a_run_that_died() -> None:
    """Two people who each call a stack so would else be told to delete the other's."""
    (line,) = told(policies={"ens224-policy": of(facts.STACK, spec={})})
    assert "and not by this stack, as Pulumi's state has it, but by one of its name (cnv-lab.t). Another back" in line
    assert "make recover STACK=t" in line
    assert "oc delete" not in line


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


def on_trunk(name: str, stack: str, network: str = "Trunk") -> facts.Object:
    labels = {"cnv-lab/stack": stack} if stack else {}
    return facts.worker(
        name, labels=labels, network={"devices": [{"networkName": "machines"}, {"networkName": network}]}
    )


DISTRIBUTED = {"switch": {"kind": "distributed", "name": "VDS"}}
ON_HOSTS = facts.inventory(hosts=(facts.host("goat-1", "Trunk"), facts.host("goat-2")))


def test_a_port_group_that_is_taken_is_of_the_stack_whose_machines_are_on_it() -> None:
    lab, machine_sets = facts.lab(), facts.by_name(facts.worker(), on_trunk("hub-east", EAST))
    assert trunk.is_taken(lab, ON_HOSTS, Ours())
    owner = trunk.owner(lab, ON_HOSTS, machine_sets, ["a"])
    (line,) = trunk.check(lab, ON_HOSTS, Ours(), {}, owner)
    assert line == (
        f"port group Trunk is there already on goat-1, and not by this stack ({facts.STACK}) but by stack {EAST}, "
        "whose MachineSet hub-east is on it. Choose another cnv-lab:trunk.portGroup, or write cnv-lab:trunk.ownership: "
        "existing to use it as it is."
    )


@pytest.mark.parametrize(
    "machine_set", [on_trunk("hub-east", EAST, "Trunk-east"), on_trunk("hub-x", ""), on_trunk("hub-cnv", facts.STACK)]
)
def test_of_no_known_stack_it_is_told_by_the_vms_that_are_on_it(machine_set: facts.Object) -> None:
    """Another cluster's MachineSets do not show here, its machines do."""
    there = facts.by_name(machine_set)
    assert trunk.owner(facts.lab(), ON_HOSTS, there, ["spoke-cnv-b", "spoke-cnv-a"]) == (
        "; on it are spoke-cnv-a, spoke-cnv-b"
    )
    assert trunk.owner(facts.lab(), ON_HOSTS, there, []) == ""


@pytest.mark.parametrize(
    ("sections", "ours", "taken"),
    [
        ({}, Ours(standard={("moid-goat-1", "Trunk")}), False),
        ({}, Ours(standard={("moid-goat-2", "Trunk")}), True),
        ({"portGroup": "Trunk-t"}, Ours(), False),
        ({"ownership": "existing"}, Ours(), False),
    ],
)
def test_what_is_ours_or_not_to_be_made_is_not_taken(sections: dict[str, Any], ours: Ours, taken: bool) -> None:  # noqa: FBT001
    assert trunk.is_taken(facts.lab(trunk=sections), ON_HOSTS, ours) == taken


def test_a_distributed_port_group_says_itself_whose_it_is() -> None:
    switch = Switch(name="VDS", moid="dvs-1", uuid="uuid-1", version=(8, 0, 0), hosts=frozenset())
    group = Group(
        name="Trunk",
        moid="dvportgroup-9",
        switch="dvs-1",
        settings=Settings(ranges=None, security=SECURITY[MAC_LEARNING]),
        is_nsx=False,
        stack=marker.stack_of_port_group(f"Ask Ada. {marker.of_port_group(EAST)} Do not touch."),
    )
    lab, found = facts.lab(trunk=DISTRIBUTED), facts.inventory(switches=(switch,), trunks=(group,))
    assert trunk.is_taken(lab, found, Ours())
    assert not trunk.is_taken(lab, found, Ours(distributed={("uuid-1", "Trunk")}))
    assert not trunk.is_taken(lab, facts.inventory(switches=(switch,)), Ours())
    assert trunk.owner(lab, found, {}, ["a"]) == f" ({facts.STACK}) but by stack {EAST}"


@pytest.mark.parametrize("description", [None, "", "Trunk", f"made by Pulumi stack {EAST}"])
def test_a_port_group_that_no_stack_described_is_of_none(description: str | None) -> None:
    assert marker.stack_of_port_group(description) == ""


@pytest.mark.parametrize("suffix", ["new", "old"])
def test_a_name_beside_the_template_that_another_stack_has_is_refused(suffix: str) -> None:
    """An exchange of the template would find it taken half-way."""
    found = facts.inventory(places=facts.places(**{suffix: facts.copy(EAST)}))
    (line,) = checks.template(facts.lab(), found, None)
    assert line.startswith(f"{facts.FOLDER}/rhcos-cnv.{suffix} belongs to stack {EAST}, and this stack ({facts.STACK})")
    assert (
        list(checks.template(facts.lab(), facts.inventory(places=facts.places(**{suffix: facts.copy()})), None)) == []
    )


def test_a_template_that_is_taken_is_told_with_both_stacks() -> None:
    (line,) = checks.template(facts.lab(), facts.inventory(places=facts.places(facts.copy(EAST))), None)
    assert f"belongs to stack {EAST}, not to {facts.STACK}." in line


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, None),
        (Rule(keeps_apart=True, vms=frozenset({"hub-cnv-a", "hub-cnv-b"})), None),
        (Rule(keeps_apart=True, vms=frozenset()), None),
        (
            Rule(keeps_apart=True, vms=frozenset({"hub-cnv-a", "hub-cnv2-b"})),
            "not by this stack: it is about hub-cnv2-b",
        ),
        (Rule(keeps_apart=False, vms=frozenset({"hub-cnv-a"})), "keeps no VMs apart: it is not by this stack"),
    ],
)
def test_a_rule_of_the_hypervisors_name_that_is_about_others_is_refused(rule: Rule | None, words: str | None) -> None:
    """One that a dead run left is about this stack's Machines, and is taken up."""
    lines = list(checks.apart(facts.lab(), facts.inventory(rule=rule)))
    assert [words in line for line in lines if words] == ([True] if words else [])
    assert all(f"DRS rule '{facts.STACK} hub-cnv' of cluster Goat is there already" in line for line in lines)


def test_operators_of_another_stack_are_told_with_both() -> None:
    nmstate = of(EAST, "nmstate", kind="NMState")
    there = facts.cluster(operators=replace(facts.INSTALLED, nmstates=(nmstate,), hyperconvergeds=()))
    (line,) = checks.operators(facts.lab(operators={"mode": "manage"}), there)
    assert line.startswith(f"NMState nmstate is there already, made by stack {EAST} and not by {facts.STACK}: it is")
