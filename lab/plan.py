"""The lab as it will be built: the settings, completed by what the worker MachineSet knows.

What the stack file says wins; what it leaves out comes from the worker MachineSet that the installer made; what neither
has is a mistake. From here on nothing is optional, and lab/manifests/ only has to write it down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab import feasible, names, releases, trunk
from lab.mistakes import ABSENT, SettingsError
from lab.sections import Operators

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.mistakes import Mistake
    from lab.sections import ExampleVm, GuestTrunk, Namespace, Vlan
    from lab.settings import Settings
    from lab.trunk import Trunk

# Where the Machine API finds vCenter's login and Ignition's first step, unless the worker MachineSet says otherwise
# (machine-api-operator, pkg/webhooks/machine_webhook.go).
DEFAULT_SECRETS = {
    "credentialsSecret": {"name": "vsphere-cloud-credentials"},
    "userDataSecret": {"name": "worker-user-data"},
}
# Of the worker's provider spec: what the stack file decides, and so must not be inherited.
_DECIDED_HERE = frozenset(
    {
        *("apiVersion", "kind", "metadata", "template", "snapshot", "workspace", "network"),
        *("numCPUs", "numCoresPerSocket", "memoryMiB", "diskGiB"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One lab, complete. Sizes are in MiB and GiB, times in minutes."""

    stack: str
    infra_id: str
    release: str
    server: str
    datacenter: str
    cluster: str
    datastore: str
    folder: str
    resource_pool: str
    machine_network: str
    port_group: str
    switch: str
    trunk: Trunk
    template_source: str
    template_name: str
    nested_virtualization: bool
    performance_counters: bool
    iommu: bool
    trunk_nic: bool
    # "leave" or "optOut"; see lab/releases.py for what boot-image management does.
    boot_images: str
    follow_source: bool
    machine_set: str
    replicas: int
    cpus: int
    cores_per_socket: int
    memory_mib: int
    disk_gib: int
    hypervisors_timeout_minutes: int
    anti_affinity: bool
    policy: str
    nic: str
    max_unavailable: int | str | None
    node_network_timeout_minutes: int
    forget_retired: bool
    retire_in_use: frozenset[int]
    revert_on_destroy: str
    namespaces: tuple[Namespace, ...]
    vlans: tuple[Vlan, ...]
    # How VMs get at the VLANs: a design of lab/manifests/bridging, frames' size in bytes (None: as the NIC has it).
    bridging: str
    mtu: int | None
    macspoofchk: bool
    shared_attachments: bool
    # "nad", or "cudn" where OVN-Kubernetes makes the attachments from a ClusterUserDefinedNetwork for each VLAN.
    attachments: str
    guest_trunks: tuple[GuestTrunk, ...]
    # The worker's provider fields that the stack file has no word for (secrets' names, tags): taken as they are.
    provider_extras: Mapping[str, Any] = field(default_factory=dict)
    # Of the worker's workspace likewise: a failure domain's host group.
    workspace_extras: Mapping[str, Any] = field(default_factory=dict)
    operators: Operators = field(default_factory=Operators)
    # The labels of hypervisors that exist. Then no machine is made, and what is said of them and of vSphere is empty.
    existing: Mapping[str, str] | None = None
    example_vm: ExampleVm | None = None

    @property
    def vlan_ids(self) -> tuple[int, ...]:
        """Every configured VLAN's id, ascending."""
        return tuple(sorted(vlan.id for vlan in self.vlans))

    @property
    def workload_selector(self) -> dict[str, str]:
        """The labels of the nodes that run virtual machines: every stack's own hypervisors have it."""
        return {names.VIRTUALIZATION_ROLE_LABEL: ""} if self.existing is None else dict(self.existing)

    @property
    def node_selector(self) -> dict[str, str]:
        """The labels of this stack's hypervisors.

        Not the role's label: two stacks would configure each other's nodes.
        """
        return {names.MACHINE_SET_LABEL: self.machine_set} if self.existing is None else dict(self.existing)

    @property
    def template_path(self) -> str:
        """The -cnv template's inventory path."""
        return f"{self.folder}/{self.template_name}"


