"""The topology beside what is there: attachments by namespace, and what hypervisors come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.survey import found as read
from lab import manifests
from lab.topology import Kind, State, bundled
from lab.topology.live import live
from tests.unit import facts, standing, test_existing_nodes
from tests.unit.standing import OTHER, VLANS, attachments, lab_of, looked, others, told

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("bridging", "kind"),
    [("per-vlan", "nad"), ("vlan-aware", "nad"), ("ovn-localnet", "nad"), ("ovn-localnet", "cudn")],
)
def test_a_lab_that_stands_as_its_file_says_has_no_mark(bridging: str, kind: str) -> None:
    lab = lab_of(bridging, nodeNetwork={"attachments": kind})
    places = (("blue", "vlan-1925"), ("blue", "vlan-1928"), ("green", "vlan-1928"))
    there: Any = {}
    if kind == "cudn":
        there = {"attachments": {(place, name): _made_by_ovn(name, place) for place, name in places}}
    found = looked(lab, **there)
    assert (told(found), others(found), found.is_live) == ([], [], True)
    assert [part.kind for part in found.beside] == [Kind.TEMPLATE, Kind.MACHINE_SET, Kind.NODES, Kind.POLICY]


def _made_by_ovn(name: str, namespace: str) -> Object:
    item = standing.attachment(name, namespace, stack=None)
    item["metadata"]["ownerReferences"] = [{"kind": "ClusterUserDefinedNetwork", "name": name}]
    return item


def test_what_is_there_says_on_which_hosts_and_of_what_size() -> None:
    found = looked(lab_of())
    details = {part.kind: part.details for part in (*found.trunk, *found.beside)}
    assert details[Kind.PORT_GROUP][-1] == "on goat-1, goat-2"
    assert details[Kind.TEMPLATE] == ("RHCOS 9.6.1",)
    assert details[Kind.MACHINE_SET] == ("replicas 2",)
    assert details[Kind.POLICY] == ("is in force on 2 nodes",)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"green_1928": None}, "differs NetworkAttachmentDefinition vlan-1928: missing in green"),
        ({"blue_1925": None}, "missing NetworkAttachmentDefinition vlan-1925: missing in blue"),
        (
            {"green_1928": None, "blue_1928": None},
            "missing NetworkAttachmentDefinition vlan-1928: missing in blue, green",
        ),
    ],
)
def test_an_attachment_is_looked_for_in_each_of_its_namespaces(changes: Any, line: str) -> None:
    lab = lab_of()
    assert told(looked(lab, attachments=attachments(lab, **changes))) == [line]


def test_an_attachment_with_another_configuration_tells_what_differs_and_one_by_hand_whose_it_is() -> None:
    lab = lab_of()
    mine = manifests.network_attachments(lab)[1]
    by_hand = {**mine, "metadata": {**mine["metadata"], "labels": {}}}
    theirs = {**mine, "metadata": {**mine["metadata"], "labels": {"cnv-lab/stack": "cnv-lab.other"}}}
    changed = standing.attachment("vlan-1928", config=OTHER)
    assert told(looked(lab, attachments=attachments(lab, blue_1928=by_hand))) == [
        "foreign NetworkAttachmentDefinition vlan-1928: not made by this stack in blue"
    ]
    assert told(looked(lab, attachments=attachments(lab, blue_1928=theirs))) == [
        "foreign NetworkAttachmentDefinition vlan-1928: of stack cnv-lab.other in blue"
    ]
    (line,) = told(looked(lab, attachments=attachments(lab, blue_1928=changed)))
    assert line.startswith("differs NetworkAttachmentDefinition vlan-1928: config.")


@pytest.mark.parametrize(
    ("stack", "state", "note"),
    [
        (facts.STACK, State.EXTRA, "in blue, not in the stack file"),
        ("cnv-lab.other", State.FOREIGN, "in blue, of stack cnv-lab.other"),
        (None, State.FOREIGN, "in blue, not made by this stack"),
    ],
)
def test_an_attachment_that_the_file_does_not_have_is_a_way_behind_our_bridge(
    stack: str | None, state: State, note: str
) -> None:
    lab = lab_of()
    more = {("blue", "mine"): standing.attachment("mine", stack=stack, config=OTHER)}
    found = looked(lab, attachments={**attachments(lab), **more})
    (way,) = others(found)
    assert (way.vlans, [part.name for part in way.parts]) == ((1928,), ["ens224.1928", "br-1928", "blue/mine"])
    assert (way.state, way.parts[-1].notes, way.namespaces[0].name) == (state, (note,), "blue")
    elsewhere = {("blue", "x"): standing.attachment("x", stack=None, config='{"type": "bridge", "bridge": "br-else"}')}
    assert others(looked(lab, attachments={**attachments(lab), **elsewhere})) == [], "nobody's concern"


def test_what_this_stack_has_left_over_is_shown_though_its_bridge_is_none_of_the_lab_any_more() -> None:
    lab = lab_of()
    left = standing.attachment("vlan-9", config='{"type": "bridge", "bridge": "br-9"}')
    (way,) = others(looked(lab, attachments={**attachments(lab), ("blue", "vlan-9"): left}))
    assert (way.vlans, [(part.name, part.state) for part in way.parts]) == ((9,), [("blue/vlan-9", State.EXTRA)])


def test_a_network_of_ovn_kubernetes_is_looked_for_as_such() -> None:
    lab = lab_of("ovn-localnet", nodeNetwork={"attachments": "cudn"})
    found = looked(lab, attachments={}, cluster_networks=facts.by_name(manifests.cluster_networks(lab)[0]))
    assert told(found) == [
        "missing ClusterUserDefinedNetwork vlan-1925: missing in blue",
        "missing ClusterUserDefinedNetwork vlan-1928: missing",
    ]


def test_a_namespace_that_is_not_there_is_missing_once() -> None:
    assert told(looked(lab_of(), namespaces=frozenset({"blue"}))) == ["missing namespace green: missing"]


def test_what_hypervisors_come_from_is_told_where_it_is_missing_or_somebody_elses() -> None:
    lab = lab_of()
    bare = standing.inventory(lab, places=facts.places())
    nothing = told(live(lab, read(lab, facts.cluster(), [], bare)))
    assert "missing template rhcos-cnv: missing" in nothing
    assert "missing MachineSet hub-cnv: missing" in nothing
    assert "missing nodes none: missing: no node has joined yet" in nothing
    assert "missing policy ens224-policy: missing" in nothing
    unmarked = standing.inventory(lab, places=facts.places(facts.copy(stack=None)))
    assert told(looked(lab, unmarked)) == ["foreign template rhcos-cnv: not made by this stack: it carries no mark"]
    plain = facts.places(facts.copy(features=replace(facts.FEATURES, nested_virtualization=False)))
    assert told(looked(lab, standing.inventory(lab, places=plain))) == [
        "differs template rhcos-cnv: nested virtualization off"
    ]


def test_a_machine_set_of_another_size_tells_the_fields() -> None:
    lab = lab_of()
    there = manifests.machine_set(replace(lab, memory_mib=8192))
    (line,) = told(looked(lab, machine_sets=facts.by_name(there)))
    path = "template.spec.providerSpec.value.memoryMiB"
    assert line == f"differs MachineSet hub-cnv: {path} is 8192, not 16384"


def test_nodes_tell_how_many_there_are_and_what_is_the_matter_with_them() -> None:
    lab = lab_of()
    one = facts.by_name(standing.node("node-1", lab, ready="False", kvm="0"))
    found = looked(lab, nodes=one, network_states={})
    (part,) = (part for part in found.beside if part.kind is Kind.NODES)
    assert part.notes == (
        "1 of 2",
        "not Ready: node-1",
        "without devices.kubevirt.io/kvm: node-1",
        "tell nothing of their network: node-1",
    )


def test_a_policy_that_is_not_in_force_or_not_ours_or_not_what_is_wanted_says_so() -> None:
    lab = lab_of()
    failed = [standing.enactment(lab, "node-1", "Failing", "br-1925: no way"), standing.enactment(lab, "node-2")]
    assert told(looked(lab, enactments=failed)) == [
        "differs policy ens224-policy: failed on node node-1: br-1925: no way"
    ]
    less = standing.policy(lab_of(vlans=VLANS[:1]))
    assert told(looked(lab, policies=facts.by_name(less)))[0] == (
        "differs policy ens224-policy: asks for something else than the stack file: ens224.1928, br-1928"
    )
    rival: Object = {
        "metadata": {"name": "mine"},
        "spec": {"nodeSelector": {}, "desiredState": {"interfaces": [{"name": "ens224"}]}},
    }
    elsewhere = {**rival, "metadata": {"name": "else"}, "spec": {**rival["spec"], "nodeSelector": {"a": "b"}}}
    both = facts.by_name(standing.policy(lab), rival, elsewhere)
    assert told(looked(lab, policies=both)) == ["foreign policy mine: configures ens224 of node-1, node-2, too"]


def test_nodes_that_exist_have_no_vcenter_to_ask() -> None:
    lab = test_existing_nodes.lab()
    found = live(lab, read(lab, facts.cluster(), [], None))
    assert [part.kind for part in found.beside] == [Kind.NODES, Kind.POLICY]
    assert found.beside[0].state is State.MISSING


def test_what_differs_is_not_bundled_with_what_does_not() -> None:
    names = [f"ns{number}" for number in range(2)]
    lab = lab_of(
        vlans=[{"id": number, "name": "v", "namespaces": names} for number in range(1, 101)],
        namespaces=[{"name": name} for name in names],
    )
    there = attachments(lab, ns0_50=None, ns1_50=None)
    found = bundled(looked(lab, attachments=there))
    told_of = [(way.told, way.parts[-1].name, way.parts[-1].state) for way in found.ways]
    assert told_of == [
        ("1-49, 51-100", "vlan-1 … vlan-100", State.AS_WANTED),
        ("50", "vlan-50", State.MISSING),
    ]
