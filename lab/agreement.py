"""What a stack file's sections must agree on, and what is allowed but probably not meant.

The checks take what could be read: a mistake in one section does not hide those between the others.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from lab import capacity, names, trunk
from lab.mistakes import ABSENT, Mistake
from lab.sections import DNS_LABEL, Operators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lab.sections import (
        Cluster,
        ExampleVm,
        GuestTrunk,
        Hypervisors,
        Namespace,
        NodeNetwork,
        Template,
        Vcenter,
        Vlan,
    )

# The Machine API's admission warns below these (machine-api-operator, pkg/webhooks/machine_webhook.go).
CPUS_ADVISED, MEMORY_MIB_ADVISED, DISK_GIB_ADVISED = 2, 2048, 120

Placed = tuple[int, Any]


def mistakes(found: Mapping[str, Any]) -> list[Mistake]:
    """Every disagreement between the sections that are there."""
    vlans: Sequence[Placed] = found["vlans"]
    namespaces: Sequence[Placed] = found["namespaces"]
    trunks: Sequence[Placed] = found["guestTrunks"]
    wrong = [*_vlans(vlans), *_guest_trunks(trunks, vlans), *_namespaces(namespaces)]
    wrong += _attachments([*vlans, *trunks], namespaces)
    if "nodeNetwork" in found:
        wrong += _interfaces(found["nodeNetwork"], vlans)
    if "vcenter" in found:
        wrong += _folders(found["vcenter"])
    if "hypervisors" in found:
        wrong += [*_sizes(found["hypervisors"]), *_beside_existing(found)]
    if "template" in found:
        wrong += _template(found["template"])
    if "trunk" in found:
        wrong += trunk.mistakes(found["trunk"], [vlan.id for _, vlan in vlans])
    if "operators" in found:
        wrong += _operators(found["operators"])
    if "exampleVm" in found:
        wrong += _example_vm(found["exampleVm"], vlans)
    if "cluster" in found and "hypervisors" in found:
        wrong += _machine_set(found["cluster"], found["hypervisors"])
    return wrong


def _mistake(key: str, value: Any, reason: str, remedy: str) -> Mistake:
    return Mistake(key=f"{names.PROJECT}:{key}", value=value, reason=reason, remedy=remedy)


def _vlans(vlans: Sequence[Placed]) -> Iterator[Mistake]:
    first: dict[int, int] = {}
    for place, vlan in vlans:
        if vlan.id in first:
            reason = f"VLAN {vlan.id} stands at vlans[{first[vlan.id]}] already"
            yield _mistake(f"vlans[{place}].id", vlan.id, reason, "Keep one of the two, with the namespaces of both")
        first.setdefault(vlan.id, place)


def _guest_trunks(trunks: Sequence[Placed], vlans: Sequence[Placed]) -> Iterator[Mistake]:
    known = {vlan.id for _, vlan in vlans}
    first: dict[str, int] = {}
    for place, guest in trunks:
        if guest.name in first:
            reason = f"the guest trunk at vlans[{first[guest.name]}] has this name already"
            yield _mistake(f"vlans[{place}].name", guest.name, reason, "Write another name")
        first.setdefault(guest.name, place)
        for at, vlan in enumerate(guest.ids):
            if vlan not in known:
                reason = "this VLAN is not in the list, and the nodes' trunk will not carry it"
                yield _mistake(f"vlans[{place}].ids[{at}]", vlan, reason, "Add it to the list, or take it out here")
        if not known:
            reason = "there is no VLAN in the list that a guest could get"
            yield _mistake(f"vlans[{place}]", guest.name, reason, "Add the VLANs")


def _namespaces(namespaces: Sequence[Placed]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for place, namespace in namespaces:
        key = f"namespaces[{place}].name"
        if namespace.name in seen:
            yield _mistake(key, namespace.name, "this namespace is listed twice", "Keep one")
        seen.add(namespace.name)
        if names.is_platform(namespace.name) and not namespace.existing:
            reason = "this namespace is OpenShift's own: made by the stack, it would be deleted with the stack"
            yield _mistake(key, namespace.name, reason, "Add existing: true")


def _attachments(vlans: Sequence[Placed], namespaces: Sequence[Placed]) -> Iterator[Mistake]:
    known = {namespace.name for _, namespace in namespaces}
    for place, vlan in vlans:
        for at, name in enumerate(vlan.namespaces):
            key = f"vlans[{place}].namespaces[{at}]"
            if name not in known:
                reason = "this namespace is not in cnv-lab:namespaces"
                yield _mistake(
                    key, name, reason, f"Add - name: {name} there (existing: true if it is not ours to make)"
                )
            if name in vlan.namespaces[:at]:
                yield _mistake(key, name, "this namespace is listed twice", "Keep one")


def _interfaces(network: NodeNetwork, vlans: Sequence[Placed]) -> Iterator[Mistake]:
    # Never a default, so here is all that there is to know of it.
    if network.bridging is not None:
        yield from capacity.mistakes(network.bridging, [vlan.id for _, vlan in vlans])
    if network.bridging == "per-vlan":
        yield from _vlan_interfaces(network, vlans)
    elif len(network.nic) > names.INTERFACE_NAME_MAX:
        reason = f"this name has {len(network.nic)} characters; Linux takes {names.INTERFACE_NAME_MAX}"
        yield _mistake("nodeNetwork.nic", network.nic, reason, "Write the NIC's name as the node has it")
    if network.name is None and not DNS_LABEL.match(network.nic):
        reason = f"the policy would be called {network.nic}-policy, which Kubernetes does not take as a name"
        yield _mistake("nodeNetwork.name", ABSENT, reason, "Write a name in lower case")


def _vlan_interfaces(network: NodeNetwork, vlans: Sequence[Placed]) -> Iterator[Mistake]:
    longest = max((vlan.id for _, vlan in vlans), default=names.VLAN_ID_MIN)
    interface = names.vlan_interface(network.nic, longest)
    if len(interface) > names.INTERFACE_NAME_MAX:
        room = names.INTERFACE_NAME_MAX - len(f".{longest}")
        reason = (
            f"the VLAN interface would be called {interface}, {len(interface)} characters; "
            f"Linux takes {names.INTERFACE_NAME_MAX}"
        )
        remedy = (
            f"Give the NIC an alternative name of at most {room} characters, and write that; or choose bridging: "
            "vlan-aware, which needs no VLAN interfaces"
        )
        yield _mistake("nodeNetwork.nic", network.nic, reason, remedy)


def _folders(vcenter: Vcenter) -> Iterator[Mistake]:
    if vcenter.datacenter is None:
        return
    for key, path, branch in (("folder", vcenter.folder, "vm"), ("resourcePool", vcenter.resource_pool, "host")):
        root = f"/{vcenter.datacenter}/{branch}/"
        if path is not None and not f"{path}/".startswith(root):
            reason = f"the Machine API looks for it under {root}"
            yield _mistake(f"vcenter.{key}", path, reason, f"Write the whole inventory path, from {root}")


def _sizes(hypervisors: Hypervisors) -> Iterator[Mistake]:
    cpus, cores = hypervisors.cpus, hypervisors.cores_per_socket
    if cpus is not None and cores is not None and cpus % cores:
        reason = f"vSphere gives every socket the same number of cores, and {cores} does not divide {cpus} CPUs"
        yield _mistake("hypervisors.coresPerSocket", cores, reason, "Write a divisor of cpus")


def _beside_existing(found: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is said of machines and of vSphere, where nothing of either is made."""
    if found["hypervisors"].existing is None:
        return
    reason = "with hypervisors.existing no machine is made, and vSphere is not touched: nothing is done with this"
    for section in ("hypervisors", "vcenter", "trunk", "template"):
        for name in sorted(found[section].model_fields_set - {"existing"} if section in found else ()):
            key = type(found[section]).model_fields[name].alias or name
            yield _mistake(f"{section}.{key}", ABSENT, reason, "Leave it out")


