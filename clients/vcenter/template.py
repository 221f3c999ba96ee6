"""The post's chapter "Customizing the OpenShift RHCOS Node Template".

Made by one clone that is a template from its first moment: what was never a VM was never booted, and Ignition, which
runs on a disk's first boot only, is still to come. The provider cannot do this: it starts what it clones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import faults, inventory, tasks
from lab import marker as marks

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter
    from lab.marker import Marker


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the hypervisors inherit: ConfigSpec's nestedHVEnabled, vPMCEnabled and flags.vvtdEnabled, and a NIC."""

    nested_virtualization: bool
    performance_counters: bool
    iommu: bool
    # The port group of a second NIC, or "". The Machine API replaces every NIC; this one is for the reader's eyes.
    trunk_nic: str


@dataclass(frozen=True, kw_only=True)
class TemplateSpec:
    """A template that is wanted; ``folder`` and ``resource_pool`` are inventory paths."""

    name: str
    source: str
    datacenter: str
    folder: str
    datastore: str
    resource_pool: str
    features: Features

    @property
    def path(self) -> str:
        """Its inventory path."""
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template that is there."""

    marker: Marker
    moid: str
    instance_uuid: str
    is_template: bool
    features: Features


def ensure(vcenter: VCenter, spec: TemplateSpec, marker: Marker) -> Template:
    """Makes the template, or takes back the one that an interrupted run of the same stack made.

    Args:
        vcenter: the session.
        spec: what is wanted.
        marker: its mark, with a fresh id; the source is filled in here.

    Raises:
        LabError: when the name belongs to somebody else, or vCenter refuses, or a feature did not survive the clone
            (then nothing is left behind).
    """
    source = _source(vcenter, spec)
    marker = replace(marker, source=source.config.instanceUuid)
    there = vcenter.find(spec.path)
    if there is not None:
        mine = marks.read(vcenter.read(there, "config.annotation").get("config.annotation"))
        if mine is None or not mine.belongs_with(marker):
            owner = f"stack {mine.stack}" if mine else "somebody else (it carries no mark of this program)"
            raise LabError(
                f"{spec.path} is there already and belongs to {owner}. Choose another cnv-lab:template.name, or rename "
                "or delete that one in vCenter."
            )
        if mine.source == marker.source:
            return reconfigure(vcenter, spec, mine.id)
        # What is left of a replace that died: nothing runs from it, for Machines are full clones.
        _destroy(vcenter, there, spec.path)
    _clone(vcenter, spec, source, marker)
    made = read(vcenter, spec.path, marker.id)
    lost = [] if made is None else _lost(spec.features, made.features)
    if made is None or lost:
        delete(vcenter, spec.path, marker.id)
        raise LabError(
            f"vCenter made {spec.path}, but {', '.join(lost) or 'its mark'} did not survive the clone, so it was "
            "removed again. Check that the hosts, and the user's privilege VirtualMachine.Config.Settings, allow it."
        )
    return made


def read(vcenter: VCenter, path: str, identity: str) -> Template | None:
    """The template at this path, if it carries this id."""
    vm = vcenter.find(path)
    if vm is None:
        return None
    facts = vcenter.read(
        vm,
        "config.annotation",
        "config.instanceUuid",
        "config.template",
        "config.nestedHVEnabled",
        "config.vPMCEnabled",
        "config.flags.vvtdEnabled",
        "config.hardware.device",
        "network",
    )
    marker = marks.read(facts.get("config.annotation"))
    if marker is None or marker.id != identity:
        return None
    return Template(
        marker=marker,
        moid=vm._GetMoId(),  # noqa: SLF001, pyVmomi's own way
        instance_uuid=facts.get("config.instanceUuid", ""),
        is_template=bool(facts.get("config.template")),
        features=Features(
            nested_virtualization=bool(facts.get("config.nestedHVEnabled")),
            performance_counters=bool(facts.get("config.vPMCEnabled")),
            iommu=bool(facts.get("config.flags.vvtdEnabled")),
            trunk_nic=_trunk_nic(vcenter, facts),
        ),
    )


def reconfigure(vcenter: VCenter, spec: TemplateSpec, identity: str) -> Template:
    """Brings the template's features to what is wanted: as a VM that is never started, then a template again.

    A run that died in between left a VM; it is finished here.

    Raises:
        LabError: when it is gone, or vCenter refuses.
    """
    there = read(vcenter, spec.path, identity)
    if there is None:
        raise LabError(f"{spec.path} is gone, or no longer ours. Run `pulumi up --refresh`, which makes it anew.")
    if there.is_template and there.features == spec.features:
        return there
    vm = _must_find(vcenter, spec.path, "cnv-lab:template.name")
    changes = _nic_changes(vcenter, vm, spec)
    try:
        if there.is_template:
            pool = _must_find(vcenter, spec.resource_pool, "cnv-lab:vcenter.resourcePool")
            vm.MarkAsVirtualMachine(pool=pool)
        config = _config(spec.features)
        config.deviceChange = changes
        tasks.result(vcenter, vm.ReconfigVM_Task(config), f"reconfigure {spec.path}")
        vm.MarkAsTemplate()
    except vmodl.MethodFault as error:
        raise faults.explain(error, f"change {spec.path}") from None
    now = read(vcenter, spec.path, identity)
    lost = _lost(spec.features, now.features) if now else []
    if now is None or lost:
        raise LabError(f"vCenter changed {spec.path}, but {', '.join(lost) or 'its mark'} did not take.")
    return now


def delete(vcenter: VCenter, path: str, identity: str) -> None:
    """Destroys the template if it is still there and still the one with this id."""
    vm = vcenter.find(path)
    if vm is not None and read(vcenter, path, identity) is not None:
        _destroy(vcenter, vm, path)


def _destroy(vcenter: VCenter, vm: Any, path: str) -> None:
    try:
        tasks.result(vcenter, vm.Destroy_Task(), f"delete {path}")
    except vmodl.fault.ManagedObjectNotFound:
        return
    except vmodl.MethodFault as error:
        raise faults.explain(error, f"delete {path}") from None


def _clone(vcenter: VCenter, spec: TemplateSpec, source: Any, marker: Marker) -> None:
    config = _config(spec.features)
    config.annotation = marks.write(marker)
    if spec.features.trunk_nic:
        config.deviceChange = [_add_nic(vcenter, spec)]
    location = vim.vm.RelocateSpec(
        pool=_must_find(vcenter, spec.resource_pool, "cnv-lab:vcenter.resourcePool"),
        datastore=_must_find(vcenter, f"/{spec.datacenter}/datastore/{spec.datastore}", "cnv-lab:vcenter.datastore"),
    )
    folder = _must_find(vcenter, spec.folder, "cnv-lab:vcenter.folder")
    clone = vim.vm.CloneSpec(location=location, powerOn=False, template=True, config=config)
    try:
        tasks.result(vcenter, source.CloneVM_Task(folder, spec.name, clone), f"clone {spec.path}")
    except vmodl.MethodFault as error:
        raise faults.explain(error, f"clone {spec.source} to {spec.path}") from None


def _config(features: Features) -> Any:
    return vim.vm.ConfigSpec(
        nestedHVEnabled=features.nested_virtualization,
        vPMCEnabled=features.performance_counters,
        flags=vim.vm.FlagInfo(vvtdEnabled=features.iommu),
    )


def _lost(wanted: Features, found: Features) -> list[str]:
    names = {
        "nested_virtualization": "nested virtualization",
        "performance_counters": "performance counters",
        "iommu": "the IOMMU",
        "trunk_nic": "the trunk NIC",
    }
    return [name for key, name in names.items() if getattr(wanted, key) != getattr(found, key)]


def _source(vcenter: VCenter, spec: TemplateSpec) -> Any:
    found = inventory.find_vm(vcenter, spec.source, spec.folder)
    if found is None:
        raise LabError(
            f"the installer's template {spec.source} is not in {spec.folder}. Write its whole inventory path as "
            "cnv-lab:template.source (govc find / -type m -name '*rhcos*')."
        )
    return found


def _must_find(vcenter: VCenter, path: str, key: str) -> Any:
    found = vcenter.find(path)
    if found is None:
        raise LabError(f"{path} is not in vCenter. Correct {key}.")
    return found


# A trunk NIC is known by its label in the spec: vCenter renames it, so it is found again by its network.
def _nics(devices: list[Any]) -> list[Any]:
    return [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]


def _trunk_nic(vcenter: VCenter, facts: dict[str, Any]) -> str:
    """The port group of the second NIC, or "" where there is just the installer's one."""
    _first, *others = [*_nics(facts.get("config.hardware.device", [])), None]
    second = next((nic for nic in others if nic is not None), None)
    if second is None:
        return ""
    backing = second.backing
    if isinstance(backing, vim.vm.device.VirtualEthernetCard.NetworkBackingInfo):
        return str(backing.deviceName)
    for network in facts.get("network", []):
        if network._GetMoId() == backing.port.portgroupKey:  # noqa: SLF001
            return str(vcenter.read(network, "name").get("name", ""))
    return ""


