"""What the trunk becomes on the nodes, and who may use it: policy, VLANs, namespaces."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from lab import names
from lab.manifests.bridging import DESIGNS
from lab.sections.base import Section, Text, VlanId, dns_label, one_of, refuse

MAX_UNAVAILABLE = re.compile(r"^([1-9][0-9]?|100)%\Z")
# What the kernel takes is wider; this is what udev and NetworkManager name network cards.
NIC_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9_-]*\Z")


def _nic(value: str) -> str:
    if value == "auto":
        raise refuse("finding the NIC by itself is not yet supported", "Write its name in the node, such as ens224")
    if not NIC_NAME.match(value):
        raise refuse("this is no name of a network card in Linux", "Write its name in the node, such as ens224")
    return value


def _max_unavailable(value: int | str) -> int | str:
    if (isinstance(value, int) and value >= 1) or (isinstance(value, str) and MAX_UNAVAILABLE.match(value)):
        return value
    raise refuse("nmstate takes a count of nodes from 1 or a percentage", 'Write a number such as 2, or "50%"')


def _mtu(value: int) -> int:
    if not names.MTU_MIN <= value <= names.MTU_MAX:
        raise refuse(
            f"an MTU is {names.MTU_MIN} to {names.MTU_MAX} bytes: IPv4 needs no less, and switches pass on no more",
            "Write what the physical switch and the vSphere switch pass on, such as 9000",
        )
    return value


class NodeNetwork(Section):
    """What the policy makes of the trunk on each hypervisor."""

    name: Annotated[str, dns_label(names.LABEL_VALUE_MAX, "a policy's name")] | None = None
    nic: Annotated[str, AfterValidator(_nic)] = "ens224"
    bridging: Annotated[str, one_of(*DESIGNS), WithJsonSchema({"type": "string", "enum": [*DESIGNS]})] | None = None
    mtu: Annotated[int, AfterValidator(_mtu)] | None = None
    macspoofchk: bool = False
    shared_attachments: bool = False
    attachments: Annotated[Literal["nad", "cudn"], one_of("nad", "cudn")] = "nad"
    max_unavailable: Annotated[int | str, AfterValidator(_max_unavailable)] | None = None
    timeout_minutes: Annotated[int, Field(ge=1)] = 20
    forget_retired: bool = False
    # VLANs that may leave although virtual machines use them.
    retire_in_use: Annotated[tuple[VlanId, ...], Field(strict=False)] = ()
    revert_on_destroy: Annotated[Literal["auto", "always", "never"], one_of("auto", "always", "never")] = "auto"


class Namespace(Section):
    """A namespace that virtual machines live in; ``existing`` ones are checked and never made or deleted."""

    name: Annotated[str, dns_label(names.LABEL_VALUE_MAX, "a namespace's name")]
    existing: bool = False


class Vlan(Section):
    """One VLAN of the trunk, and the namespaces whose virtual machines may use it."""

    kind: Annotated[Literal["access"], one_of("access", "trunk")] = "access"
    id: VlanId
    name: Text
    namespaces: Annotated[tuple[str, ...], Field(strict=False)] = ()


class GuestTrunk(Section):
    """An entry of ``vlans`` with ``kind: trunk``: VLANs of the list that virtual machines get with their tags.

    ``ids`` are some of the list's; without them it is all.
    """

    kind: Literal["trunk"]
    name: Annotated[str, dns_label(names.LABEL_VALUE_MAX - len(names.guest_trunk("")), "a guest trunk's name")]
    ids: Annotated[tuple[VlanId, ...], Field(strict=False)] = ()
    namespaces: Annotated[tuple[str, ...], Field(strict=False)] = ()