def complete(  # noqa: PLR0913  what the cluster is asked for
    settings: Settings,
    *,
    stack: str,
    where: str,
    worker: Mapping[str, Any] | None = None,
    release: str | None = None,
    network_type: str = releases.OVN_KUBERNETES,
) -> Lab:
    """The lab that these settings mean.

    Args:
        settings: the stack file.
        stack: ``<project>.<stack>``, written as a label on all that is made.
        where: the stack file's name, for messages.
        worker: the worker MachineSet that the hypervisors are based on, as the cluster gives it; None offline or with
            ``basedOn: none``.
        release: the cluster's release ("4.20"), for ``openshift: auto``; None offline.
        network_type: the cluster's network, which decides on the default bridge design; offline it is OpenShift's own.

    Raises:
        SettingsError: naming every value that nobody knows.
    """
    spec = _provider_spec(worker)
    workspace: Mapping[str, Any] = spec.get("workspace") or {}
    vcenter, template, hypervisors = settings.vcenter, settings.template, settings.hypervisors
    existing = hypervisors.existing
    missing: list[Mistake] = []

    given = inherited(worker)

    def known(key: str, written: Any, nothing: Any = "") -> Any:
        value = given.get(key) if written is None else written
        if value is None and existing is not None:
            return nothing
        if value is None:
            missing.append(_missing(key, settings.cluster.based_on))
        return value

    if vcenter.resource_pool is not None:
        given["vcenter.cluster"] = _cluster_of(vcenter.resource_pool)
    pool = known("vcenter.resourcePool", vcenter.resource_pool)
    source = known("template.source", template.source)
    cpus = known("hypervisors.cpus", hypervisors.cpus, 0)
    meant = (release or releases.NEWEST) if settings.cluster.openshift == "auto" else settings.cluster.openshift
    lab = Lab(
        stack=stack,
        infra_id=settings.cluster.infra_id,
        release=meant,
        server=known("vcenter.server", vcenter.server),
        datacenter=known("vcenter.datacenter", vcenter.datacenter),
        cluster=known("vcenter.cluster", vcenter.cluster),
        datastore=known("vcenter.datastore", vcenter.datastore),
        folder=known("vcenter.folder", vcenter.folder),
        resource_pool=pool,
        machine_network=known("vcenter.machineNetwork", vcenter.machine_network),
        port_group=settings.trunk.port_group if existing is None else "",
        switch=settings.trunk.switch.name or names.STANDARD_SWITCH,
        trunk=trunk.wanted(settings.trunk, [vlan.id for vlan in settings.vlans]),
        template_source=source,
        template_name=template.name or (f"{names.base_name(source or '')}-cnv" if existing is None else ""),
        nested_virtualization=template.nested_virtualization,
        performance_counters=template.performance_counters,
        iommu=template.iommu,
        trunk_nic=template.trunk_nic,
        boot_images=template.boot_images or "",
        follow_source=template.follow_source,
        machine_set=hypervisors.name or (f"{settings.cluster.infra_id}-cnv" if existing is None else ""),
        replicas=hypervisors.replicas if existing is None else 0,
        cpus=cpus,
        cores_per_socket=_cores(hypervisors.cores_per_socket, given.get("hypervisors.coresPerSocket"), cpus),
        memory_mib=known("hypervisors.memoryMiB", hypervisors.memory_mib, 0),
        disk_gib=known("hypervisors.diskGiB", hypervisors.disk_gib, 0),
        hypervisors_timeout_minutes=hypervisors.timeout_minutes,
        anti_affinity=hypervisors.anti_affinity,
        policy=settings.node_network.name or f"{settings.node_network.nic}-policy",
        nic=settings.node_network.nic,
        max_unavailable=settings.node_network.max_unavailable,
        node_network_timeout_minutes=settings.node_network.timeout_minutes,
        forget_retired=settings.node_network.forget_retired,
        retire_in_use=frozenset(settings.node_network.retire_in_use),
        revert_on_destroy=settings.node_network.revert_on_destroy,
        namespaces=settings.namespaces,
        vlans=tuple(sorted(settings.vlans, key=lambda vlan: vlan.id)),
        bridging=settings.node_network.bridging or releases.default_bridging(meant, network_type),
        mtu=settings.node_network.mtu,
        macspoofchk=settings.node_network.macspoofchk,
        shared_attachments=settings.node_network.shared_attachments,
        attachments=settings.node_network.attachments,
        guest_trunks=settings.guest_trunks,
        provider_extras={**DEFAULT_SECRETS, **{key: spec[key] for key in spec if key not in _DECIDED_HERE}},
        workspace_extras=_failure_domain(workspace, vcenter.datacenter, vcenter.resource_pool),
        operators=settings.operators,
        example_vm=settings.example_vm,
        existing=None if existing is None else existing.node_selector,
    )
    # Offline, with `auto`, nobody knows the release: a check must not ask for what the cluster may not have.
    is_known = release is not None or settings.cluster.openshift != "auto"
    mistakes = missing or [*feasible.impossible(lab), *(feasible.undecided(lab) if is_known else ())]
    if mistakes:
        raise SettingsError(where, map(settings.sources.traced, mistakes))
    return lab