def _nic_changes(vcenter: VCenter, vm: Any, spec: TemplateSpec) -> list[Any]:
    """Removes a second NIC that is not on the wanted port group, adds one where it is missing."""
    facts = vcenter.read(vm, "config.hardware.device", "network")
    present = _trunk_nic(vcenter, facts)
    if present == spec.features.trunk_nic:
        return []
    remove = vim.vm.device.VirtualDeviceSpec.Operation.remove
    changes = [
        vim.vm.device.VirtualDeviceSpec(operation=remove, device=nic)
        for nic in _nics(facts.get("config.hardware.device", []))[1:]
    ]
    if spec.features.trunk_nic:
        changes.append(_add_nic(vcenter, spec))
    return changes


def _add_nic(vcenter: VCenter, spec: TemplateSpec) -> Any:
    network = _must_find(vcenter, f"/{spec.datacenter}/network/{spec.features.trunk_nic}", "cnv-lab:trunk.portGroup")
    device = vim.vm.device
    return device.VirtualDeviceSpec(
        operation=device.VirtualDeviceSpec.Operation.add,
        device=device.VirtualVmxnet3(
            key=-1,
            addressType="generated",
            backing=device.VirtualEthernetCard.NetworkBackingInfo(deviceName=spec.features.trunk_nic, network=network),
            connectable=device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=False),
        ),
    )
