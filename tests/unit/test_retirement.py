"""VLANs that leave: what may be forgotten, which attachments go, and who hangs on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab import retirement
from lab.manifests import policy as manifest
from lab.retirement import Leaving, Retired
from tests.unit import facts
from tests.unit.test_readiness_network import IN_FORCE, ONE, enactment, nodes

Object = dict[str, Any]


def policy(*absent: int) -> Object:
    """A policy in force, with VLAN 1928 and these as absent."""
    return {**IN_FORCE, "spec": manifest(facts.lab(), ledger=absent)["spec"]}


def test_what_is_absent_on_every_node_is_forgotten() -> None:
    found = retirement.forget({7, 8}, policy(7, 8), [enactment("Available")], ONE)
    assert found == Retired(forgotten=frozenset({7, 8}))


def test_what_leaves_in_this_very_run_is_absent_first() -> None:
    """Else it would stay on the nodes for ever: a policy that is silent about it removes nothing."""
    found = retirement.forget({7, 1928, 1999}, policy(7), [enactment("Available")], ONE)
    assert (found.forgotten, found.kept) == (frozenset({7}), frozenset({1928, 1999})), (
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
    found = retirement.forget({7}, policy(7), [enactment(kind, generation=generation)], there)
    assert (found.forgotten, found.kept) == (frozenset(), frozenset({7}))
    assert words in found.why


def test_one_node_that_is_not_ready_keeps_everything() -> None:
    """It may come back with the bridge that it has, and nothing would take that off it."""
    there = [*ONE, *nodes("node-2", ready="Unknown")]
    done = [enactment("Available"), enactment("Available", "node-2")]
    found = retirement.forget({7}, policy(7), done, there)
    assert found == Retired(kept=frozenset({7}), why="node-2 is not Ready")


def test_a_policy_that_is_not_there_forgets_nothing() -> None:
    assert retirement.forget({7}, None, [], []).kept == {7}


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


def test_an_attachment_of_ours_that_is_no_longer_asked_for_leaves() -> None:
    found = retirement.leaving(LIVE, OURS, OURS - {("red", "vlan-8")}, [])
    assert found == [Leaving(namespace="red", name="vlan-8", vlan=8, ours=True)]


def test_anybodys_attachment_on_a_bridge_that_goes_is_told() -> None:
    found = retirement.leaving(LIVE, OURS, OURS - {("blue", "vlan-7")}, [7])
    assert found == [
        Leaving(namespace="blue", name="vlan-7", vlan=7, ours=True),
        Leaving(namespace="red", name="storage", vlan=7, ours=False),
    ]


def test_where_nothing_leaves_there_is_nothing_to_look_at() -> None:
    assert retirement.leaving(LIVE, OURS, OURS, []) == []


def test_one_that_somebody_deleted_already_does_not_leave() -> None:
    assert retirement.leaving({}, OURS, set(), [7, 8]) == []


@pytest.mark.parametrize("config", ["", "{", "[]", "null", '{"plugins": 7}', '{"plugins": ["x"], "bridge": ""}'])
def test_a_configuration_that_names_no_bridge_is_passed_over(config: str) -> None:
    assert retirement.bridges_of(attachment(config=config)) == []
    assert retirement.bridges_of({}) == []


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