def inherited(worker: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a stack file may leave out, by its key, as the worker MachineSet has it; None for what that has not."""
    spec = _provider_spec(worker)
    workspace: Mapping[str, Any] = spec.get("workspace") or {}
    devices: list[Mapping[str, Any]] = (spec.get("network") or {}).get("devices") or [{}]
    places = ("server", "datacenter", "datastore", "folder", "resourcePool")
    return {
        **{f"vcenter.{key}": workspace.get(key) for key in places},
        "vcenter.cluster": _cluster_of(workspace.get("resourcePool")),
        "vcenter.machineNetwork": devices[0].get("networkName"),
        "template.source": spec.get("template"),
        "hypervisors.cpus": spec.get("numCPUs"),
        "hypervisors.coresPerSocket": spec.get("numCoresPerSocket"),
        "hypervisors.memoryMiB": spec.get("memoryMiB"),
        "hypervisors.diskGiB": spec.get("diskGiB"),
    }


def _provider_spec(worker: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if worker is None:
        return {}
    value: Mapping[str, Any] = worker["spec"]["template"]["spec"]["providerSpec"]["value"]
    return value


def _failure_domain(workspace: Mapping[str, Any], datacenter: str | None, pool: str | None) -> Mapping[str, Any]:
    """What the worker's workspace has besides places (vmGroup: its failure domain's hosts), in the same pool only."""
    is_same = datacenter in {None, workspace.get("datacenter")} and pool in {None, workspace.get("resourcePool")}
    places = {"server", "datacenter", "datastore", "folder", "resourcePool"}
    return {key: value for key, value in workspace.items() if key not in places} if is_same else {}


def _cluster_of(resource_pool: str | None) -> str | None:
    """A pool's path is /<datacenter>/host/<cluster>/Resources[/…]: the cluster stands in it, with its folder if any."""
    found = re.match(r"^/[^/]+/host/(.+?)/Resources(/|$)", resource_pool or "")
    return found[1] if found else None


def _cores(written: int | None, inherited: int | None, cpus: int | None) -> int:
    """The worker's cores per socket count only where they divide our CPUs; 1 is always right."""
    if written is not None:
        return written
    return inherited if inherited and cpus and cpus % inherited == 0 else 1


def _missing(key: str, based_on: str) -> Mistake:
    reason = "is missing, and there is no worker MachineSet to take it from"
    if based_on == "none":
        return feasible.mistake(key, ABSENT, f"{reason} (basedOn: none)", "Write it")
    remedy = "Write it, or give the worker MachineSet's file with --base when offline"
    return feasible.mistake(key, ABSENT, reason, remedy)
