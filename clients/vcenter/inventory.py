"""What preflight asks of vCenter: a dozen requests, a few more where the lab stands, however many VMs there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from clients.vcenter import distributed, privileges, template
from clients.vcenter.privileges import Candidate
from lab import marker
from lab.privileges import Place

if TYPE_CHECKING:
    from clients.vcenter.distributed import Group, Switch
    from clients.vcenter.privileges import Lacking
    from clients.vcenter.session import VCenter
    from lab.privileges import Privilege
    from lab.template import Places

GIB_IN_KIB = 1024 * 1024
# What is read of a cluster's hosts and networks. A distributed switch is found by its port groups, of which it has one
# for its uplinks at least.
AROUND = {
    vim.HostSystem: ("name", "runtime.connectionState", "config.network.vswitch", "config.network.portgroup"),
    vim.Network: ("name",),
    vim.dvs.DistributedVirtualPortgroup: ("name", distributed.SWITCH),
}


@dataclass(frozen=True, kw_only=True)
class PortGroup:
    """A standard port group on one host."""

    name: str
    vlan: int
    switch: str
    # In force: its own settings, or the switch's where it has none.
    promiscuous: bool = False
    forged_transmits: bool = False


@dataclass(frozen=True, kw_only=True)
class Host:
    """An ESXi host of the cluster; ``moid`` is what the provider calls ``host_system_id``."""

    name: str
    moid: str
    connected: bool
    switches: tuple[str, ...]
    port_groups: tuple[PortGroup, ...]


@dataclass(frozen=True, kw_only=True)
class Vm:
    """A VM or template as far as cloning it needs; without an ``instance_uuid`` where it may not be read."""

    path: str
    moid: str
    instance_uuid: str
    is_template: bool
    hardware: int
    disks_gib: tuple[float, ...]
    has_snapshot: bool
    # Of its RHCOS, or "" where it has none.
    version: str

    @property
    def identity(self) -> str:
        """Which RHCOS it is."""
        return marker.identity(self.instance_uuid, self.version)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of DRS; ``vms`` are the names of those that it is about."""

    keeps_apart: bool
    vms: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What is there, and what is not (None, or False)."""

    api_version: tuple[int, ...]
    datacenter: bool
    cluster: bool
    datastore: bool
    folder: bool
    resource_pool: bool
    hosts: tuple[Host, ...]
    networks: tuple[str, ...]
    # Of these, those of NSX that vCenter only shows.
    opaque: frozenset[str] = frozenset()
    # Distributed switches of the cluster's hosts, where the trunk is to be on one; and distributed port groups of the
    # trunk's name, in any case.
    switches: tuple[Switch, ...] = ()
    trunks: tuple[Group, ...] = ()
    # The DRS rule of the name that the lab's would have.
    rule: Rule | None = None
    source: Vm | None
    places: Places
    # The privileges that were wanted and are missing.
    lacking: tuple[Lacking, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Where the lab's parts are looked for; paths are inventory paths."""

    datacenter: str
    cluster: str
    datastore: str
    folder: str
    resource_pool: str
    source: str
    template: str
    trunk: str
    is_distributed: bool
    # A DRS rule's name; "" where none is wanted.
    rule: str = ""
    machine_network: str = ""
    switch: str = ""
    privileges: tuple[Privilege, ...] = ()


def take(vcenter: VCenter, wanted: Wanted) -> Inventory:
    """The inventory at this moment."""
    cluster = find_cluster(vcenter, wanted.datacenter, wanted.cluster)
    around = [] if cluster is None else vcenter.around(cluster, ("host", "network"), AROUND)
    networks = [(item, facts) for item, facts in around if isinstance(item, vim.Network)]
    switches = [facts[distributed.SWITCH] for _, facts in networks if distributed.SWITCH in facts]
    trunks = [item for item, facts in networks if facts.get("name") == wanted.trunk and distributed.SWITCH in facts]
    datastore = vcenter.find(f"/{wanted.datacenter}/datastore/{wanted.datastore}")
    folder, pool = vcenter.find(wanted.folder), vcenter.find(wanted.resource_pool)
    source = find_vm(vcenter, wanted.source, wanted.folder)
    candidates = [
        Candidate(place=Place.CLUSTER, name=wanted.cluster, reference=cluster),
        Candidate(place=Place.RESOURCE_POOL, name=wanted.resource_pool, reference=pool),
        Candidate(place=Place.DATASTORE, name=wanted.datastore, reference=datastore),
        Candidate(place=Place.FOLDER, name=wanted.folder, reference=folder),
        Candidate(place=Place.SOURCE, name=wanted.source, reference=source),
        *privileges.around(vcenter, wanted, around),
    ]
    return Inventory(
        api_version=vcenter.api_version,
        datacenter=cluster is not None or vcenter.find(f"/{wanted.datacenter}") is not None,
        cluster=cluster is not None,
        datastore=datastore is not None,
        folder=folder is not None,
        resource_pool=pool is not None,
        hosts=tuple(sorted((_host(*found) for found in around if isinstance(found[0], vim.HostSystem)), key=_name)),
        networks=tuple(facts.get("name", "") for _, facts in networks),
        opaque=frozenset(facts.get("name", "") for item, facts in networks if isinstance(item, vim.OpaqueNetwork)),
        switches=distributed.switches(vcenter, switches) if wanted.is_distributed else (),
        trunks=tuple(distributed.describe(vcenter, item) for item in trunks),
        rule=_rule(vcenter, cluster, wanted.rule) if cluster is not None and wanted.rule else None,
        source=describe(vcenter, source),
        places=template.places(vcenter, wanted.template),
        lacking=privileges.lacking(vcenter, wanted.privileges, candidates),
    )


