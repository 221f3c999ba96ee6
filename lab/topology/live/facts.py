"""What a look at vCenter and the cluster found of a lab; Kubernetes objects as the API gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.ranges import Range
    from lab.template import Copy
    from lab.trunk import Security

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StandardPortGroup:
    """The trunk's port group on one host."""

    switch: str
    vlan: int
    promiscuous: bool
    forged_transmits: bool


@dataclass(frozen=True, kw_only=True)
class DistributedPortGroup:
    """The trunk's port group on the distributed switch; ``ranges`` is None where it is no trunk."""

    ranges: tuple[Range, ...] | None
    security: Security


@dataclass(frozen=True, kw_only=True)
class InVCenter:
    """What vCenter has.

    ``hosts`` are those of the vSphere cluster by name, each with its standard port group of the trunk's name, if any;
    ``off_switch`` those of them that are not on the distributed switch.
    """

    hosts: Mapping[str, StandardPortGroup | None]
    off_switch: Sequence[str] = ()
    distributed: DistributedPortGroup | None = None
    template: Copy | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is of a lab.

    ``vcenter`` is None where it was not asked: for hypervisors that exist. ``nodes`` are the lab's hypervisors,
    ``network_states`` their NodeNetworkStates, by name; ``enactments`` those of the lab's policy; ``policies`` all that
    the cluster has.
    """

    vcenter: InVCenter | None = None
    machine_set: Object | None = None
    nodes: Mapping[str, Object] = field(default_factory=dict)
    network_states: Mapping[str, Object] = field(default_factory=dict)
    policies: Mapping[str, Object] = field(default_factory=dict)
    enactments: Sequence[Object] = ()
    namespaces: frozenset[str] = frozenset()
    # By namespace and name.
    attachments: Mapping[tuple[str, str], Object] = field(default_factory=dict)
    # ClusterUserDefinedNetworks, by name.
    cluster_networks: Mapping[str, Object] = field(default_factory=dict)
