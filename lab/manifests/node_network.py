"""The post's chapter "Creating a Node Network Configuration Policy": one policy makes the trunk NIC into bridges.

Deleting a policy, or dropping an interface from it, changes nothing on a node (kubernetes-nmstate, user guide
"Removing interfaces"). So what leaves the stack file, or what another bridge design had made, stays in the policy as
``absent``, and the policy itself remembers, in the ledger annotation, every bridge that it ever put on a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names
from lab.manifests.bridging import DESIGNS, design_of, per_vlan
from lab.manifests.interfaces import State, nic, together

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from lab.plan import Lab

API_VERSION = "nmstate.io/v1"
KIND = "NodeNetworkConfigurationPolicy"
# Bytes: what a NIC has whose size nobody has set.
USUAL_MTU = 1500


def policy(lab: Lab, ledger: Collection[str] = ()) -> dict[str, Any]:
    """The policy for the hypervisors' trunk NIC.

    Args:
        lab: the lab.
        ledger: bridges that the live policy already owns, of any design; those no longer wanted become absent.
    """
    wanted = DESIGNS[lab.bridging].bridges(lab.vlan_ids)
    retired = in_order(set(ledger) - set(wanted))
    spec: dict[str, Any] = {"nodeSelector": lab.node_selector}
    if lab.max_unavailable is not None:
        spec["maxUnavailable"] = lab.max_unavailable
    spec["desiredState"] = together(
        [
            {"interfaces": [nic(lab.nic, lab.mtu)]},
            DESIGNS[lab.bridging].up(lab),
            *absent(lab.nic, retired),
        ]
    )
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": lab.policy,
            "labels": {names.STACK_LABEL: lab.stack},
            "annotations": {names.LEDGER_ANNOTATION: write_ledger([*wanted, *retired])},
        },
        "spec": spec,
    }


def absent(nic_name: str, ledger: Iterable[str]) -> list[State]:
    """What takes these bridges, and all that came with them, off a node."""
    designs = ((bridge, design_of(bridge)) for bridge in ledger)
    return [design.absent(nic_name, bridge) for bridge, design in designs if design is not None]


def reverted(nic_name: str, ledger: Iterable[str], *, mtu: int | None = None, nic_is_there: bool = True) -> State:
    """The desired state that takes everything back: all bridges absent, the NIC up and bare, as it was found.

    nmstate refuses to bring up a NIC that a node has not. It takes as absent what is not there.
    """
    bare: State = {"interfaces": [nic(nic_name, mtu)] if nic_is_there else []}
    return together([bare, *absent(nic_name, in_order(ledger))])


def usual_mtu(spec: Mapping[str, Any], nic_name: str) -> int | None:
    """The size that a NIC goes back to: None where the policy never set one."""
    return next((USUAL_MTU for item in _interfaces(spec) if item.get("name") == nic_name and "mtu" in item), None)


def bridges(spec: Mapping[str, Any]) -> dict[str, str]:
    """The bridges of ours that a policy's spec names, and the state that it gives each: ``up`` or ``absent``."""
    found = ((str(item.get("name")), str(item.get("state", "up"))) for item in _interfaces(spec))
    return {name: state for name, state in found if design_of(name)}


def _interfaces(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (spec.get("desiredState") or {}).get("interfaces") or []


def is_taken_back(live: Mapping[str, Any] | None, wanted: Mapping[str, Any], nic_name: str) -> bool:
    """Whether a destroy that did not come to its end left the policy as one that takes everything back."""
    if live is None:
        return False
    desired, ledger, mtu = live["spec"].get("desiredState"), read_ledger(live), usual_mtu(live["spec"], nic_name)
    takes_back = desired in [reverted(nic_name, ledger, mtu=mtu, nic_is_there=is_there) for is_there in (True, False)]
    return takes_back and bool(desired != wanted["spec"]["desiredState"])


def in_order(ledger: Iterable[str]) -> list[str]:
    """Bridges as people look for them: VLANs' own by the VLANs' ids, then the others."""
    return sorted(
        set(ledger), key=lambda name: (names.vlan_of(name), "") if per_vlan.owns(name) else (names.VLAN_ID_MAX, name)
    )


def write_ledger(ledger: Iterable[str]) -> str:
    """Bridges as the annotation holds them."""
    return ",".join(str(names.vlan_of(name)) if per_vlan.owns(name) else name for name in in_order(ledger))


def read_ledger(policy: Mapping[str, Any] | None) -> frozenset[str]:
    """The bridges that a policy (or nothing) owns on its nodes."""
    annotations = ((policy or {}).get("metadata") or {}).get("annotations") or {}
    written = (item.strip() for item in annotations.get(names.LEDGER_ANNOTATION, "").split(","))
    found = (names.bridge(int(item)) if item.isdecimal() else item for item in written)
    return frozenset(name for name in found if design_of(name))
