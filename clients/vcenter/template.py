"""The -cnv template as it is wanted, and as vCenter has it. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from lab import marker as marks
from lab import template as stands
from lab.template import Copy, Features, Places

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter


@dataclass(frozen=True, kw_only=True)
class TemplateSpec:
    """A template that is wanted; ``folder`` and ``resource_pool`` are inventory paths.

    ``identity`` is which RHCOS the installer's template ``source`` must be when it is cloned (lab/marker.py).
    """

    name: str
    source: str
    identity: str
    datacenter: str
    folder: str
    datastore: str
    resource_pool: str
    features: Features

    @property
    def path(self) -> str:
        """Its inventory path."""
        return f"{self.folder}/{self.name}"


def paths(path: str) -> tuple[str, str, str]:
    """A template's path, where its successor is cloned to, and where it makes way to itself."""
    return path, stands.beside(path, stands.NEW), stands.beside(path, stands.OLD)


def places(vcenter: VCenter, path: str) -> Places:
    """What stands at these paths."""
    there, new, old = (look(vcenter, where) for where in paths(path))
    return Places(there=there, new=new, old=old)


def look(vcenter: VCenter, path: str) -> Copy | None:
    """What stands at one path."""
    vm = vcenter.find(path)
    if not isinstance(vm, vim.VirtualMachine):
        return None
    facts = vcenter.read(
        vm,
        "config.annotation",
        "config.instanceUuid",
        "config.template",
        "config.nestedHVEnabled",
        "config.vPMCEnabled",
        "config.flags.vvtdEnabled",
        "config.files.vmPathName",
        "summary.config.product",
        "config.hardware.device",
        "network",
    )
    return Copy(
        marker=marks.read(facts.get("config.annotation")),
        moid=vm._GetMoId(),  # noqa: SLF001, pyVmomi's own way
        instance_uuid=facts.get("config.instanceUuid", ""),
        is_template=bool(facts.get("config.template")),
        version=version(facts),
        # In brackets, before the file's path.
        datastore=facts.get("config.files.vmPathName", "").partition("]")[0].removeprefix("["),
        features=Features(
            nested_virtualization=bool(facts.get("config.nestedHVEnabled")),
            performance_counters=bool(facts.get("config.vPMCEnabled")),
            iommu=bool(facts.get("config.flags.vvtdEnabled")),
            trunk_nic=trunk_nic(vcenter, facts),
        ),
    )


def version(facts: dict[str, Any]) -> str:
    """A VM's product version, or "" where it is none; facts hold its summary.config.product."""
    return getattr(facts.get("summary.config.product"), "version", None) or ""


def nics(devices: list[Any]) -> list[Any]:
    """The network cards among a VM's devices."""
    return [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]


def trunk_nic(vcenter: VCenter, facts: dict[str, Any]) -> str:
    """The port group of the second NIC, or "" where there is just the installer's one.

    By its network: a NIC has no name that vCenter keeps.
    """
    _first, *others = [*nics(facts.get("config.hardware.device", [])), None]
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
