"""VLANs that leave: what may be forgotten, which attachments go, and who hangs on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab import names, plugs, retirement
from lab.manifests import policy as manifest
from lab.retirement import Retired
from tests.unit import facts
from tests.unit.test_readiness_network import IN_FORCE, ONE, enactment, nodes

Object = dict[str, Any]


def policy(*absent: int) -> Object:
    """A policy in force, with VLAN 1928 and these as absent."""
    return {**IN_FORCE, "spec": manifest(facts.lab(), ledger=[*map(names.bridge, absent)])["spec"]}


def test_what_is_absent_on_every_node_is_forgotten() -> None:
    found = retirement.forget({"br-7", "br-8"}, policy(7, 8), [enactment("Available")], ONE)
    assert found == Retired(forgotten=frozenset({"br-7", "br-8"}))


def test_what_leaves_in_this_very_run_is_absent_first() -> None:
    """Else it would stay on the nodes for ever: a policy that is silent about it removes nothing."""
    found = retirement.forget({"br-7", "br-1928", "br-1999"}, policy(7), [enactment("Available")], ONE)
    assert (found.forgotten, found.kept) == (frozenset({"br-7"}), frozenset({"br-1928", "br-1999"})), (
        "1999 is in the ledger and not in the policy"
    )
    assert "by the next" in found.why


@pytest.mark.parametrize(
    ("kind", "generation", "ready", "words"),
    [
        ("Progressing", 2, "True", "node-1 is being configured"),
        ("Available", 1, "True", "node-1 is still to begin"),
        ("Failing", 2, "True", "failed on node node-1"),
        ("Available", 2, "Unknown", "node-1 is not Ready"),
    ],
)
def test_what_is_not_in_force_on_a_node_is_kept_with_the_reason(
    kind: str, generation: int, ready: str, words: str
) -> None:
    there = nodes("node-1", ready=ready)
    found = retirement.forget({"br-7"}, policy(7), [enactment(kind, generation=generation)], there)
    assert (found.forgotten, found.kept) == (frozenset(), frozenset({"br-7"}))
    assert words in found.why


def test_one_node_that_is_not_ready_keeps_everything() -> None:
    """It may come back with the bridge that it has, and nothing would take that off it."""
    there = [*ONE, *nodes("node-2", ready="Unknown")]
    done = [enactment("Available"), enactment("Available", "node-2")]
    found = retirement.forget({"br-7"}, policy(7), done, there)
    assert found == Retired(kept=frozenset({"br-7"}), why="node-2 is not Ready")


def test_a_policy_that_is_not_there_forgets_nothing() -> None:
    assert retirement.forget({"br-7"}, None, [], []).kept == {"br-7"}


def attachment(bridge: str | None = None, *, chained: bool = False, config: str | None = None) -> Object:
    plugin = {"type": "bridge", **({"bridge": bridge} if bridge else {})}
    text = json.dumps({"plugins": [{"type": "tuning"}, plugin]} if chained else plugin)
    return {"spec": {"config": text if config is None else config}}


OURS = {("blue", "vlan-7"), ("blue", "vlan-8"), ("red", "vlan-8")}
LIVE = {
    ("blue", "vlan-7"): attachment("br-7"),
    ("blue", "vlan-8"): attachment("br-8"),
    ("red", "vlan-8"): attachment("br-8"),
    ("red", "storage"): attachment("br-7", chained=True),
    ("red", "other"): attachment("br-70"),
}
ALL: plugs.Carried = {"br-7": None, "br-8": None}


def leaving(
    *gone: tuple[str, str],
    before: plugs.Carried = ALL,
    after: plugs.Carried = ALL,
    live: dict[tuple[str, str], Object] = LIVE,
) -> list[tuple[str, str, set[int]]]:
    """Namespace, name and VLANs of what leaves, with all of ours wanted as they are but for those that are gone."""
    wanted = {place: plugs.of_attachment(LIVE[place]) for place in OURS - {*gone}}
    found = retirement.leaving(live, OURS, wanted, before, after)
    assert [item.ours for item in found] == [(item.namespace, item.name) in OURS for item in found]
    return [(item.namespace, item.name, set(item.vlans)) for item in found]


def test_an_attachment_of_ours_that_is_no_longer_asked_for_leaves() -> None:
    assert leaving(("red", "vlan-8")) == [("red", "vlan-8", {8})]


def test_anybodys_attachment_on_a_bridge_that_goes_is_told() -> None:
    found = leaving(("blue", "vlan-7"), after={"br-8": None})
    assert found == [("blue", "vlan-7", {7}), ("red", "storage", {7})]


def test_where_nothing_leaves_there_is_nothing_to_look_at() -> None:
    assert leaving() == []


def test_one_that_somebody_deleted_already_does_not_leave() -> None:
    assert leaving(*OURS, live={}, after={}) == []


def test_what_the_nodes_do_not_carry_any_more_is_not_lost_again() -> None:
    assert leaving(before={}, after={}) == []


def test_one_of_ours_that_somebody_spoilt_leaves_by_its_name() -> None:
    spoilt = {("blue", "vlan-7"): attachment(config="{"), ("red", "vlan-8"): attachment("br-8")}
    assert leaving(("blue", "vlan-7"), live=spoilt) == [("blue", "vlan-7", {7})]


TAGGED = {("blue", "vlan-7"): {"spec": {"config": '{"bridge": "br-trunk", "vlan": 7}'}}}


def test_a_vlan_that_changes_its_bridge_moves() -> None:
    """Who runs loses it until the next start; who is stopped starts on the new bridge."""
    wanted = {place: plugs.of_attachment(item) for place, item in TAGGED.items()}
    after: plugs.Carried = {"br-trunk": frozenset({7})}
    (found,) = retirement.leaving({("blue", "vlan-7"): attachment("br-7")}, TAGGED.keys(), wanted, ALL, after)
    assert (set(found.vlans), found.carrier, found.moves_to) == ({7}, "br-7", "br-trunk")


def test_a_tag_that_leaves_the_trunk_takes_it_from_somebodys_attachment() -> None:
    before: plugs.Carried = {"br-trunk": frozenset({7, 8})}
    after: plugs.Carried = {"br-trunk": frozenset({8})}
    (found,) = retirement.leaving(TAGGED, (), {}, before, after)
    assert (set(found.vlans), found.ours, found.moves_to) == ({7}, False, "")


def test_a_guest_trunk_that_gets_narrower_loses_just_those_vlans() -> None:
    place = ("blue", "trunk-router")
    live = {place: {"spec": {"config": '{"bridge": "br-trunk", "vlanTrunk": [{"minID": 7, "maxID": 9}]}'}}}
    wanted = {place: frozenset({("br-trunk", 7)})}
    carried: plugs.Carried = {"br-trunk": frozenset({7, 8, 9})}
    (found,) = retirement.leaving(live, {place}, wanted, carried, carried)
    assert (set(found.vlans), found.moves_to) == ({8, 9}, "")


@pytest.mark.parametrize("config", ["", "{", "[]", "null", '{"plugins": 7}', '{"plugins": ["x"], "bridge": ""}'])
def test_a_configuration_that_names_no_bridge_is_passed_over(config: str) -> None:
    assert plugs.of_attachment(attachment(config=config)) == frozenset()
    assert plugs.of_attachment({}) == frozenset()


@pytest.mark.parametrize(
    ("bridges", "words"),
    [
        ({1926, 7}, "VLANs 7, 1926"),
        ({"br-7"}, "VLAN 7"),
        ({"br-trunk"}, "bridge br-trunk"),
        ({"br-vmdata", "br-7", "br-trunk"}, "VLAN 7 and bridges br-trunk, br-vmdata"),
    ],
)
def test_a_vlans_own_bridge_is_told_as_the_vlan(bridges: set[Any], words: str) -> None:
    assert retirement.told(bridges) == words


@pytest.mark.parametrize(
    ("machine", "told"), [(True, "VirtualMachine fedora"), (False, "Pod probe")], ids=["a machine's", "a plain one"]
)
def test_who_runs_is_told_by_the_name_that_its_owner_knows(*, machine: bool, told: str) -> None:
    owners = [{"kind": "VirtualMachineInstance", "name": "fedora"}] if machine else []
    there = [pod("vlan-7", metadata={"ownerReferences": owners}), pod("vlan-7", status={"phase": "Succeeded"})]
    assert retirement.running(BLUE, there) == [told]


def vm(*networks: Any, name: str = "fedora", namespace: str = "blue") -> Object:
    items = [{"name": f"net{number}", **network} for number, network in enumerate(networks)]
    spec = {"template": {"spec": {"networks": items}}}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def multus(name: str) -> Object:
    return {"multus": {"networkName": name}}


def pod(networks: str | None, namespace: str = "blue", **more: Any) -> Object:
    annotations = {} if networks is None else {"k8s.v1.cni.cncf.io/networks": networks}
    metadata = {"name": "probe", "namespace": namespace, "annotations": annotations, **more.pop("metadata", {})}
    return {"metadata": metadata, **more}


BLUE, SHARED = ("blue", "vlan-7"), ("default", "vlan-7")


@pytest.mark.parametrize(
    ("written", "namespace", "means"),
    [
        ("vlan-7", "blue", BLUE),
        ("blue/vlan-7", "blue", BLUE),
        ("default/vlan-7", "blue", SHARED),
        ("default/vlan-7", "default", SHARED),
        ("vlan-7", "red", ("red", "vlan-7")),
        ("blue/vlan-7", "red", None),
    ],
    ids=["bare", "its own", "a shared one", "from the shared namespace", "another's", "not allowed across"],
)
def test_a_name_means_the_users_own_namespace_or_a_shared_one(
    written: str, namespace: str, means: tuple[str, str] | None
) -> None:
    wanted = set() if means is None else {means}
    assert retirement.networks_of_vm(vm({"pod": {}}, multus(written), namespace=namespace)) == wanted
    assert retirement.networks_of_pod(pod(f"{written}@net1", namespace)) == wanted
    place, _, name = written.rpartition("/")
    item = {"name": name, "interface": "net1", **({"namespace": place} if place else {})}
    assert retirement.networks_of_pod(pod(json.dumps([item]), namespace)) == wanted


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (None, set()),
        ("", set()),
        ("storage, vlan-7 ,default/vlan-7@eth9", {("blue", "storage"), BLUE, SHARED}),
        ('[{"name": "storage"}, {"name": "vlan-7"}]', {("blue", "storage"), BLUE}),
        ('[{"name": "vlan-7"', set()),
        ('{"name": "vlan-7"}', set()),
        ("[7, {}]", set()),
    ],
)
def test_a_pods_annotation_is_read_as_multus_reads_it(text: str | None, means: set[tuple[str, str]]) -> None:
    assert retirement.networks_of_pod(pod(text)) == means


@pytest.mark.parametrize("spec", [{}, {"template": None}, {"template": {"spec": {"networks": None}}}])
def test_a_virtual_machine_without_networks_hangs_on_none(spec: Object) -> None:
    assert retirement.networks_of_vm({"metadata": {"name": "x", "namespace": "blue"}, "spec": spec}) == set()


def test_users_are_told_by_kind_and_name_and_where_they_are_elsewhere() -> None:
    """A stopped VM is one as well: nothing of its status is asked."""
    machines = [vm(multus("default/vlan-7")), vm(multus("vlan-7"), namespace="default"), vm(multus("vlan-9"))]
    found = retirement.users(SHARED, machines, [pod("default/vlan-7"), pod("vlan-7")])
    assert found == ["VirtualMachine blue/fedora", "VirtualMachine fedora", "Pod blue/probe"]


def test_a_virtual_machines_own_pod_is_not_told_beside_it() -> None:
    owner: Any = {"metadata": {"ownerReferences": [{"kind": "VirtualMachineInstance", "name": "fedora"}]}}
    assert retirement.users(BLUE, [vm(multus("vlan-7"))], [pod("vlan-7", **owner)]) == ["VirtualMachine fedora"]
    edited = retirement.users(BLUE, [vm(multus("vlan-9"))], [pod("vlan-7", **owner)])
    assert edited == ["Pod probe"], "until it is restarted it hangs on the old network"


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_finished_holds_no_network(phase: str) -> None:
    """Each migration of a virtual machine leaves one."""
    assert retirement.users(BLUE, [], [pod("vlan-7", status={"phase": phase})]) == []
    assert retirement.users(BLUE, [], [pod("vlan-7", status={"phase": "Running"})]) == ["Pod probe"]
