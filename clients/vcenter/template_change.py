"""What is done to the -cnv template, one thing each: the post's "Customizing the OpenShift RHCOS Node Template".

Made by one clone that is a template from its first moment: what was never a VM was never booted, and Ignition, which
runs on a disk's first boot only, is still to come. The provider cannot do this: it starts what it clones.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from clients.errors import LabError
from clients.vcenter import distributed, inventory, tasks
from clients.vcenter import template as templates
from lab import marker as marks
from lab import template as stands

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.vcenter.session import VCenter
    from clients.vcenter.template import TemplateSpec
    from lab.marker import Marker
    from lab.template import Copy, Features


def clone(vcenter: VCenter, spec: TemplateSpec, path: str, marker: Marker) -> None:
    """Clones the installer's template to this path.

    Where the name is taken meanwhile nothing is done: the caller looks again.

    Args:
        vcenter: the session.
        spec: what is wanted.
        path: the template's own, or the one beside it.
        marker: its mark; what it is made from is filled in here.

    Raises:
        LabError: when vCenter refuses, the installer's template is another one than a moment ago, or something did not
            survive the clone. Then nothing is left behind.
    """
    source = _source(vcenter, spec)
    found = inventory.describe(vcenter, source)
    if found is None or found.identity != spec.identity:
        raise LabError(
            f"the installer's template {spec.source} is {found.identity if found else 'no VM'}, and it was "
            f"{spec.identity} a moment ago. Run `pulumi up` again."
        )
    marker = replace(marker, source=found.instance_uuid, version=found.version)
    config = _config(spec.features)
    config.annotation = marks.write(marker)
    if spec.features.trunk_nic:
        config.deviceChange = [_add_nic(vcenter, spec)]
    location = vim.vm.RelocateSpec(
        pool=_must_find(vcenter, spec.resource_pool, "cnv-lab:vcenter.resourcePool"),
        datastore=_must_find(vcenter, f"/{spec.datacenter}/datastore/{spec.datastore}", "cnv-lab:vcenter.datastore"),
    )
    folder = _must_find(vcenter, spec.folder, "cnv-lab:vcenter.folder")
    wanted = vim.vm.CloneSpec(location=location, powerOn=False, template=True, config=config)
    doing, name = f"clone {spec.source} to {path}", path.rpartition("/")[2]
    try:
        tasks.run(
            vcenter,
            lambda: source.CloneVM_Task(folder, name, wanted),
            doing,
            source,
            location.datastore,
            passing=(vim.fault.DuplicateName,),
        )
    except vim.fault.DuplicateName:
        return
    except LabError:
        with suppress(LabError):  # the next run finds it by its mark, and what went wrong first is what counts
            _remove_half(vcenter, path, marker)
        raise
    _verify(vcenter, spec, path, marker)


def _verify(vcenter: VCenter, spec: TemplateSpec, path: str, marker: Marker) -> None:
    made = templates.look(vcenter, path)
    lost = ["its mark"]
    if made is not None and made.marker == marker:
        lost = stands.differences(spec.features, made.features)
        if not holds(spec, made.datastore):
            lost.append(f"it is on datastore {made.datastore}")
    if lost:
        _remove_half(vcenter, path, marker)
        raise LabError(
            f"vCenter made {path}, but not as it was asked to ({', '.join(lost)}), so it was removed again. "
            "Check that the hosts, and the user's privilege VirtualMachine.Config.Settings, allow it."
        )


def _remove_half(vcenter: VCenter, path: str, marker: Marker) -> None:
    """Removes what a failed clone left; its mark tells it from what somebody else has put there meanwhile."""
    left = templates.look(vcenter, path)
    if left is not None and left.marker == marker:
        destroy(vcenter, path)


def holds(spec: TemplateSpec, datastore: str) -> bool:
    """Whether this is the wanted datastore, which may be written with the folder that it is in."""
    return datastore == spec.datastore.rpartition("/")[2]


def reconfigure(vcenter: VCenter, spec: TemplateSpec) -> Copy:
    """Brings the template's features to what is wanted: as a VM that is never started, then a template again.

    A run that dies in between leaves a VM, which the next one exchanges for a new clone.

    Raises:
        LabError: when vCenter refuses.
    """
    vm = _must_find(vcenter, spec.path, "cnv-lab:template.name")
    config = _config(spec.features)
    config.deviceChange = _nic_changes(vcenter, vm, spec)
    pool = _must_find(vcenter, spec.resource_pool, "cnv-lab:vcenter.resourcePool")
    tasks.run(vcenter, lambda: vm.MarkAsVirtualMachine(pool=pool), f"make template {spec.path} a VM", vm, passing=())
    tasks.run(vcenter, lambda: vm.ReconfigVM_Task(config), f"reconfigure {spec.path}", vm, passing=())
    tasks.run(vcenter, vm.MarkAsTemplate, f"make VM {spec.path} a template", vm, passing=())
    now = templates.look(vcenter, spec.path)
    lost = [] if now is None else stands.differences(spec.features, now.features)
    if now is None or lost:
        told = ", ".join(lost) or "it is gone"
        raise LabError(f"vCenter changed {spec.path}, but not as it was asked to: {told}.")
    return now


def claim(vcenter: VCenter, path: str, marker: Marker) -> None:
    """Puts our mark below a template's notes: all of it that vCenter changes without making it a VM.

    Raises:
        LabError: when vCenter refuses.
    """

    def start(vm: Any) -> Any:
        notes = vcenter.read(vm, "config.annotation").get("config.annotation")
        return vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=marks.beneath(notes, marker)))

    _run(vcenter, path, start, f"mark {path}")


def rename(vcenter: VCenter, path: str, to: str) -> None:
    """Renames a VM or template in its folder.

    Raises:
        LabError: when vCenter refuses.
    """
    name = to.rpartition("/")[2]
    _run(vcenter, path, lambda vm: vm.Rename_Task(name), f"rename {path} to {name}")


def destroy(vcenter: VCenter, path: str) -> None:
    """Deletes a VM or template; one that is gone already is no error.

    Raises:
        LabError: when vCenter refuses.
    """
    _run(vcenter, path, lambda vm: vm.Destroy_Task(), f"delete {path}")


def _run(vcenter: VCenter, path: str, start: Callable[[Any], Any], doing: str) -> None:
    """Runs a task of what stands at the path; where nothing does any more the caller sees it when it looks again."""
    vm = vcenter.find(path)
    if vm is None:
        return
    with suppress(*tasks.NOT_THERE):
        tasks.run(vcenter, lambda: start(vm), doing, vm)


def _config(features: Features) -> Any:
    return vim.vm.ConfigSpec(
        nestedHVEnabled=features.nested_virtualization,
        vPMCEnabled=features.performance_counters,
        flags=vim.vm.FlagInfo(vvtdEnabled=features.iommu),
    )


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


def _nic_changes(vcenter: VCenter, vm: Any, spec: TemplateSpec) -> list[Any]:
    """Removes a second NIC that is not on the wanted port group, adds one where it is missing."""
    facts = vcenter.read(vm, "config.hardware.device", "network")
    present = templates.trunk_nic(vcenter, facts)
    if present == spec.features.trunk_nic:
        return []
    remove = vim.vm.device.VirtualDeviceSpec.Operation.remove
    changes = [
        vim.vm.device.VirtualDeviceSpec(operation=remove, device=nic)
        for nic in templates.nics(facts.get("config.hardware.device", []))[1:]
    ]
    if spec.features.trunk_nic:
        changes.append(_add_nic(vcenter, spec))
    return changes


def _add_nic(vcenter: VCenter, spec: TemplateSpec) -> Any:
    device = vim.vm.device
    return device.VirtualDeviceSpec(
        operation=device.VirtualDeviceSpec.Operation.add,
        device=device.VirtualVmxnet3(
            key=-1,
            addressType="generated",
            backing=_backing(vcenter, spec),
            connectable=device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=False),
        ),
    )


def _backing(vcenter: VCenter, spec: TemplateSpec) -> Any:
    """The trunk, found as the Machine API finds it: by its name among the networks of the pool's cluster."""
    card, name = vim.vm.device.VirtualEthernetCard, spec.features.trunk_nic
    pool = _must_find(vcenter, spec.resource_pool, "cnv-lab:vcenter.resourcePool")
    networks = vcenter.read(vcenter.read(pool, "owner")["owner"], "network").get("network", [])
    network = next((item for item, its in inventory.network_names(vcenter, networks) if its == name), None)
    if network is None:
        raise LabError(f"the cluster of {spec.resource_pool} has no network {name}. Correct cnv-lab:trunk.portGroup.")
    if not isinstance(network, vim.dvs.DistributedVirtualPortgroup):
        return card.NetworkBackingInfo(deviceName=name, network=network)
    switch = vcenter.read(network, distributed.SWITCH)[distributed.SWITCH]
    port = vim.dvs.PortConnection(
        portgroupKey=vcenter.read(network, "key")["key"], switchUuid=vcenter.read(switch, "uuid")["uuid"]
    )
    return card.DistributedVirtualPortBackingInfo(port=port)
