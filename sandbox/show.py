"""What stands in a sandbox, read from its servers: the post's chapters, a line each and what belongs to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from lab import names, ranges
from sandbox import cluster, inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.api_server import ApiServer
    from sandbox.instance import Instance, Record

Object = dict[str, Any]

MACHINE_API = f"/apis/machine.openshift.io/v1beta1/namespaces/{names.MACHINE_API_NAMESPACE}"
POLICIES = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
ENACTMENTS = "/apis/nmstate.io/v1beta1/nodenetworkconfigurationenactments"
ATTACHMENTS = "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions"


def lines(instance: Instance, record: Record) -> Iterator[str]:
    """All that stacks have made here; what the installer made is left out."""
    api = cluster.log_in(instance)
    chapters = {
        "vSphere": [*_port_groups(instance, record), *_templates(instance, record)],
        "hypervisors": [*_hypervisors(api)],
        "node network": [*_policies(api)],
        "networks that VMs attach to": [*_attachments(api)],
    }
    for chapter, found in chapters.items():
        yield chapter
        yield from (f"  {line}" for line in found or ["nothing yet"])


def _port_groups(instance: Instance, record: Record) -> Iterator[str]:
    with inventory.session(instance, record) as content:
        hosts: dict[str, list[str]] = {}
        for host in inventory.all_of(content, vim.HostSystem):
            for group in host.configManager.networkSystem.networkInfo.portgroup:
                if group.spec.vlanId == names.STANDARD_TRUNK_VLAN_ID:
                    hosts.setdefault(str(group.spec.name), []).append(str(host.name))
        distributed = [_distributed(group) for group in inventory.trunks(content)]
    for name, there in sorted(hosts.items()):
        yield f"port group {name}: VLAN trunk on {', '.join(sorted(there))}"
    yield from sorted(distributed)


def _distributed(group: Any) -> str:
    ports = group.config.defaultPortConfig
    vlans = ranges.told([(ids.start, ids.end) for ids in ports.vlan.vlanId])
    policy = ports.macManagementPolicy
    mode = "promiscuous" if policy.allowPromiscuous else "no promiscuous mode"
    learning = "learns MAC addresses" if policy.macLearningPolicy.enabled else mode
    return f"port group {group.name}: VLANs {vlans} on {group.config.distributedVirtualSwitch.name}, {learning}"


def _templates(instance: Instance, record: Record) -> Iterator[str]:
    with inventory.session(instance, record) as content:
        found = [vm for vm in inventory.all_of(content, vim.VirtualMachine) if vm.config.template]
        for vm in sorted((vm for vm in found if vm.config.nestedHVEnabled), key=lambda vm: str(vm.name)):
            yield f"template {vm.name}: nested virtualization, NICs {', '.join(_networks(vm))}"


def _networks(vm: Any) -> list[str]:
    """By their cards' backing, which for a distributed port group is its key."""
    groups = {item.key: str(item.name) for item in vm.network if isinstance(item, vim.dvs.DistributedVirtualPortgroup)}
    backings = [device.backing for device in vm.config.hardware.device if hasattr(device, "macAddress")]
    return [
        str(backing.deviceName) if hasattr(backing, "deviceName") else groups.get(backing.port.portgroupKey, "gone")
        for backing in backings
    ]


def _hypervisors(api: ApiServer) -> Iterator[str]:
    nodes = {item["metadata"]["name"]: item for item in _all(api, "/api/v1/nodes")}
    machines = _all(api, f"{MACHINE_API}/machines")
    for machine_set in _ours(_all(api, f"{MACHINE_API}/machinesets")):
        name = machine_set["metadata"]["name"]
        yield f"MachineSet {name}: {machine_set['spec']['replicas']} wanted"
        for machine in machines:
            if _labels(machine).get(names.MACHINE_SET_LABEL) == name:
                status = machine.get("status") or {}
                node = nodes.get((status.get("nodeRef") or {}).get("name", ""), {"status": {}})
                yield f"  Machine {machine['metadata']['name']}: {status.get('phase')}, {_node(node['status'])}"


def _node(status: Object) -> str:
    address = next((item["address"] for item in status.get("addresses") or [] if item["type"] == "InternalIP"), "")
    kvm = (status.get("allocatable") or {}).get(names.KVM_RESOURCE)
    return f"node {address}, KVM {kvm}" if address else "no node yet"


def _policies(api: ApiServer) -> Iterator[str]:
    enactments = _all(api, ENACTMENTS)
    for policy in _ours(_all(api, POLICIES)):
        name = policy["metadata"]["name"]
        yield f"policy {name}: {_true_condition(policy)}"
        for interface in policy["spec"]["desiredState"]["interfaces"]:
            if interface["type"] in {"linux-bridge", "ovs-bridge"}:
                ports = ", ".join(port["name"] for port in (interface.get("bridge") or {}).get("port") or [])
                yield f"  {interface['name']}: {f'on {ports}' if ports else interface['state']}"
        for item in enactments:
            if _labels(item).get("nmstate.io/policy") == name:
                yield f"  node {_labels(item).get('nmstate.io/node')}: {_true_condition(item)}"


def _attachments(api: ApiServer) -> Iterator[str]:
    for item in _ours(_all(api, ATTACHMENTS)):
        metadata = item["metadata"]
        config = json.loads(item["spec"]["config"])
        where = f"bridge {config['bridge']}" if "bridge" in config else f"localnet {config.get('physicalNetworkName')}"
        yield f"{metadata['namespace']}/{metadata['name']}: {where}"


def _all(api: ApiServer, path: str) -> list[Object]:
    return sorted(api.request("GET", path)["items"], key=lambda item: str(item["metadata"]["name"]))


def _ours(items: list[Object]) -> Iterator[Object]:
    return (item for item in items if names.STACK_LABEL in _labels(item))


def _labels(item: Object) -> dict[str, str]:
    return item["metadata"].get("labels") or {}


def _true_condition(item: Object) -> str:
    conditions = (item.get("status") or {}).get("conditions") or []
    return next((str(condition["type"]) for condition in conditions if condition["status"] == "True"), "no status yet")