def _template(template: Template) -> Iterator[Mistake]:
    if template.source is not None and template.name == names.base_name(template.source):
        reason = "the copy would take the name of the installer's template, from which the workers are made"
        yield _mistake("template.name", template.name, reason, f"Write another name, such as {template.name}-cnv")


def _operators(operators: Operators) -> Iterator[Mistake]:
    if operators.mode == "manage":
        return
    for name in sorted(operators.model_fields_set - {"mode"}):
        key = Operators.model_fields[name].alias or name
        reason = f"with mode {operators.mode} the operators are somebody else's, and nothing is done with this"
        yield _mistake(f"operators.{key}", ABSENT, reason, "Leave it out, or write mode: manage")


def _example_vm(wanted: ExampleVm, vlans: Sequence[Placed]) -> Iterator[Mistake]:
    places = {vlan.id: vlan.namespaces for _, vlan in vlans}
    if wanted.vlan not in places:
        yield _mistake(
            "exampleVm.vlan", wanted.vlan, "this VLAN is not in cnv-lab:vlans", "Add it there, or correct it"
        )
    elif wanted.namespace not in places[wanted.vlan]:
        reason = f"VLAN {wanted.vlan} has no network attachment in this namespace"
        yield _mistake(
            "exampleVm.namespace", wanted.namespace, reason, "Add it to the VLAN's namespaces, or correct it"
        )
    if wanted.gateway is None:
        return
    if wanted.address == "dhcp":
        yield _mistake("exampleVm.gateway", wanted.gateway, "DHCP tells the gateway", "Leave it out")
    elif ipaddress.ip_address(wanted.gateway) not in ipaddress.ip_interface(wanted.address).network:
        reason = f"it is not in the network of {wanted.address}, and could not be reached"
        yield _mistake("exampleVm.gateway", wanted.gateway, reason, "Correct one of the two")


