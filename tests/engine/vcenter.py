"""Reads the sandbox's vCenter, without a line of the program's own."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from sandbox.instance import VCENTER_USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sandbox.instance import Instance

PATIENCE_S = 30


class VCenter:
    """One session, as an administrator has it."""

    def __init__(self, content: Any) -> None:
        """Takes the ServiceContent."""
        self._content = content

    @classmethod
    @contextmanager
    def connect(cls, port: int, password: str, ca: Path) -> Iterator[VCenter]:
        """Logs in, TLS verified."""
        context = ssl.create_default_context(cafile=ca)
        session = SmartConnect(host="127.0.0.1", port=port, user=VCENTER_USER, pwd=password, sslContext=context)
        try:
            yield cls(session.RetrieveContent())
        finally:
            Disconnect(session)

    @classmethod
    def of(cls, instance: Instance) -> AbstractContextManager[VCenter]:
        """The same, to a sandbox's."""
        record = instance.load()
        return cls.connect(record.ports["vcenter"], record.password, instance.vcenter_ca)

    def _all(self, kind: Any) -> list[Any]:
        view = self._content.viewManager.CreateContainerView(self._content.rootFolder, [kind], recursive=True)
        try:
            return list(view.view)
        finally:
            view.DestroyView()

    def hosts(self) -> list[Any]:
        """Every host."""
        return sorted(self._all(vim.HostSystem), key=lambda host: str(host.name))

    def port_groups(self, name: str) -> dict[str, Any]:
        """The specification of a standard port group, by host."""
        return {
            str(host.name): group.spec
            for host in self.hosts()
            for group in host.configManager.networkSystem.networkInfo.portgroup
            if group.spec.name == name
        }

    def kept_apart(self) -> dict[str, list[str]]:
        """The VMs of each rule that keeps VMs on different hosts, by its name."""
        rules = [rule for cluster in self._all(vim.ClusterComputeResource) for rule in cluster.configurationEx.rule]
        return {str(rule.name): sorted(str(vm.name) for vm in rule.vm) for rule in rules}

    def vm(self, name: str) -> Any | None:
        """A VM or template by its name."""
        return next((vm for vm in self._all(vim.VirtualMachine) if vm.name == name), None)

    def cards(self, vm: Any) -> list[str]:
        """The networks of a VM's cards, in order."""
        groups = {group.key: str(group.name) for group in self._all(vim.dvs.DistributedVirtualPortgroup)}
        return [
            str(backing.deviceName) if hasattr(backing, "deviceName") else groups[backing.port.portgroupKey]
            for _, backing in _devices(vm, vim.vm.device.VirtualEthernetCard)
        ]

    def _group(self, name: str) -> Any | None:
        return next((item for item in self._all(vim.dvs.DistributedVirtualPortgroup) if item.name == name), None)

    def trunk(self, name: str) -> dict[str, Any]:
        """A distributed port group's VLANs and security settings; nothing where it is not there."""
        group = self._group(name)
        if group is None:
            return {}
        ports = group.config.defaultPortConfig
        policy = ports.macManagementPolicy
        return {
            "vlans": [(ids.start, ids.end) for ids in ports.vlan.vlanId],
            "promiscuous": policy.allowPromiscuous,
            "forged transmits": policy.forgedTransmits,
            "MAC changes": policy.macChanges,
            "learns": policy.macLearningPolicy.enabled,
            "limit": policy.macLearningPolicy.limit,
        }

    def group_moid(self, name: str) -> str:
        """Which object a distributed port group is."""
        group: Any = self._group(name)
        return str(group._GetMoId())

    def touch_trunk(self, name: str) -> None:
        """Changes something of a distributed port group that is nobody's business here, and so its version."""
        group: Any = self._group(name)
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
            configVersion=group.config.configVersion, portNameFormat="<portIndex>"
        )
        self._finish(group.ReconfigureDVPortgroup_Task(spec))

    def events(self, name: str) -> list[str]:
        """The types of all events about a VM, oldest first: vCenter's own witness of what was done to it."""
        by_entity = vim.event.EventFilterSpec.ByEntity(entity=self.vm(name), recursion="self")
        found = self._content.eventManager.QueryEvents(vim.event.EventFilterSpec(entity=by_entity))
        return [type(event).__name__.rpartition(".")[2] for event in found]

    def end_sessions(self, agent: str) -> int:
        """Ends the sessions of everybody with this user agent, as an administrator may; gives how many there were."""
        manager = self._content.sessionManager
        ours = [session.key for session in manager.sessionList if session.userAgent == agent]
        for key in ours:
            manager.TerminateSession([key])
        return len(ours)

    def logins(self, agent: str) -> int:
        """How often somebody with this user agent has logged in: vCenter's events tell."""
        spec = vim.event.EventFilterSpec(eventTypeId=["UserLoginSessionEvent"])
        collector = self._content.eventManager.CreateCollectorForEvents(spec)
        try:
            found: list[Any] = []
            while page := collector.ReadNextEvents(1000):
                found += page
        finally:
            collector.DestroyCollector()
        return sum(event.userAgent == agent for event in found)

    def inventory(self) -> dict[str, dict[str, Any]]:
        """All that is there, by kind and name; no MoRefs."""
        found: dict[str, dict[str, Any]] = {}
        for vm in self._all(vim.VirtualMachine):
            found[f"VM {vm.name}"] = {
                "template": vm.config.template,
                "cpus": vm.config.hardware.numCPU,
                "memory": vm.config.hardware.memoryMB,
                "nested": vm.config.nestedHVEnabled,
                "notes": vm.config.annotation,
                "cards": self.cards(vm),
                "disks": [
                    (backing.fileName, disk.capacityInKB) for disk, backing in _devices(vm, vim.vm.device.VirtualDisk)
                ],
            }
        for host in self.hosts():
            info = host.configManager.networkSystem.networkInfo
            found[f"host {host.name}"] = {
                "port groups": sorted(
                    (group.spec.name, group.spec.vlanId, group.spec.vswitchName) for group in info.portgroup
                ),
                "switches": sorted((switch.name, sorted(switch.portgroup)) for switch in info.vswitch),
                "networks": sorted(str(network.name) for network in host.network),
            }
        for kind in (vim.Folder, vim.Network, vim.Datastore, vim.ResourcePool, vim.ClusterComputeResource):
            for item in self._all(kind):
                found[f"{type(item).__name__} {item.parent.name}/{item.name}"] = {}
        return found

    def templates(self) -> set[str]:
        """The names of all templates, and of VMs that are named as if they were."""
        return {str(vm.name) for vm in self._all(vim.VirtualMachine) if vm.config.template or "rhcos" in vm.name}

    def uuid(self, name: str) -> str:
        """A VM's instance UUID: the same as long as it is the same VM."""
        vm = self.vm(name)
        assert vm is not None, name
        return str(vm.config.instanceUuid)

    def moid(self, name: str) -> str:
        """Which object it is: vCenter gives none twice."""
        vm = self.vm(name)
        assert vm is not None, name
        return str(vm._GetMoId())

    # What somebody does by hand.

    def clone(
        self, source: str, name: str, folder: str | None = None, *, network: str | None = None, template: bool = True
    ) -> None:
        """A copy of a template, with the notes that it has; in a folder of its own, with a second card, where asked.

        The installer's has none: such a copy is as the post has it, and carries no mark.
        """
        vm = self.vm(source)
        assert vm is not None
        cluster = self._all(vim.ClusterComputeResource)[0]
        location = vim.vm.RelocateSpec(pool=cluster.resourcePool, datastore=cluster.datastore[0])
        parent = vm.parent.CreateFolder(folder) if folder else vm.parent
        config = vim.vm.ConfigSpec(deviceChange=[self._card(network)] if network else [])
        spec = vim.vm.CloneSpec(location=location, powerOn=False, template=template, config=config)
        self._finish(vm.CloneVM_Task(parent, name, spec))

    def _card(self, network: str) -> Any:
        on = next(item for item in self._all(vim.Network) if item.name == network)
        backing = vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network, network=on)
        card = vim.vm.device.VirtualVmxnet3(key=-1, backing=backing)
        return vim.vm.device.VirtualDeviceSpec(operation="add", device=card)

    def rename(self, name: str, to: str) -> None:
        """Gives a VM or template another name."""
        self._finish(self.vm(name).Rename_Task(to))  # type: ignore[union-attr]

    def make_a_vm(self, name: str) -> None:
        """A template is a VM from now on."""
        cluster = self._all(vim.ClusterComputeResource)[0]
        self.vm(name).MarkAsVirtualMachine(pool=cluster.resourcePool)  # type: ignore[union-attr]

    def change_template(self, name: str, config: Any) -> None:
        """Changes a template's configuration: as a VM for a moment, as vCenter wants it."""
        self.make_a_vm(name)
        vm = self.vm(name)
        assert vm is not None
        self._finish(vm.ReconfigVM_Task(config))
        vm.MarkAsTemplate()

    def without_second_card(self, name: str) -> Any:
        """The change that takes a VM's second network card."""
        _, (card, _) = _devices(self.vm(name), vim.vm.device.VirtualEthernetCard)
        removal = vim.vm.device.VirtualDeviceSpec(operation="remove", device=card)
        return vim.vm.ConfigSpec(deviceChange=[removal])

    def destroy(self, name: str) -> None:
        """Deletes a VM or template, and the folder that was made for it."""
        vm = self.vm(name)
        assert vm is not None
        parent = vm.parent
        self._finish(vm.Destroy_Task())
        if parent.name == "attic":
            self._finish(parent.Destroy_Task())

    def forbid_nesting(self, template: str) -> None:
        """Takes nested virtualization from a template, as somebody who edits it would."""
        vm = self.vm(template)
        assert vm is not None
        vm.MarkAsVirtualMachine(pool=self._all(vim.ClusterComputeResource)[0].resourcePool)
        self._finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(nestedHVEnabled=False)))
        vm.MarkAsTemplate()

    def add_datastore(self, name: str, folder: Path) -> None:
        """One more datastore on every host."""
        folder.mkdir()
        for host in self.hosts():
            try:
                host.configManager.datastoreSystem.CreateLocalDatastore(name, str(folder))
            except KeyError:  # mounted; but the simulator's answer for the second host is none that pyVmomi can read
                assert name in {str(found.name) for found in host.datastore}

    def add_port_group(self, host: Any, name: str, vlan: int, switch: str = "vSwitch0") -> None:
        """A port group on a switch of the host's, which is made where it is not there."""
        network = host.configManager.networkSystem
        if switch not in {found.name for found in network.networkInfo.vswitch}:
            network.AddVirtualSwitch(switch)
        spec = vim.host.PortGroup.Specification(
            name=name, vlanId=vlan, vswitchName=switch, policy=vim.host.NetworkPolicy()
        )
        network.AddPortGroup(spec)

    def change_port_group(self, host: Any, name: str, vlan: int | None = None, **security: bool) -> None:
        """Has it let through there what nested VMs need, but for what is said."""
        spec = self.port_groups(name)[str(host.name)]
        spec.vlanId = spec.vlanId if vlan is None else vlan
        needed = {"allowPromiscuous": True, "forgedTransmits": True, "macChanges": True}
        spec.policy.security = vim.host.NetworkPolicy.SecurityPolicy(**{**needed, **security})
        host.configManager.networkSystem.UpdatePortGroup(name, spec)

    def tighten_port_group(self, host: Any, name: str) -> None:
        """Refuses there what nested VMs need: frames of foreign addresses, in and out."""
        self.change_port_group(host, name, allowPromiscuous=False, forgedTransmits=False, macChanges=False)

    def remove_port_group(self, host: Any, name: str) -> None:
        """Takes it off again."""
        host.configManager.networkSystem.RemovePortGroup(name)

    def _finish(self, task: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while task.info.state not in {"success", "error"}:
            assert time.monotonic() < deadline, task.info
            time.sleep(0.05)
        assert task.info.state == "success", task.info.error


def _devices(vm: Any, kind: Any) -> list[tuple[Any, Any]]:
    """A VM's devices of a kind, in order, each with its backing."""
    return [(item, item.backing) for item in vm.config.hardware.device if isinstance(item, kind)]
