"""The doctor's checks that are preflight's own: each of them tells what preflight would, and is counted as that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.cluster import kinds, retired
from lab import settings
from lab.doctor.report import Outcome
from lab.retirement import Leaving
from tests.unit import facts
from tests.unit.doctor_world import World, by_outcome, look, meet, told
from tests.unit.test_boot_images import configuration, entry

LEAVING = Leaving(namespace="blue", name="vlan-7", vlans=frozenset({7}), carrier="br-7", ours=True)
LABEL = {"hypervisors": {"existing": {"nodeSelector": {"big": ""}}}}
AUTOSCALER = {
    "metadata": {"name": "grows"},
    "spec": {"scaleTargetRef": {"kind": "MachineSet", "name": "hub-cnv"}},
}
OURS = {"metadata": {"name": "hub-cnv"}, "spec": {"replicas": 3, "template": {"spec": {}}}}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return meet(monkeypatch)


def hypervisor(kvm: str) -> facts.Object:
    labels = {"machine.openshift.io/cluster-api-machineset": "hub-cnv"}
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": "h", "labels": labels},
        "status": {"conditions": ready, "allocatable": {"devices.kubevirt.io/kvm": kvm}},
    }


def nics(*names: str) -> facts.Object:
    return {
        "metadata": {"name": "h"},
        "status": {"currentState": {"interfaces": [{"name": name, "type": "ethernet"} for name in names]}},
    }


@pytest.mark.parametrize(
    ("check", "outcome", "change", "sections", "words"),
    [
        (
            "cluster.network",
            Outcome.FAIL,
            {"network_type": "OpenShiftSDN"},
            {"nodeNetwork": {"bridging": "ovn-localnet"}},
            "only OVNKubernetes can plug",
        ),
        ("cluster.network", Outcome.OK, {}, {}, "OVNKubernetes; bridges: per-vlan"),
        (
            "cluster.bootImages",
            Outcome.FAIL,
            {"release": "4.22", "machine_configuration": None},
            {"cluster": {"openshift": "4.22"}, "template": {"bootImages": "optOut"}},
            "MachineConfiguration/cluster is not there",
        ),
        (
            "cluster.bootImages",
            Outcome.WARN,
            {"release": "4.22", "machine_configuration": configuration(entry("All"))},
            {"cluster": {"openshift": "4.22"}, "template": {"bootImages": "optOut"}},
            "is about to be taken out of boot-image management",
        ),
        (
            "cluster.bootImages",
            Outcome.OK,
            {"release": "4.22", "machine_configuration": configuration(entry("All"))},
            {"cluster": {"openshift": "4.22"}, "template": {"bootImages": "leave"}},
            "it may replace template",
        ),
        ("cluster.kvm", Outcome.FAIL, {"nodes": {"h": hypervisor("0")}}, {}, "node h is Ready and has no /dev/kvm"),
        ("cluster.kvm", Outcome.OK, {"nodes": {"h": hypervisor("1k")}}, {}, "on h"),
        (
            "cluster.nic",
            Outcome.FAIL,
            {"nodes": {"h": hypervisor("1k")}, "network_states": {"h": nics("ens192")}},
            {},
            "hypervisor h has no ens224",
        ),
        (
            "cluster.nic",
            Outcome.OK,
            {"nodes": {"h": hypervisor("1k")}, "network_states": {"h": nics("ens192", "ens224")}},
            {},
            "ens224: on h",
        ),
        (
            "cluster.nodes",
            Outcome.OK,
            {"machine_sets": facts.by_name(facts.worker(), OURS), "autoscalers": (AUTOSCALER,)},
            {},
            "MachineAutoscaler grows owns the replicas",
        ),
        (
            "cluster.operators",
            Outcome.FAIL,
            {},
            {"operators": {"mode": "manage"}},
            "it is the whole cluster's",
        ),
        (
            "cluster.operators",
            Outcome.OK,
            {"operators": replace(facts.INSTALLED, nmstates=())},
            {"operators": {"mode": "ignore"}},
            "not asked",
        ),
    ],
)
def test_a_check_of_the_cluster_comes_to(  # noqa: PLR0913, PLR0917  a table
    world: World, check: str, outcome: Outcome, change: dict[str, Any], sections: dict[str, Any], words: str
) -> None:
    world.seen = facts.cluster(**change)
    found = look(**sections)
    assert found[check].outcome is outcome, told(found[check])
    assert words in told(found[check])
    assert outcome is not Outcome.FAIL or all(line.remedy for line in found[check].lines), "what to do"


@pytest.mark.parametrize(("retire", "outcome"), [([], Outcome.FAIL), ([7], Outcome.WARN)])
def test_a_vlan_that_leaves_in_use_fails_unless_its_users_may_lose_it(
    world: World, retire: list[int], outcome: Outcome
) -> None:
    world.vlans = retired.Look(ledger=frozenset(), in_use={LEAVING: ["VirtualMachine a"]})
    found = look(nodeNetwork={"retireInUse": retire})
    assert found["cluster.retired"].outcome is outcome
    assert "VirtualMachine a" in told(found["cluster.retired"])


def test_what_preflight_would_only_tell_stands_where_nothing_is_wrong(world: World) -> None:
    world.vlans = retired.Look(ledger=frozenset(), in_use={}, news=("policy p forgets VLAN 7.",))
    found = look()
    assert not by_outcome(found, Outcome.FAIL) | by_outcome(found, Outcome.WARN)
    assert "forgets VLAN 7" in told(found["cluster.retired"])


@pytest.mark.parametrize(
    ("nodes", "outcome", "words"),
    [
        ({}, Outcome.FAIL, "no node has big="),
        ({"m": {"node-role.kubernetes.io/master": ""}}, Outcome.WARN, "of the control plane"),
        ({"w": {"node-role.kubernetes.io/worker": ""}}, Outcome.OK, "hypervisors that exist: w"),
    ],
)
def test_nodes_that_are_to_be_hypervisors_are_there_and_meant(
    world: World, nodes: dict[str, dict[str, str]], outcome: Outcome, words: str
) -> None:
    world.seen = facts.cluster(
        nodes={
            name: {"metadata": {"name": name, "labels": {"big": "", **labels}}, "status": {}}
            for name, labels in nodes.items()
        }
    )
    raw = {key: facts.SECTIONS[key] for key in ("cluster", "namespaces", "nodeNetwork", "vlans")}
    found = look(wanted=settings.parse({**raw, **LABEL}, where=facts.WHERE))
    assert found["cluster.nodes"].outcome is outcome
    assert words in told(found["cluster.nodes"])


POLICY = {
    "metadata": {"name": "theirs"},
    "spec": {"desiredState": {"interfaces": [{"name": "ens224", "type": "ethernet"}]}},
}
MASTER = {
    "metadata": {"name": "m", "labels": {}},
    "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]},
}
STATE = {
    "metadata": {"name": "m"},
    "status": {
        "currentState": {
            "interfaces": [
                {"name": "ens224", "type": "ethernet", "ipv4": {"address": [{"ip": "10.0.0.1"}]}},
            ]
        }
    },
}
HEALTH_CHECK = {"metadata": {"name": "all"}, "spec": {"selector": {}, "unhealthyConditions": []}}


@pytest.mark.parametrize(
    ("check", "outcome", "change", "words"),
    [
        ("cluster.identity", Outcome.FAIL, {"infra_id": "x"}, "this is another cluster"),
        ("cluster.identity", Outcome.FAIL, {"missing": (kinds.POLICY,)}, "is not served"),
        ("cluster.release", Outcome.WARN, {"release": "4.18"}, "the stack file says 4.20"),
        ("cluster.names", Outcome.FAIL, {"namespaces": frozenset({"blue"})}, "Namespace blue is there already"),
        ("cluster.names", Outcome.FAIL, {"policies": facts.by_name(POLICY)}, "policy theirs configures ens224"),
        (
            "cluster.nic",
            Outcome.FAIL,
            {"nodes": {"m": MASTER}, "network_states": {"m": STATE}},
            "would cut the node off",
        ),
        (
            "cluster.operators",
            Outcome.FAIL,
            {"operators": replace(facts.INSTALLED, nmstates=())},
            "there is no NMState object",
        ),
        ("cluster.healthChecks", Outcome.WARN, {"health_checks": (HEALTH_CHECK,)}, "MachineHealthCheck all"),
    ],
)
def test_what_preflight_would_say_of_the_cluster_is_said_in_its_words(
    world: World, check: str, outcome: Outcome, change: dict[str, Any], words: str
) -> None:
    world.seen = facts.cluster(**change)
    found = look()
    assert found[check].outcome is outcome
    assert words in told(found[check])
    assert outcome is not Outcome.FAIL or all(line.remedy for line in found[check].lines), "what to do"


@pytest.mark.parametrize(
    ("check", "outcome", "change", "words"),
    [
        ("vcenter.places", Outcome.FAIL, {"datastore": False}, "datastore Fast is not in vCenter"),
        ("vcenter.places", Outcome.FAIL, {"api_version": (6, 5)}, "need 6.7 or newer"),
        ("vcenter.trunk", Outcome.FAIL, {"hosts": (facts.host("goat-1", "Trunk"),)}, "port group Trunk is there"),
        ("vcenter.template", Outcome.FAIL, {"source": None}, "is not in /Garden/vm/hub"),
        ("vcenter.template", Outcome.FAIL, {"source": facts.vm(has_snapshot=True)}, "has a snapshot"),
        ("vcenter.template", Outcome.FAIL, {"source": facts.vm(hardware=13)}, "hardware version 13"),
        (
            "vcenter.template",
            Outcome.WARN,
            {"source": None, "places": facts.places(facts.copy())},
            "Until then hypervisors go on being made",
        ),
    ],
)
def test_what_preflight_would_say_of_vcenter_is_said_in_its_words(
    world: World, check: str, outcome: Outcome, change: dict[str, Any], words: str
) -> None:
    world.inventory = facts.inventory(**change)
    found = look()
    assert found[check].outcome is outcome
    assert words in told(found[check])
    assert outcome is not Outcome.FAIL or all(line.remedy for line in found[check].lines), "what to do"