def _machine_set(cluster: Cluster, hypervisors: Hypervisors) -> Iterator[Mistake]:
    if hypervisors.name is not None and hypervisors.name == cluster.based_on:
        reason = "the hypervisors' MachineSet would be the worker MachineSet that it is based on"
        yield _mistake("hypervisors.name", hypervisors.name, reason, "Write another name")


def drains(operators: Operators, hypervisors: int) -> Iterator[str]:
    """What an eviction strategy means where VMs have nowhere to go (KubeVirt, docs "Node maintenance").

    A VM that is to be live-migrated holds its node until it is elsewhere, and one hypervisor has no elsewhere.
    """
    if operators.mode == "manage" and hypervisors == 1 and operators.eviction_strategy.startswith("LiveMigrate"):
        which = "every VM" if operators.eviction_strategy == "LiveMigrate" else "every VM that could migrate"
        yield (
            f"cnv-lab:operators.evictionStrategy {operators.eviction_strategy}: with one hypervisor {which} blocks its "
            "drain, and so upgrades and scaling down, for there is nowhere to migrate to. Write None (a drain shuts "
            "VMs down), or have two hypervisors."
        )


def warnings(
    hypervisors: Hypervisors, template: Template, namespaces: Iterable[Namespace], vlans: Iterable[Vlan | GuestTrunk]
) -> Iterator[str]:
    """What works but is probably not meant, one sentence each."""
    for key, value, advised, unit in (
        ("cpus", hypervisors.cpus, CPUS_ADVISED, "CPUs"),
        ("memoryMiB", hypervisors.memory_mib, MEMORY_MIB_ADVISED, "MiB"),
        ("diskGiB", hypervisors.disk_gib, DISK_GIB_ADVISED, "GiB"),
    ):
        if value is not None and value < advised:
            yield f"cnv-lab:hypervisors.{key} {value}: the Machine API advises {advised} {unit} or more."
    if not template.nested_virtualization:
        yield (
            "cnv-lab:template.nestedVirtualization false: the nodes will have no /dev/kvm, and VMs cannot start there."
        )
    used = {name for vlan in vlans for name in vlan.namespaces}
    for namespace in namespaces:
        if namespace.name not in used:
            yield f"cnv-lab:namespaces {namespace.name}: no VLAN is attached to it."
