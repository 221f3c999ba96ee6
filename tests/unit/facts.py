"""A small lab, and what vCenter and the cluster say of it before the first ``up``: nothing stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients.cluster.facts import ClusterFacts
from clients.cluster.operators import OperatorFacts
from clients.vcenter.inventory import Host, Inventory, PortGroup, Vm
from lab import plan, settings
from lab.marker import Marker
from lab.template import Copy, Features, Places

if TYPE_CHECKING:
    from lab.plan import Lab
    from lab.settings import Settings

Object = dict[str, Any]

WHERE = "Pulumi.t.yaml"
STACK = "cnv-lab.t"
POOL = "/Garden/host/Goat/Resources"
FOLDER = "/Garden/vm/hub"

SECTIONS: dict[str, Any] = {
    "cluster": {"infraId": "hub", "openshift": "4.20"},
    "vcenter": {
        "server": "vcenter.lab",
        "datacenter": "Garden",
        "cluster": "Goat",
        "datastore": "Fast",
        "folder": FOLDER,
        "resourcePool": POOL,
        "machineNetwork": "machines",
    },
    "template": {"source": "rhcos"},
    "hypervisors": {"cpus": 6, "memoryMiB": 16384, "diskGiB": 120},
    "namespaces": [{"name": "blue"}],
    "nodeNetwork": {"bridging": "per-vlan"},
    "vlans": [{"id": 1928, "name": "pxe", "namespaces": ["blue"]}],
}


def settings_of(**changes: Any) -> Settings:
    """The small lab's stack file: a dict lays its keys over the section's, a list takes its place."""
    raw = dict(SECTIONS)
    for key, value in changes.items():
        raw[key] = {**raw.get(key, {}), **value} if isinstance(value, dict) else value
    return settings.parse(raw, where=WHERE)


def lab(**changes: Any) -> Lab:
    """The small lab, complete."""
    return plan.complete(settings_of(**changes), stack=STACK, where=WHERE)


def worker(name: str = "hub-worker-0", role: str = "worker", labels: Object | None = None, **spec: Any) -> Object:
    """A MachineSet as the installer makes it; ``spec`` are fields of its provider spec."""
    value = {
        "apiVersion": "machine.openshift.io/v1beta1",
        "kind": "VSphereMachineProviderSpec",
        "credentialsSecret": {"name": "vsphere-cloud-credentials"},
        "userDataSecret": {"name": "worker-user-data"},
        "metadata": {"creationTimestamp": None},
        "snapshot": "",
        "template": "hub-rhcos",
        "numCPUs": 4,
        "numCoresPerSocket": 4,
        "memoryMiB": 8192,
        "diskGiB": 100,
        "network": {"devices": [{"networkName": "VM Network"}, {"networkName": "storage"}]},
        "workspace": {
            "server": "vc.installer",
            "datacenter": "Yard",
            "datastore": "Slow",
            "folder": "/Yard/vm/hub",
            "resourcePool": "/Yard/host/Sheep/Resources/hub",
        },
        **spec,
    }
    template = {
        "metadata": {"labels": {"machine.openshift.io/cluster-api-machine-role": role}},
        "spec": {"providerSpec": {"value": value}},
    }
    return {"kind": "MachineSet", "metadata": {"name": name, "labels": labels or {}}, "spec": {"template": template}}


def by_name(*objects: Object) -> dict[str, Object]:
    """Objects as ClusterFacts holds them."""
    return {item["metadata"]["name"]: item for item in objects}


AVAILABLE: Object = {"conditions": [{"type": "Available", "status": "True"}]}
HYPERCONVERGED: Object = {
    "kind": "HyperConverged",
    "metadata": {"name": "kubevirt-hyperconverged", "namespace": "openshift-cnv"},
    "spec": {},
    "status": AVAILABLE,
}
INSTALLED = OperatorFacts(
    serves_subscriptions=True,
    serves_nmstates=True,
    nmstates=({"kind": "NMState", "metadata": {"name": "nmstate"}, "status": AVAILABLE},),
    hyperconvergeds=(HYPERCONVERGED,),
)


def cluster(**changes: Any) -> ClusterFacts:
    """The cluster before the first ``up``."""
    facts: dict[str, Any] = {
        "infra_id": "hub",
        "platform": "VSphere",
        "release": "4.20",
        "network_type": "OVNKubernetes",
        "machine_sets": by_name(worker()),
        "policies": {},
        "namespaces": frozenset({"default"}),
        "attachments": {},
        "nodes": {},
        "network_states": {},
        "machine_configuration": None,
        "serves_machine_configurations": True,
        "missing": (),
        "operators": INSTALLED,
    }
    return ClusterFacts(**{**facts, **changes})


def host(name: str, *port_groups: str, switches: tuple[str, ...] = ("vSwitch0",), connected: bool = True) -> Host:
    """An ESXi host; its moid is made of its name."""
    groups = tuple(PortGroup(name=group, vlan=4095, switch="vSwitch0") for group in port_groups)
    return Host(name=name, moid=f"moid-{name}", connected=connected, switches=switches, port_groups=groups)


def vm(**changes: Any) -> Vm:
    """The installer's template."""
    facts: dict[str, Any] = {
        "path": "rhcos",
        "moid": "vm-1",
        "instance_uuid": "uuid-1",
        "is_template": True,
        "hardware": 15,
        "disks_gib": (16.0,),
        "has_snapshot": False,
        "version": "9.6.1",
    }
    return Vm(**{**facts, **changes})


FEATURES = Features(nested_virtualization=True, performance_counters=False, iommu=False, trunk_nic="")


def copy(stack: str | None = STACK, source: str = "uuid-1", version: str = "9.6.1", **changes: Any) -> Copy:
    """The -cnv template, made from the installer's; without a stack it carries no mark."""
    marker = None if stack is None else Marker(id="id-1", stack=stack, name="template", source=source, version=version)
    facts: dict[str, Any] = {
        "marker": marker,
        "moid": "vm-2",
        "instance_uuid": "uuid-2",
        "is_template": True,
        "version": version,
        "datastore": "Fast",
        "features": FEATURES,
    }
    return Copy(**{**facts, **changes})


def places(there: Copy | None = None, new: Copy | None = None, old: Copy | None = None) -> Places:
    """What stands at the template's path, and beside it."""
    return Places(there=there, new=new, old=old)


def inventory(**changes: Any) -> Inventory:
    """VCenter before the first ``up``."""
    facts: dict[str, Any] = {
        "api_version": (8, 0, 3, 0),
        "datacenter": True,
        "cluster": True,
        "datastore": True,
        "folder": True,
        "resource_pool": True,
        "hosts": (host("goat-1"), host("goat-2")),
        "networks": ("machines",),
        "source": vm(),
        "places": places(),
    }
    return Inventory(**{**facts, **changes})
