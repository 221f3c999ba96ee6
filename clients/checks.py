"""Preflight's checks: facts in, lines out. Each line says what, why and what to do; no line, no objection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients.vcenter.session import API_VERSION_LEAST
from lab import marker, names
from lab.manifests import in_apply_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.session import Object
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab
    from lab.settings import Settings

# The Machine API refuses older templates (machine-api-operator, vsphere/reconciler.go).
HARDWARE_LEAST = 15
# What every hypervisor's node will carry, before there is one.
_WORKER_LABELS = {
    "node-role.kubernetes.io/worker": "",
    names.VIRTUALIZATION_ROLE_LABEL: "",
    "kubernetes.io/os": "linux",
}


def worker(settings: Settings, facts: ClusterFacts) -> Object | None:
    """The worker MachineSet that the hypervisors are based on: the named one, or the first that is the installer's."""
    based_on = settings.cluster.based_on
    if based_on == "none":
        return None
    if based_on != "auto":
        return facts.machine_sets.get(based_on)
    ours = settings.hypervisors.name or f"{settings.cluster.infra_id}-cnv"
    candidates = (
        item
        for name, item in sorted(facts.machine_sets.items())
        if name != ours
        and names.STACK_LABEL not in (item["metadata"].get("labels") or {})
        and _labels_of_machines(item).get(names.MACHINE_ROLE_LABEL) == "worker"
    )
    return next(candidates, None)


