"""Distributed switches and port groups: what they are. Nothing is changed here (port_group_settings.py does)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from lab.trunk import Range, Security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clients.vcenter.session import VCenter

SWITCH = "config.distributedVirtualSwitch"


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A distributed switch; ``hosts`` are its members' moids."""

    name: str
    uuid: str
    version: tuple[int, ...]
    hosts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a port group's ports are set to; ``ranges`` is None where it is no trunk."""

    ranges: tuple[Range, ...] | None
    security: Security


@dataclass(frozen=True, kw_only=True)
class Group:
    """A distributed port group; ``is_nsx``: an NSX segment, whose owner is NSX and not vCenter."""

    name: str
    moid: str
    switch: str
    settings: Settings
    is_nsx: bool


def of_a_kind(networks: Sequence[Any]) -> list[Any]:
    """Those of these networks that are distributed port groups, each once: a cluster lists one for each host."""
    found = [item for item in networks if isinstance(item, vim.dvs.DistributedVirtualPortgroup)]
    return list({item._GetMoId(): item for item in found}.values())  # noqa: SLF001, pyVmomi's own way


def switches(vcenter: VCenter, groups: Sequence[Any]) -> tuple[Switch, ...]:
    """The switches of these port groups: for a cluster's, all that have one of its hosts, by their uplinks'."""
    of = [facts[SWITCH] for facts in vcenter.properties(groups, [SWITCH]) if SWITCH in facts]
    items = list({item._GetMoId(): item for item in of}.values())  # noqa: SLF001
    found = vcenter.properties(items, ["name", "uuid", "summary.productInfo.version", "summary.hostMember"])
    return tuple(
        Switch(
            name=facts.get("name", ""),
            uuid=facts.get("uuid", ""),
            version=_version(facts.get("summary.productInfo.version", "")),
            hosts=frozenset(host._GetMoId() for host in facts.get("summary.hostMember", [])),  # noqa: SLF001
        )
        for facts in found
    )


def describe(vcenter: VCenter, group: Any) -> Group:
    """One port group.

    Its configuration is read whole: some fields that tell of NSX came with vSphere 7, and an older vCenter answers a
    question for them with a fault.
    """
    facts = vcenter.read(group, "config")
    config = facts["config"]
    switch = vcenter.read(config.distributedVirtualSwitch, "uuid")
    is_nsx = getattr(config, "backingType", None) == "nsx" or bool(getattr(config, "logicalSwitchUuid", None))
    return Group(
        name=config.name,
        moid=group._GetMoId(),  # noqa: SLF001
        switch=switch.get("uuid", ""),
        settings=settings(config),
        is_nsx=is_nsx,
    )


def settings(config: Any) -> Settings:
    """What a port group's configuration sets its ports to."""
    ports = config.defaultPortConfig
    trunk = vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec
    vlan = getattr(ports, "vlan", None)
    carried = sorted((ids.start, ids.end) for ids in vlan.vlanId) if isinstance(vlan, trunk) else None
    return Settings(ranges=None if carried is None else tuple(carried), security=_security(ports))


def _security(ports: Any) -> Security:
    policy = getattr(ports, "macManagementPolicy", None)
    if policy is None:  # a switch before 6.6
        older = getattr(ports, "securityPolicy", None)
        promiscuous, forged, changes = (
            bool(getattr(getattr(older, name, None), "value", False))
            for name in ("allowPromiscuous", "forgedTransmits", "macChanges")
        )
        return Security(promiscuous=promiscuous, forged_transmits=forged, mac_changes=changes, mac_learning=False)
    learning = policy.macLearningPolicy
    is_learning = learning is not None and bool(learning.enabled)
    return Security(
        promiscuous=bool(policy.allowPromiscuous),
        forged_transmits=bool(policy.forgedTransmits),
        mac_changes=bool(policy.macChanges),
        mac_learning=is_learning,
        limit=int(learning.limit or 0) if is_learning else 0,
        unicast_flooding=is_learning and bool(learning.allowUnicastFlooding),
        # PowerCLI writes it in capitals, and vCenter gives back what was written.
        limit_policy=str(learning.limitPolicy or "").lower() if is_learning else "",
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
