"""Distributed switches and port groups: what they are. Nothing is changed here (port_group_settings.py does)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from lab import marker
from lab.trunk import Security

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clients.vcenter.session import VCenter
    from lab.ranges import Range

SWITCH = "config.distributedVirtualSwitch"


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A distributed switch; ``hosts`` are its members' moids."""

    name: str
    moid: str
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
    """A distributed port group; ``switch`` is its switch's moid.

    ``is_nsx``: it is a segment of NSX, which owns it in vCenter's place. ``stack`` is the one that made it, or "".
    """

    name: str
    moid: str
    switch: str
    settings: Settings
    is_nsx: bool
    stack: str = ""


def switches(vcenter: VCenter, references: Iterable[Any]) -> tuple[Switch, ...]:
    """The switches that these references mean, each once."""
    items = list({item._GetMoId(): item for item in references}.values())  # noqa: SLF001, pyVmomi's own way
    found = vcenter.properties(items, ["name", "uuid", "summary.productInfo.version", "summary.hostMember"])
    return tuple(
        Switch(
            name=facts.get("name", ""),
            moid=item._GetMoId(),  # noqa: SLF001
            uuid=facts.get("uuid", ""),
            version=_version(facts.get("summary.productInfo.version", "")),
            hosts=frozenset(host._GetMoId() for host in facts.get("summary.hostMember", [])),  # noqa: SLF001
        )
        for item, facts in zip(items, found, strict=True)
    )


def describe(vcenter: VCenter, group: Any) -> Group:
    """One port group.

    Its configuration is read whole: some fields that tell of NSX came with vSphere 7, and an older vCenter answers a
    question for them with a fault.
    """
    config = vcenter.read(group, "config")["config"]
    is_nsx = getattr(config, "backingType", None) == "nsx" or bool(getattr(config, "logicalSwitchUuid", None))
    return Group(
        name=config.name,
        moid=group._GetMoId(),  # noqa: SLF001
        switch=config.distributedVirtualSwitch._GetMoId(),  # noqa: SLF001
        settings=settings(config),
        is_nsx=is_nsx,
        stack=marker.stack_of_port_group(getattr(config, "description", None)),
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
