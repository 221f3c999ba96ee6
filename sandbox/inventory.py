"""Puts the post's inventory into an empty vCenter.

/Garden                               datacenter
/Garden/host/Goat                     cluster of the hosts
/Garden/datastore/VMData-HD           on every host
/Garden/network/lab-192-168-4-0-b24   machine network, a port group on every host's vSwitch0
/Garden/network/Garden-VDS            distributed switch of the hosts, with nothing on it
/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos  the template that the installer made, RHCOS 9.6.20250826-1
"""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from sandbox.errors import Refusal
from sandbox.instance import VCENTER_USER
from sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.instance import Instance, Record

DATACENTER = "Garden"
CLUSTER = "Goat"
HOSTS = ("goat-1.lab.bewley.net", "goat-2.lab.bewley.net")
DATASTORE = "VMData-HD"
SWITCH = "vSwitch0"
DISTRIBUTED_SWITCH = "Garden-VDS"
# Of a vCenter 8.
DISTRIBUTED_SWITCH_VERSION = "8.0.0"
NETWORK = "lab-192-168-4-0-b24"
FOLDER = "hub-7vxwj"
TEMPLATE = "hub-7vxwj-rhcos"
PRODUCT = "Red Hat Enterprise Linux CoreOS"
# Of OpenShift 4.20, as its OVA has it.
RHCOS_VERSION = "9.6.20250826-1"
# The Machine API refuses a template below version 15.
HARDWARE = "vmx-19"
DISK_GIB = 16
KIB_PER_GIB = 1024 * 1024
TASK_TIMEOUT_S = 30


@contextmanager
def session(instance: Instance, record: Record) -> Iterator[Any]:
    """A logged-in session, TLS verified; gives the ServiceContent."""
    connection = SmartConnect(
        host=LOOPBACK,
        port=record.ports["vcenter"],
        user=VCENTER_USER,
        pwd=record.password,
        sslContext=ssl.create_default_context(cafile=instance.vcenter_ca),
    )
    try:
        yield connection.RetrieveContent()
    finally:
        Disconnect(connection)


def all_of(content: Any, kind: Any) -> list[Any]:
    """Every object of a kind."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], recursive=True)
    try:
        return list(view.view)
    finally:
        view.DestroyView()


def trunks(content: Any) -> list[Any]:
    """The distributed port groups that carry several VLANs, but for switches' uplinks."""
    trunk = vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec
    return [
        group
        for group in all_of(content, vim.dvs.DistributedVirtualPortgroup)
        if isinstance(group.config.defaultPortConfig.vlan, trunk) and "DVUplinks" not in group.name
    ]


def seed(instance: Instance, record: Record) -> None:
    """Makes it all; vCenter is empty."""
    with session(instance, record) as content:
        datacenter = content.rootFolder.CreateDatacenter(DATACENTER)
        cluster = datacenter.hostFolder.CreateClusterEx(CLUSTER, vim.cluster.ConfigSpecEx())
        (instance.data / "datastore").mkdir(parents=True)
        for name in HOSTS:
            add_host(cluster, name, instance.data / "datastore")
        _make_switch(datacenter, cluster.host)
        folder = datacenter.vmFolder.CreateFolder(FOLDER)
        import_rhcos(folder, cluster, TEMPLATE, RHCOS_VERSION)


def result(task: Any) -> Any:
    """A task's result; not pyVim.task, which takes a running task's name for a method, and not every one is."""
    deadline = time.monotonic() + TASK_TIMEOUT_S
    while time.monotonic() < deadline:
        info = task.info
        if info.state == vim.TaskInfo.State.success:
            return info.result
        if info.state == vim.TaskInfo.State.error:
            raise info.error
        time.sleep(0.02)
    raise Refusal(f"vCenter's task {task.info.name} did not end within {TASK_TIMEOUT_S} s")


