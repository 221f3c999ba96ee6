"""A lab that stands just as its stack file says: what vCenter and the cluster have then, for tests to spoil."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clients.survey import found as read
from clients.vcenter.inventory import Host, PortGroup
from lab import manifests, names
from lab.template import Features
from lab.topology.live import live
from sandbox.node_agent import network
from tests.unit import facts

if TYPE_CHECKING:
    from collections.abc import Collection

    from clients.cluster.facts import ClusterFacts
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab
    from lab.topology import Topology, Way
    from lab.topology.live import Found

Object = dict[str, Any]
NODES = ("node-1", "node-2")
HOSTS = ("goat-1", "goat-2")


def host(name: str, **changes: Any) -> Host:
    """A host with the trunk as it is made."""
    group = {"name": "Trunk", "vlan": 4095, "switch": "vSwitch0", "promiscuous": True, "forged_transmits": True}
    return replace(facts.host(name), port_groups=(PortGroup(**{**group, **changes}),))


def inventory(lab: Lab, **changes: Any) -> Inventory:
    """VCenter after ``up``."""
    features = Features(
        nested_virtualization=lab.nested_virtualization,
        performance_counters=lab.performance_counters,
        iommu=lab.iommu,
        trunk_nic=lab.port_group if lab.trunk_nic else "",
    )
    there = facts.places(facts.copy(features=features))
    return facts.inventory(**{"hosts": tuple(map(host, HOSTS)), "places": there, **changes})


def node(name: str, lab: Lab, *, ready: str = "True", kvm: str = "110") -> Object:
    """A hypervisor's."""
    status = {"conditions": [{"type": "Ready", "status": ready}], "allocatable": {names.KVM_RESOURCE: kvm}}
    return {"metadata": {"name": name, "labels": dict(lab.node_selector)}, "status": status}


def network_state(name: str, *desired: Object) -> Object:
    """Of a node with two cards, after these desired states."""
    state = network.first_state("192.168.4.20", ["00:50:56:00:00:01", "00:50:56:00:00:02"])
    for item in desired:
        state = network.merged(state, item)
    return {"metadata": {"name": name}, "status": {"currentState": state}}


def policy(lab: Lab, ledger: Collection[str] = ()) -> Object:
    """In force."""
    told = [{"type": "Available", "status": "True", "reason": "SuccessfullyConfigured"}]
    item = manifests.policy(lab, ledger)
    return {**item, "metadata": {**item["metadata"], "generation": 1}, "status": {"conditions": told}}


def enactment(lab: Lab, node_name: str, kind: str = "Available", message: str = "") -> Object:
    """What became of it on a node."""
    told = [{"type": kind, "status": "True", "message": message}]
    metadata = {"name": f"{node_name}.{lab.policy}", "labels": {"nmstate.io/node": node_name}}
    return {"metadata": metadata, "status": {"policyGeneration": 1, "conditions": told}}


def attachment(name: str, namespace: str = "blue", stack: str | None = facts.STACK, config: str = "{}") -> Object:
    """One of a stack's, or one that somebody made."""
    labels = {} if stack is None else {names.STACK_LABEL: stack}
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": {"config": config}}


def cluster(lab: Lab, **changes: Any) -> ClusterFacts:
    """The cluster after ``up``."""
    desired = manifests.policy(lab)["spec"]["desiredState"]
    there = {
        "machine_sets": facts.by_name(facts.worker(), copy.deepcopy(manifests.machine_set(lab))),
        "policies": facts.by_name(policy(lab)),
        "namespaces": frozenset({"default", *(item.name for item in lab.namespaces)}),
        "nodes": facts.by_name(*(node(name, lab) for name in NODES)),
        "network_states": facts.by_name(*(network_state(name, desired) for name in NODES)),
        "attachments": {
            (item["metadata"]["namespace"], item["metadata"]["name"]): item
            for item in manifests.network_attachments(lab)
        },
        "cluster_networks": facts.by_name(*manifests.cluster_networks(lab)),
    }
    return facts.cluster(**{**there, **changes})


def found(lab: Lab, in_vcenter: Inventory | None = None, **changes: Any) -> Found:
    """What a look finds; ``changes`` are ClusterFacts' fields, and ``enactments``."""
    enactments = changes.pop("enactments", [enactment(lab, name) for name in NODES])
    return read(lab, cluster(lab, **changes), enactments, in_vcenter or inventory(lab))


VLANS = [
    {"id": 1925, "name": "proxy", "namespaces": ["blue"]},
    {"id": 1928, "name": "pxe", "namespaces": ["blue", "green"]},
]


OTHER = json.dumps({"cniVersion": "0.3.1", "name": "vlan-1928", "type": "bridge", "bridge": "br-1928", "vlan": 1928})


def lab_of(bridging: str = "per-vlan", **changes: Any) -> Lab:
    """Two VLANs in two namespaces, on two hypervisors."""
    network = {"bridging": bridging, **changes.pop("nodeNetwork", {})}
    sections = {"vlans": VLANS, "namespaces": [{"name": "blue"}, {"name": "green"}], "hypervisors": {"replicas": 2}}
    return facts.lab(**{**sections, "nodeNetwork": network, **changes})


def looked(lab: Lab, in_vcenter: Inventory | None = None, **changes: Any) -> Topology:
    return live(lab, found(lab, in_vcenter, **changes))


def told(found: Topology) -> list[str]:
    """Every difference in a line, without where it stands on the way."""
    return [f"{part.state} {part.kind} {part.name}: {'; '.join(part.notes)}" for part in found.differences]


def others(found: Topology) -> list[Way]:
    return [way for way in found.ways if way.state]


def states(lab: Lab, *second: Object) -> dict[str, Object]:
    """The first node as it should be; the second one with these desired states on top."""
    desired = manifests.policy(lab)["spec"]["desiredState"]
    return facts.by_name(network_state("node-1", desired), network_state("node-2", desired, *second))


def gone(*names: str) -> Object:
    kinds = {"br-trunk": "linux-bridge", "br-vmdata": "ovs-bridge", "br-1928": "linux-bridge"}
    return {"interfaces": [{"name": name, "type": kinds.get(name, "vlan"), "state": "absent"} for name in names]}


def attachments(lab: Lab, **changes: Any) -> dict[tuple[str, str], Object]:
    """All of them, but for these: by ``namespace_vlan``, None for one that is not there."""
    there = {
        (item["metadata"]["namespace"], item["metadata"]["name"]): item for item in manifests.network_attachments(lab)
    }
    for key, item in changes.items():
        namespace, _, vlan = key.partition("_")
        if item is None:
            del there[namespace, f"vlan-{vlan}"]
        else:
            there[namespace, f"vlan-{vlan}"] = item
    return there
