"""What a lab and somebody else's policy may both configure on one node: there the last writer would win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging import DESIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.plan import Lab

# What every hypervisor's node carries that is not written here: of the kubelet, of the Machine Config Operator, and of
# its role. vSphere has no other architecture.
_LABELS = {
    "node-role.kubernetes.io/worker": "",
    names.VIRTUALIZATION_ROLE_LABEL: "",
    "kubernetes.io/os": "linux",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/arch": "amd64",
    "node.openshift.io/os_id": "rhcos",
}
# Kinds of interface that sit on another one, and where they name it (nmstate, rust/src/lib/ifaces).
_ON_ANOTHER = ("vlan", "mac-vlan", "mac-vtap", "vxlan", "ipvlan", "infiniband", "macsec", "hsr")
_ITS_NAMES = ("base-iface", "port1", "port2")
# Kinds that take others as their ports.
_WITH_PORTS = ("bridge", "link-aggregation", "vrf")


def labels(lab: Lab) -> dict[str, str]:
    """What is known of the labels of this lab's nodes, before there is one."""
    return {**_LABELS, names.MACHINE_SET_LABEL: lab.machine_set} if lab.existing is None else dict(lab.existing)


def meet(one: Lab, other: Lab) -> bool:
    """Whether a node of one lab is one of the other's, too; not whether one may be labelled so that it is."""
    return _selects(one.node_selector, labels(other)) or _selects(other.node_selector, labels(one))


def _selects(selector: Mapping[str, str], found: Mapping[str, str]) -> bool:
    return selector.items() <= found.items()


def contested(lab: Lab, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What of this lab's another policy's spec configures, too: ``bridge``, ``NIC`` or ``mapping``, and its name."""
    desired = spec.get("desiredState") or {}
    theirs = desired.get("interfaces") or []
    design = DESIGNS[lab.bridging]
    for bridge in sorted({item.get("name") for item in theirs} & set(design.bridges(lab.vlan_ids))):
        yield "bridge", bridge
    if any(lab.nic in _used(item) for item in theirs):
        yield "NIC", lab.nic
    for mapping in sorted(_mappings(desired) & _mappings(design.up(lab))):
        yield "mapping", mapping


def _mappings(desired: Mapping[str, Any]) -> set[str]:
    """The names by which OVN-Kubernetes finds a node's bridges: it has one bridge for each."""
    found = (desired.get("ovn") or {}).get("bridge-mappings") or []
    return {str(item.get("localnet")) for item in found if item.get("state") != "absent"}


def _used(interface: Mapping[str, Any]) -> set[str]:
    """An interface's own name, and those of the interfaces that it is made of."""
    on = (interface.get(kind) or {} for kind in _ON_ANOTHER)
    found = {str(interface.get("name")), *(str(item[key]) for item in on for key in _ITS_NAMES if key in item)}
    for kind in _WITH_PORTS:
        found |= _ports(interface.get(kind) or {})
    return found


def _ports(of: Mapping[str, Any]) -> set[str]:
    """Ports stand as names, or as objects with one; a bridge of Open vSwitch may have a bond for a port."""
    found: set[str] = set()
    for port in of.get("port") or of.get("ports") or []:
        if isinstance(port, dict):
            found |= {str(port.get("name")), *_ports(port.get("link-aggregation") or {})}
        else:
            found.add(str(port))
    return found
