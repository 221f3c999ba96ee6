"""The post's chapter "Creating a Node Network Configuration Policy": one policy makes the trunk NIC into bridges.

Deleting a policy, or dropping an interface from it, changes nothing on a node (kubernetes-nmstate, user guide
"Removing interfaces"). So what leaves the stack file stays in the policy as ``absent``, and the policy itself
remembers, in the ledger annotation, every VLAN that it ever put on a node.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lab import names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from lab.plan import Lab

API_VERSION = "nmstate.io/v1"
KIND = "NodeNetworkConfigurationPolicy"

# Without this the node's NetworkManager asks for an address on every new interface.
NO_ADDRESS: Mapping[str, Any] = {"ipv4": {"enabled": False}, "ipv6": {"enabled": False}}


def policy(lab: Lab, ledger: Collection[int] = ()) -> dict[str, Any]:
    """The policy for the hypervisors' trunk NIC.

    Args:
        lab: the lab.
        ledger: VLAN ids that the live policy already owns; those no longer configured become absent.
    """
    configured = lab.vlan_ids
    retired = sorted(set(ledger) - set(configured))
    spec: dict[str, Any] = {"nodeSelector": {names.MACHINE_SET_LABEL: lab.machine_set}}
    if lab.max_unavailable is not None:
        spec["maxUnavailable"] = lab.max_unavailable
    spec["desiredState"] = {
        "interfaces": [
            trunk_nic(lab.nic),
            *(interface for vlan in configured for interface in vlan_bridge(lab.nic, vlan)),
            *absent(lab.nic, retired),
        ],
    }
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": lab.policy,
            "labels": {names.STACK_LABEL: lab.stack},
            "annotations": {names.LEDGER_ANNOTATION: write_ledger([*configured, *retired])},
        },
        "spec": spec,
    }


def trunk_nic(nic: str) -> dict[str, Any]:
    """The NIC itself: up, and without an address of its own."""
    return {"name": nic, "type": "ethernet", "state": "up", **NO_ADDRESS}


def vlan_bridge(nic: str, vlan: int) -> list[dict[str, Any]]:
    """The VLAN interface on the trunk NIC and the bridge that VMs attach to.

    The port's empty ``vlan`` is load-bearing: where the key is missing, kubernetes-nmstate turns VLAN filtering on
    (pkg/bridge/bridge.go), and the bridge would drop the untagged frames that the VLAN interface hands it.
    """
    interface = names.vlan_interface(nic, vlan)
    return [
        {"name": interface, "type": "vlan", "state": "up", "vlan": {"base-iface": nic, "id": vlan}, **NO_ADDRESS},
        {
            "name": names.bridge(vlan),
            "type": "linux-bridge",
            "state": "up",
            **NO_ADDRESS,
            "bridge": {"options": {"stp": {"enabled": False}}, "port": [{"name": interface, "vlan": {}}]},
        },
    ]


def absent(nic: str, vlans: Iterable[int]) -> list[dict[str, Any]]:
    """What removes these VLANs from a node: the bridge first, then the interface that was its port."""
    return [
        interface
        for vlan in vlans
        for interface in (
            {"name": names.bridge(vlan), "type": "linux-bridge", "state": "absent"},
            {"name": names.vlan_interface(nic, vlan), "type": "vlan", "state": "absent"},
        )
    ]


def reverted(nic: str, ledger: Iterable[int], *, nic_is_there: bool = True) -> dict[str, Any]:
    """The desired state that takes everything back: all VLANs absent, the NIC up and bare, as it was found.

    nmstate refuses to bring up a NIC that a node has not. It takes as absent what is not there.
    """
    return {"interfaces": [*([trunk_nic(nic)] if nic_is_there else []), *absent(nic, sorted(ledger))]}


def bridges(spec: Mapping[str, Any]) -> dict[int, str]:
    """The VLANs whose bridges a policy's spec names, and the state that it gives each: ``up`` or ``absent``."""
    interfaces = (spec.get("desiredState") or {}).get("interfaces") or []
    found = ((re.fullmatch(r"br-(\d+)", str(item.get("name"))), str(item.get("state", "up"))) for item in interfaces)
    return {int(match[1]): state for match, state in found if match}


def is_taken_back(live: Mapping[str, Any] | None, wanted: Mapping[str, Any], nic: str) -> bool:
    """Whether a destroy that did not come to its end left the policy as one that takes everything back."""
    if live is None:
        return False
    desired, ledger = live["spec"].get("desiredState"), read_ledger(live)
    takes_back = desired in [reverted(nic, ledger, nic_is_there=is_there) for is_there in (True, False)]
    return takes_back and bool(desired != wanted["spec"]["desiredState"])


def write_ledger(vlans: Iterable[int]) -> str:
    """VLAN ids as the annotation holds them."""
    return ",".join(str(vlan) for vlan in sorted(set(vlans)))


def read_ledger(policy: Mapping[str, Any] | None) -> frozenset[int]:
    """The VLANs that a policy (or nothing) owns on its nodes."""
    annotations = ((policy or {}).get("metadata") or {}).get("annotations") or {}
    written = annotations.get(names.LEDGER_ANNOTATION, "").split(",")
    return frozenset(int(vlan) for vlan in written if vlan.strip().isdecimal())
