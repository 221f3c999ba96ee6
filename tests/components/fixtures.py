"""The post's lab, and what preflight would find of it in vCenter and the cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import stack_file
from clients.checks.template import Following
from clients.cluster.facts import ClusterFacts
from clients.preflight import Preflight
from clients.vcenter.inventory import Host, Inventory, PortGroup, Vm
from lab import plan, settings
from lab.manifests import machine_set
from lab.marker import Marker
from lab.template import AS_MADE, Copy, Features, Places
from tests.components.recorder import PROJECT, STACK
from tests.unit.facts import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lab.plan import Lab

ROOT = Path(__file__).parents[2]
WHERE = f"Pulumi.{STACK}.yaml"
HOST_NAMES = ("goat-1.lab.bewley.net", "goat-2.lab.bewley.net")
IDENTITY = "RHCOS 9.6.1 (502b7d5e-0000-4000-8000-000000000031)"
TRUNK = PortGroup(name="Trunk", vlan=4095, switch="vSwitch0")

# The post's four VLANs, with what it lacks: two namespaces on one VLAN, one that stands already, two VLANs in one.
NAMESPACES = [{"name": "provisioning"}, {"name": "shared", "existing": True}, {"name": "idle"}]
PLACES = {1925: ["provisioning", "shared"], 1928: ["provisioning"]}


def sections(**changes: Any) -> dict[str, Any]:
    """Pulumi.lab.yaml's sections, without their prefix, with NAMESPACES and PLACES.

    ``changes`` are keys of a section, or the whole of a list.
    """
    raw = {
        key.removeprefix(f"{PROJECT}:"): value for key, value in stack_file.read_yaml(ROOT / WHERE)["config"].items()
    }
    raw["namespaces"] = NAMESPACES
    for vlan in raw["vlans"]:
        vlan["namespaces"] = PLACES.get(vlan["id"], [])
    for key, change in changes.items():
        raw[key] = {**raw.get(key, {}), **change} if isinstance(change, dict) else change
    return raw


def config(raw: Mapping[str, Any]) -> dict[str, str]:
    """Sections as Pulumi hands them to a program: JSON under full keys."""
    return {f"{PROJECT}:{key}": json.dumps(value) for key, value in raw.items()}


def lab(**changes: Any) -> Lab:
    """The lab that ``sections`` mean."""
    found = settings.parse(sections(**changes), where=WHERE)
    return plan.complete(found, stack=f"{PROJECT}.{STACK}", where=WHERE)


def hosts(*port_groups: PortGroup) -> tuple[Host, ...]:
    """The two hosts of cluster Goat."""
    return tuple(
        Host(name=name, moid=f"host-{number}", connected=True, switches=("vSwitch0",), port_groups=port_groups)
        for number, name in enumerate(HOST_NAMES, start=21)
    )


def found(lab: Lab, ledger: Collection[str] = ()) -> Preflight:
    """What preflight hands to the components."""
    return Preflight(
        lab=lab,
        hosts=hosts(),
        switch="a uuid" if lab.trunk.is_distributed else "",
        ledger=frozenset(ledger),
        template=Following(identity=IDENTITY, condition=AS_MADE),
        labels=machine_set(lab)["metadata"]["labels"],
        enrolment="to be taken out",
    )


def copy(**changes: Any) -> Copy:
    """The -cnv template as it was made, of the installer's."""
    facts: dict[str, Any] = {
        "marker": Marker(id="an id", stack="cnv-lab.lab", name="template", source="502b", version="9.6.1"),
        "moid": "vm-40",
        "instance_uuid": "502c",
        "is_template": True,
        "version": "9.6.1",
        "datastore": "VMData-HD",
        "features": Features(nested_virtualization=True, performance_counters=True, iommu=True, trunk_nic="Trunk"),
    }
    return Copy(**{**facts, **changes})


def inventory(*port_groups: PortGroup) -> Inventory:
    """vCenter before the first `up`."""
    source = Vm(
        path="hub-7vxwj-rhcos",
        moid="vm-31",
        instance_uuid="502b7d5e-0000-4000-8000-000000000031",
        is_template=True,
        hardware=15,
        disks_gib=(16.0,),
        has_snapshot=False,
        version="9.6.1",
    )
    return Inventory(
        api_version=(8, 0, 3, 0),
        datacenter=True,
        cluster=True,
        datastore=True,
        folder=True,
        resource_pool=True,
        hosts=hosts(*port_groups),
        networks=("lab-192-168-4-0-b24",),
        source=source,
        places=Places(there=None, new=None, old=None),
    )


def cluster(policies: Mapping[str, dict[str, Any]] | None = None) -> ClusterFacts:
    """The cluster before the first `up`; no MachineSet to take values from, for the stack file has them all."""
    return ClusterFacts(
        infra_id="hub-7vxwj",
        platform="VSphere",
        release="4.20",
        machine_sets={},
        policies=policies or {},
        namespaces=frozenset({"default", "openshift-machine-api", "shared"}),
        attachments={},
        nodes={},
        network_states={},
        machine_configuration=None,
        serves_machine_configurations=True,
        missing=(),
        operators=INSTALLED,
    )