def _labels_of_machines(machine_set: Object) -> dict[str, str]:
    labels: dict[str, str] = (machine_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return labels


def cluster(settings: Settings, facts: ClusterFacts) -> list[str]:
    """Whether this is the cluster that the stack file means, and has what the chain needs."""
    found = []
    if facts.infra_id != settings.cluster.infra_id:
        found.append(
            f"the cluster's infrastructure id is {facts.infra_id}, the stack file says {settings.cluster.infra_id}: "
            "this is another cluster. Correct cnv-lab:cluster.infraId, or KUBECONFIG and cnv-lab:cluster.context."
        )
    if not is_vsphere(facts):
        found.append(f"the cluster runs on {facts.platform}; this program makes hypervisors on vSphere only.")
    based_on = settings.cluster.based_on
    if based_on not in {"auto", "none"} and based_on not in facts.machine_sets:
        there = ", ".join(sorted(facts.machine_sets)) or "none"
        found.append(f"there is no MachineSet {based_on}. Correct cnv-lab:cluster.basedOn; there are: {there}.")
    return [*found, *(f"{line}. Install it first." for line in facts.missing)]


def is_vsphere(facts: ClusterFacts) -> bool:
    """Whether the cluster runs on vSphere, or does not say."""
    return facts.platform in {"", "VSphere"}


def nic(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Whether the trunk NIC is there, and is not the one that the node itself lives on."""
    for name, state in sorted(facts.network_states.items()):
        current = (state.get("status") or {}).get("currentState") or {}
        interfaces = current.get("interfaces") or []
        node = facts.nodes.get(name, {})
        if lab.nic in _ways_out(current, interfaces, _address(node)):
            yield (
                f"node {name} reaches the machine network through {lab.nic}: a policy on it would cut the node off. "
                "Write the second NIC's name as cnv-lab:nodeNetwork.nic (oc get nns shows them)."
            )
        labels = (node.get("metadata") or {}).get("labels") or {}
        there = {item["name"] for item in interfaces}
        if labels.get(names.MACHINE_SET_LABEL) == lab.machine_set and lab.nic not in there:
            cards = ", ".join(sorted(item["name"] for item in interfaces if item.get("type") == "ethernet"))
            yield f"hypervisor {name} has no {lab.nic}. Correct cnv-lab:nodeNetwork.nic; its NICs are {cards}."


def _address(node: dict[str, Any]) -> str | None:
    """The address by which the cluster knows the node."""
    addresses = (node.get("status") or {}).get("addresses") or []
    return next((item["address"] for item in addresses if item.get("type") == "InternalIP"), None)


def _ways_out(current: dict[str, Any], interfaces: list[dict[str, Any]], address: str | None) -> set[str]:
    """The interface that has the node's address, and all that is below it: ports of bridges and bonds, VLANs' bases.

    Where none has it, the default route's. Not just any interface with an address: at its first boot a trunk NIC may
    be given one by DHCP, until the policy takes it. An OVS bridge shares its name with its interface, as br-ex does:
    names are no key here.
    """
    found = {item["name"] for item in interfaces if address is not None and address in _addresses(item)}
    if not found:
        routes = (current.get("routes") or {}).get("running") or []
        ways = {route["next-hop-interface"] for route in routes if route.get("destination") in {"0.0.0.0/0", "::/0"}}
        found = ways & {item["name"] for item in interfaces}
    if not found:
        found = {item["name"] for item in interfaces if _addresses(item)} - {"lo"}
    while below := {name for item in interfaces for name in _below(item, found)} - found:
        found |= below
    return found


def _addresses(interface: dict[str, Any]) -> set[str]:
    families = ((interface.get(family) or {}).get("address") or [] for family in ("ipv4", "ipv6"))
    return {item.get("ip", "") for family in families for item in family}


def _below(interface: dict[str, Any], above: set[str]) -> set[str]:
    """What carries the frames of ``above``, as far as this interface tells."""
    if interface.get("controller") in above:
        return {interface["name"]}
    if interface["name"] not in above:
        return set()
    ports = {port["name"] for port in (interface.get("bridge") or {}).get("port") or []}
    bonded = (interface.get("link-aggregation") or {}).get("port") or []
    base = (interface.get("vlan") or {}).get("base-iface")
    return {*ports, *bonded, *([base] if base else [])}


def vcenter(lab: Lab, found: Inventory) -> list[str]:
    """Whether vCenter has what the stack file names."""
    if found.api_version[:2] < API_VERSION_LEAST:
        version = ".".join(str(part) for part in found.api_version)
        return [f"vCenter's API is {version}; the template's CPU features need 6.7 or newer."]
    lines = [
        f"{what} {name} is not in vCenter. Correct cnv-lab:vcenter.{key}."
        for there, what, name, key in (
            (found.datacenter, "datacenter", lab.datacenter, "datacenter"),
            (found.cluster, "cluster", lab.cluster, "cluster"),
            (found.datastore, "datastore", lab.datastore, "datastore"),
            (found.folder, "folder", lab.folder, "folder"),
            (found.resource_pool, "resource pool", lab.resource_pool, "resourcePool"),
        )
        if not there
    ]
    if found.cluster and lab.machine_network not in found.networks:
        there = ", ".join(sorted(found.networks))
        lines.append(
            f"cluster {lab.cluster} has no network {lab.machine_network}. Correct cnv-lab:vcenter.machineNetwork; "
            f"it has: {there}."
        )
    lines += [
        f"host {host.name} has no vSwitch {lab.switch}. Correct cnv-lab:trunk.switch.name; it has: "
        f"{', '.join(host.switches) or 'none'}."
        for host in found.hosts
        if lab.switch not in host.switches
    ]
    lines += [
        f"host {host.name} is not connected to vCenter, so it cannot get the port group. Reconnect it, or remove it."
        for host in found.hosts
        if not host.connected
    ]
    return lines


def template(lab: Lab, found: Inventory) -> Iterator[str]:
    """Whether the installer's template can be cloned, and the copy's name is free or ours."""
    source, target = found.source, found.target
    if source is None and found.folder:
        yield (
            f"the installer's template {lab.template_source} is not in {lab.folder}. Write its whole inventory path as "
            "cnv-lab:template.source (govc find / -type m -name '*rhcos*')."
        )
    if source is not None:
        if len(source.disks_gib) != 1:
            yield f"template {lab.template_source} has {len(source.disks_gib)} disks; the Machine API takes just one."
        elif lab.disk_gib < source.disks_gib[0]:
            yield (
                f"cnv-lab:hypervisors.diskGiB {lab.disk_gib} is less than the disk of {lab.template_source}, "
                f"{source.disks_gib[0]:g} GiB, and a clone's disk cannot shrink."
            )
        if source.hardware < HARDWARE_LEAST:
            yield (
                f"template {lab.template_source} has hardware version {source.hardware}; the Machine API needs "
                f"{HARDWARE_LEAST} or newer. Upgrade it (govc vm.upgrade)."
            )
        if source.has_snapshot:
            yield f"template {lab.template_source} has a snapshot, which spoils the disk size of clones. Remove it."
    if target is not None:
        mark = marker.read(target.notes)
        if mark is None or mark.stack != lab.stack:
            owner = f"stack {mark.stack}" if mark else "somebody else (it has no mark of this program)"
            yield (
                f"{lab.template_path} is there already and belongs to {owner}. Choose another cnv-lab:template.name, "
                "or rename or delete that one in vCenter."
            )


def port_groups(lab: Lab, found: Inventory, recorded: Collection[tuple[str, str]]) -> list[str]:
    """Whether the trunk's name is free on every host, but for what this stack made."""
    taken = [
        host.name
        for host in found.hosts
        if any(group.name == lab.port_group for group in host.port_groups)
        and (host.moid, lab.port_group) not in recorded
    ]
    if not taken:
        return []
    told = (
        f"port group {lab.port_group} is there already on {', '.join(taken)}, and not by this stack. Choose another "
        f"cnv-lab:trunk.portGroup, or remove it: govc host.portgroup.remove -host {taken[0]} {lab.port_group}."
    )
    return [told]


def objects(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> list[str]:
    """Whether the names of the Kubernetes objects are free, but for what this stack made."""
    lines = []
    for item in in_apply_order(lab):
        kind, name = item["kind"], item["metadata"]["name"]
        namespace = item["metadata"].get("namespace", "")
        if not _is_there(facts, kind, namespace, name) or (kind, namespace, name) in recorded:
            continue
        place = f" in namespace {namespace}" if namespace else ""
        way = f" -n {namespace}" if namespace else ""
        instead = "write existing: true for it" if kind == "Namespace" else "give it another name in the stack file"
        lines.append(
            f"{kind} {name}{place} is there already, and not by this stack: {instead}, or delete it "
            f"(oc delete {kind.lower()} {name}{way})."
        )
    lines += [
        f"namespace {namespace.name} is not there, and the stack file says existing: true. Make it, or drop that word."
        for namespace in lab.namespaces
        if namespace.existing and namespace.name not in facts.namespaces
    ]
    return [*lines, *_rivals(lab, facts)]


def _is_there(facts: ClusterFacts, kind: str, namespace: str, name: str) -> bool:
    match kind:
        case "MachineSet":
            return name in facts.machine_sets
        case "NodeNetworkConfigurationPolicy":
            return name in facts.policies
        case "Namespace":
            return name in facts.namespaces
        case _:
            return (namespace, name) in facts.attachments


def _rivals(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """Policies of other names for the same NIC of the same nodes: the last writer would win, again and again."""
    hypervisors = [
        {**_WORKER_LABELS, names.MACHINE_SET_LABEL: lab.machine_set},
        *((node["metadata"].get("labels") or {}) for node in facts.nodes.values()),
    ]
    ours = [labels for labels in hypervisors if labels.get(names.MACHINE_SET_LABEL) == lab.machine_set]
    for name, policy in sorted(facts.policies.items()):
        selector = policy["spec"].get("nodeSelector") or {}
        if name == lab.policy or not any(selector.items() <= labels.items() for labels in ours):
            continue
        if any(_touches(lab.nic, item) for item in (policy["spec"].get("desiredState") or {}).get("interfaces") or []):
            yield (
                f"policy {name} configures {lab.nic} of these nodes too. Take the NIC out of it, or give this stack's "
                "policy that name after deleting it."
            )


def _touches(nic_name: str, interface: dict[str, Any]) -> bool:
    ports = {port.get("name") for port in (interface.get("bridge") or {}).get("port") or []}
    return (
        interface.get("name") == nic_name
        or (interface.get("vlan") or {}).get("base-iface") == nic_name
        or nic_name in ports
    )