def find_cluster(vcenter: VCenter, datacenter: str, name: str) -> Any | None:
    """The cluster of this name, also in a folder of clusters when given as one ("folder/name")."""
    found = vcenter.find(f"/{datacenter}/host/{name}")
    return found if isinstance(found, vim.ComputeResource) else None


def find_vm(vcenter: VCenter, name_or_path: str, folder: str) -> Any | None:
    """The VM at this path, or of this name in the folder."""
    path = name_or_path if name_or_path.startswith("/") else f"{folder}/{name_or_path}"
    return vcenter.find(path)


def vms_on(vcenter: VCenter, datacenter: str, cluster: str, network: str) -> list[str]:
    """The names of VMs and templates on the cluster's hosts that have a card on the network of this name."""
    found = find_cluster(vcenter, datacenter, cluster)
    hosts = [] if found is None else vcenter.read(found, "host").get("host", [])
    vms = [vm for facts in vcenter.properties(hosts, ["vm"]) for vm in facts.get("vm", [])]
    facts = vcenter.properties(vms, ["name", "network"])
    there = [item for vm in facts for item in vm.get("network", [])]
    ids = {item._GetMoId() for item, name in network_names(vcenter, there) if name == network}  # noqa: SLF001
    return [
        vm.get("name", "")
        for vm in facts
        if any(item._GetMoId() in ids for item in vm.get("network", []))  # noqa: SLF001
    ]


def network_names(vcenter: VCenter, networks: list[Any]) -> list[tuple[Any, str]]:
    """These networks, each once, with their names; by a request for each type that is among them."""
    once = {item._GetMoId(): item for item in networks}.values()  # noqa: SLF001, pyVmomi's own way
    found = []
    for kind in dict.fromkeys(type(item) for item in once):
        items = [item for item in once if type(item) is kind]
        facts = vcenter.properties(items, ["name"])
        found += [(item, known.get("name", "")) for item, known in zip(items, facts, strict=True)]
    return found


def describe(vcenter: VCenter, vm: Any | None) -> Vm | None:
    """The facts of one VM."""
    if not isinstance(vm, vim.VirtualMachine):
        return None
    facts = vcenter.read(
        vm,
        "name",
        "config.instanceUuid",
        "config.template",
        "config.version",
        "config.hardware.device",
        "summary.config.product",
        "snapshot",
    )
    disks = [item for item in facts.get("config.hardware.device", []) if isinstance(item, vim.vm.device.VirtualDisk)]
    return Vm(
        path=facts.get("name", ""),
        moid=vm._GetMoId(),  # noqa: SLF001, pyVmomi's own way
        instance_uuid=facts.get("config.instanceUuid", ""),
        is_template=bool(facts.get("config.template")),
        hardware=int(facts.get("config.version", "vmx-0").rpartition("-")[2]),
        disks_gib=tuple(disk.capacityInKB / GIB_IN_KIB for disk in disks),
        has_snapshot=facts.get("snapshot") is not None,
        version=template.version(facts),
    )


def _rule(vcenter: VCenter, cluster: Any, name: str) -> Rule | None:
    rules = vcenter.read(cluster, "configurationEx.rule").get("configurationEx.rule", [])
    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        return None
    vms = vcenter.properties(list(getattr(found, "vm", None) or []), ["name"])
    return Rule(
        keeps_apart=isinstance(found, vim.cluster.AntiAffinityRuleSpec),
        vms=frozenset(facts["name"] for facts in vms if "name" in facts),
    )


def _name(host: Host) -> str:
    return host.name


def _host(host: Any, facts: dict[str, Any]) -> Host:
    return Host(
        name=facts.get("name", ""),
        moid=host._GetMoId(),  # noqa: SLF001
        connected=facts.get("runtime.connectionState") == "connected",
        switches=tuple(switch.name for switch in facts.get("config.network.vswitch", [])),
        port_groups=tuple(_port_group(group) for group in facts.get("config.network.portgroup", [])),
    )


def _port_group(group: Any) -> PortGroup:
    security = getattr(group.computedPolicy, "security", None)
    return PortGroup(
        name=group.spec.name,
        vlan=group.spec.vlanId,
        switch=group.spec.vswitchName,
        promiscuous=bool(getattr(security, "allowPromiscuous", False)),
        forged_transmits=bool(getattr(security, "forgedTransmits", False)),
    )
