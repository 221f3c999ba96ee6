"""The CNI plugins' configurations, typed: the plugins themselves pass over a key that they do not know."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from lab import names

VlanId = Annotated[int, Field(ge=names.VLAN_ID_MIN, le=names.VLAN_ID_MAX)]
InterfaceName = Annotated[str, Field(min_length=1, max_length=names.INTERFACE_NAME_MAX)]
Mtu = Annotated[int, Field(ge=names.MTU_MIN, le=names.MTU_MAX)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


class BridgeType(StrEnum):
    """The bridge plugin's name, and the older one of the same plugin as OpenShift Virtualization ships it."""

    BRIDGE = "bridge"
    CNV_BRIDGE = "cnv-bridge"


class TrunkRange(_Strict):
    """One tag, or a range of tags with both its ends."""

    id: VlanId | None = None
    min_id: Annotated[VlanId | None, Field(alias="minID")] = None
    max_id: Annotated[VlanId | None, Field(alias="maxID")] = None

    @model_validator(mode="after")
    def _one_or_range(self) -> Self:
        is_range = self.min_id is not None and self.max_id is not None and self.min_id <= self.max_id
        if (self.id is None) != is_range or (self.id is not None and (self.min_id or self.max_id)):
            raise ValueError("either id, or minID and maxID in this order")
        return self


class BridgeConfig(_Strict):
    """Of containernetworking/plugins, plugins/main/bridge: ``vlan`` for one VLAN, ``vlanTrunk`` for a guest that tags.

    ``preserveDefaultVlan`` is written because its default changed (48a4ae5a there, 2025-06).
    """

    cni_version: Literal["0.3.1"] = "0.3.1"
    name: str
    type: BridgeType
    bridge: InterfaceName
    vlan: VlanId | None = None
    vlan_trunk: tuple[TrunkRange, ...] | None = None
    mtu: Mtu | None = None
    ipam: dict[str, str] = Field(default={}, max_length=0)
    macspoofchk: bool
    preserve_default_vlan: Literal[False] = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.vlan is not None and self.vlan_trunk is not None:
            raise ValueError("vlan and vlanTrunk are two ways to plug in: one of them")
        return self


class LocalnetConfig(_Strict):
    """Of OVN-Kubernetes, go-controller/pkg/cni/types: a network on a node's own wire.

    ``netAttachDefName`` must be the attachment's own namespace and name.
    """

    cni_version: Literal["0.3.1"] = "0.3.1"
    name: str
    type: Literal["ovn-k8s-cni-overlay"] = "ovn-k8s-cni-overlay"
    topology: Literal["localnet"] = "localnet"
    physical_network_name: str
    net_attach_def_name: Annotated[str, Field(pattern=r"^[^/]+/[^/]+$")]
    vlan_id: Annotated[VlanId, Field(alias="vlanID")]
    mtu: Mtu


Config = BridgeConfig | LocalnetConfig


def write(config: Config) -> str:
    """As an attachment holds it."""
    return json.dumps(config.model_dump(mode="json", by_alias=True, exclude_none=True), indent=2)