def add_host(cluster: Any, name: str, datastore: Path) -> None:
    """One more host in the cluster, with the datastore and the machine network, as its administrator would have it."""
    login = vim.host.ConnectSpec(hostName=name, userName="root", password="simulated", force=True)  # noqa: S106
    host = result(cluster.AddHost_Task(login, asConnected=True))
    try:
        host.configManager.datastoreSystem.CreateLocalDatastore(DATASTORE, str(datastore))
    except KeyError:
        # For the second host on, the simulator mounts it but answers with an empty reference, which pyVmomi can't
        # read.
        if not any(found.name == DATASTORE for found in host.datastore):
            raise
    port_group = vim.host.PortGroup.Specification(
        name=NETWORK, vlanId=0, vswitchName=SWITCH, policy=vim.host.NetworkPolicy()
    )
    host.configManager.networkSystem.AddPortGroup(port_group)


def _make_switch(datacenter: Any, hosts: list[Any]) -> None:
    """A distributed switch with these hosts, as its administrator would have it; port groups are to come."""
    switch = vim.dvs.VmwareDistributedVirtualSwitch
    members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host) for host in hosts]
    uplinks = vim.DistributedVirtualSwitch.NameArrayUplinkPortPolicy(uplinkPortName=["Uplink 1", "Uplink 2"])
    spec = vim.DistributedVirtualSwitch.CreateSpec(
        configSpec=switch.ConfigSpec(name=DISTRIBUTED_SWITCH, host=members, uplinkPortPolicy=uplinks),
        productInfo=vim.dvs.ProductSpec(name="DVS", vendor="VMware, Inc.", version=DISTRIBUTED_SWITCH_VERSION),
    )
    result(datacenter.networkFolder.CreateDVS_Task(spec))


def import_rhcos(folder: Any, cluster: Any, name: str, version: str) -> Any:
    """A template as an import of RHCOS's OVA comes out: which product it is, no features, no notes."""
    network = next(item for item in cluster.network if item.name == NETWORK)
    spec = vim.vm.ConfigSpec(
        name=name,
        version=HARDWARE,
        guestId="coreos64Guest",
        numCPUs=4,
        memoryMB=16384,
        files=vim.vm.FileInfo(vmPathName=f"[{DATASTORE}]"),
        deviceChange=_devices(network),
    )
    vm = result(folder.CreateVM_Task(spec, pool=cluster.resourcePool, host=cluster.host[0]))
    product = vim.vApp.ProductSpec(
        operation="add", info=vim.vApp.ProductInfo(key=0, name=PRODUCT, vendor="Red Hat", version=version)
    )
    # Afterwards: the simulator refuses a product in the specification of a new VM.
    result(vm.ReconfigVM_Task(vim.vm.ConfigSpec(vAppConfig=vim.vApp.VmConfigSpec(product=[product]))))
    vm.MarkAsTemplate()
    return vm


def _devices(network: Any) -> list[Any]:
    """One disk, as the Machine API wants it, and one vmxnet3 card."""
    device = vim.vm.device
    controller = device.ParaVirtualSCSIController(
        key=-101, busNumber=0, sharedBus=device.VirtualSCSIController.Sharing.noSharing
    )
    disk = device.VirtualDisk(
        key=-102,
        controllerKey=controller.key,
        unitNumber=0,
        capacityInKB=DISK_GIB * KIB_PER_GIB,
        backing=device.VirtualDisk.FlatVer2BackingInfo(
            fileName=f"[{DATASTORE}]", diskMode="persistent", thinProvisioned=True
        ),
    )
    card = device.VirtualVmxnet3(
        key=-103,
        addressType="generated",
        backing=device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network.name, network=network),
        connectable=device.VirtualDevice.ConnectInfo(startConnected=True, connected=True, allowGuestControl=True),
    )
    add, create = device.VirtualDeviceSpec.Operation.add, device.VirtualDeviceSpec.FileOperation.create
    return [
        device.VirtualDeviceSpec(operation=add, device=controller),
        device.VirtualDeviceSpec(operation=add, fileOperation=create, device=disk),
        device.VirtualDeviceSpec(operation=add, device=card),
    ]
