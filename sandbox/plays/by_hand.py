"""The post, followed by hand: what its reader has in vCenter and the cluster when this program comes.

The manifests are the post's own (``sandbox/objects/by_hand/``), as `oc create` would make them.
"""

from __future__ import annotations

import string
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from pyVmomi import vim

from lab import names
from sandbox import inventory
from sandbox.api_server import ApiServer
from sandbox.command_line import Name, running
from sandbox.errors import Refusal
from sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.instance import Instance

HERE = Path(__file__).parents[1] / "objects" / "by_hand"
# The post's names.
PORT_GROUP, TEMPLATE, NAMESPACE = "Trunk", f"{inventory.TEMPLATE}-cnv", "provisioning"
# Of a standard switch's port group that hands every tag on.
ALL_VLANS = 4095
# Seconds.
PATIENCE, INTERVAL = 120, 0.2


class Chapter(StrEnum):
    """What the post's reader has done."""

    TRUNK = "trunk"
    TEMPLATE = "template"
    HYPERVISORS = "hypervisors"
    POLICY = "policy"
    ATTACHMENTS = "attachments"


Chapters = Annotated[list[Chapter] | None, typer.Argument(help="The post's chapters; all, if none is named.")]


def by_hand(chapters: Chapters = None, name: Name = "lab") -> None:
    """Follow the post by hand: port group, template, MachineSet with its node, policy, namespace and attachment."""
    instance = running(name)
    # As `oc create` calls itself.
    api = ApiServer(str(instance.kubeconfig), None, manager="kubectl-create")
    for chapter in chapters or list(Chapter):
        match chapter:
            case Chapter.TRUNK:
                _in_vcenter(instance, _port_groups)
            case Chapter.TEMPLATE:
                _in_vcenter(instance, _template)
            case Chapter.HYPERVISORS:
                _make(api, "machine_set", partial(_has_its_nodes, api), "the MachineSet has its node")
            case Chapter.POLICY:
                _make(api, "policy", _is_settled, "the policy is in force, or selects no node")
            case Chapter.ATTACHMENTS:
                namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
                api.create(namespace, dry_run=False)
                api.create(manifest("network_attachment"), dry_run=False)
        print(f"{chapter.value}: as the post has it")


def _in_vcenter(instance: Instance, do: Callable[[Any], None]) -> None:
    with inventory.session(instance, instance.load()) as content:
        do(content)


def _port_groups(content: Any) -> None:
    """On each host, promiscuous: the post's warning."""
    security = vim.host.NetworkPolicy.SecurityPolicy(allowPromiscuous=True, forgedTransmits=True, macChanges=True)
    for host in inventory.all_of(content, vim.HostSystem):
        spec = vim.host.PortGroup.Specification(
            name=PORT_GROUP,
            vlanId=ALL_VLANS,
            vswitchName=inventory.SWITCH,
            policy=vim.host.NetworkPolicy(security=security),
        )
        host.configManager.networkSystem.AddPortGroup(spec)


def _template(content: Any) -> None:
    """Cloned as a VM, changed, and made a template."""
    (cluster,) = inventory.all_of(content, vim.ClusterComputeResource)
    source = next(vm for vm in inventory.all_of(content, vim.VirtualMachine) if vm.name == inventory.TEMPLATE)
    location = vim.vm.RelocateSpec(pool=cluster.resourcePool, datastore=cluster.datastore[0])
    clone = vim.vm.CloneSpec(location=location, powerOn=False, template=False)
    vm = inventory.result(source.CloneVM_Task(source.parent, TEMPLATE, clone))
    network = next((item for item in cluster.network if item.name == PORT_GROUP), None)
    if network is None:
        raise Refusal(f"there is no port group {PORT_GROUP}: `play by-hand trunk` first.")
    backing = vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=PORT_GROUP, network=network)
    card = vim.vm.device.VirtualVmxnet3(key=-1, addressType="generated", backing=backing)
    added = vim.vm.device.VirtualDeviceSpec(operation="add", device=card)
    config = vim.vm.ConfigSpec(
        nestedHVEnabled=True,
        vPMCEnabled=True,
        flags=vim.vm.FlagInfo(vvtdEnabled=True),
        deviceChange=[added],
    )
    inventory.result(vm.ReconfigVM_Task(config))
    vm.MarkAsTemplate()


def manifest(name: str) -> dict[str, Any]:
    """The post's, with the sandbox's vCenter."""
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(string.Template(text).substitute(server=LOOPBACK))
    return found


def _make(api: ApiServer, name: str, holds: Callable[[dict[str, Any]], bool], what: str) -> None:
    made = api.create(manifest(name), dry_run=False)
    deadline = time.monotonic() + PATIENCE
    while not holds(api.get(made) or made):
        if time.monotonic() > deadline:
            raise Refusal(f"waited {PATIENCE} s until {what}")
        time.sleep(INTERVAL)


def _has_its_nodes(api: ApiServer, live: dict[str, Any]) -> bool:
    """By its nodes: a MachineSet's controller looks when its Machines change, and not when their nodes become Ready."""
    query = {"labelSelector": f"{names.MACHINE_SET_LABEL}={live['metadata']['name']}"}
    nodes = api.request("GET", "/api/v1/nodes", query=query)["items"]
    wanted: int = live["spec"]["replicas"]
    return len([node for node in nodes if _has(node, "Ready")]) == wanted


def _is_settled(live: dict[str, Any]) -> bool:
    """In force, or without a node."""
    return _has(live, "Available") or _has(live, "Ignored")


def _has(item: dict[str, Any], condition: str) -> bool:
    conditions = (item.get("status") or {}).get("conditions") or []
    return any((found["type"], found["status"]) == (condition, "True") for found in conditions)
