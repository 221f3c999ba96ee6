"""The stack file's sections, one model each: what may stand there, and the limits of who reads it.

Values are checked alone here; what two sections must agree on is checked in lab/settings.py. Every refusal is a
``refuse(reason, remedy)``: the text tells what would go wrong, and what to write instead.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from lab import names, releases

MAX_UNAVAILABLE = re.compile(r"^([1-9][0-9]?|100)%\Z")
DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
# What the kernel takes is wider; this is what udev and NetworkManager name network cards.
NIC_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9_-]*\Z")


def refuse(reason: str, remedy: str) -> PydanticCustomError:
    """A refusal that lab/settings.py turns into a Mistake."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "remedy": remedy})


class Section(BaseModel):
    """Keys in camelCase, nothing unknown, nothing converted in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


def _dns_label(limit: int, what: str) -> Any:
    def check(value: str) -> str:
        if not DNS_LABEL.match(value) or len(value) > limit:
            raise refuse(
                f"{what} must be lower-case letters, digits and dashes, at most {limit} characters, "
                "with a letter or digit at both ends",
                "Choose such a name",
            )
        return value

    return AfterValidator(check)


def _inventory_name(what: str) -> Any:
    def check(value: str) -> str:
        if not value.strip() or len(value) > names.INVENTORY_NAME_MAX:
            raise refuse(f"{what} has 1 to {names.INVENTORY_NAME_MAX} characters in vSphere", "Choose a shorter name")
        if "/" in value or "%" in value:
            raise refuse(
                f"{what} with / or % is escaped in vSphere's inventory, and the Machine API would not find it",
                "Choose a name without these characters",
            )
        return value

    return AfterValidator(check)


def _inventory_path(value: str) -> str:
    if not value.startswith("/"):
        raise refuse("an inventory path starts at the root", "Write it as /<datacenter>/…")
    return value.rstrip("/")


def _release(value: object) -> object:
    if isinstance(value, float | int):
        raise refuse(
            "without quotes YAML reads a release as a number, in which 4.20 is 4.2",
            f'Write it in quotes, such as "{releases.NEWEST}", or auto',
        )
    return value


def _known_release(value: str) -> str:
    if value != "auto" and value not in releases.SUPPORTED:
        raise refuse("the program does not know this release", f"Write one of {', '.join(releases.SUPPORTED)}, or auto")
    return value


def _vlan_id(value: int) -> int:
    if not names.VLAN_ID_MIN <= value <= names.VLAN_ID_MAX:
        raise refuse(
            f"a VLAN id is {names.VLAN_ID_MIN} to {names.VLAN_ID_MAX} (802.1Q keeps 0 and 4095 for itself)",
            "Write the id that the physical switch uses",
        )
    return value


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


def _not_blank(value: str) -> str:
    if not value.strip() or any(ord(char) < ord(" ") for char in value):
        raise refuse("this text is empty or has control characters", "Write a short name on one line")
    return value


def _supported(*supported: str) -> Any:
    """Values that the shape of the stack file has, and this version not yet."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in supported:
            raise refuse("is not yet supported", f"Write {' or '.join(supported)}")
        return value

    return BeforeValidator(check)


def _one_of(*known: str) -> Any:
    """A word from a short list; pydantic's own refusal of others reads like a type error."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in known:
            raise refuse("this word is not known here", f"Write {', '.join(known[:-1])} or {known[-1]}")
        return value

    return BeforeValidator(check)


InventoryPath = Annotated[str, AfterValidator(_inventory_path)]
Text = Annotated[str, AfterValidator(_not_blank)]


class Cluster(Section):
    """The OpenShift cluster: asserted against Infrastructure/cluster before anything is made."""

    infra_id: Annotated[str, _dns_label(names.MACHINE_SET_NAME_MAX, "an infrastructure id")]
    openshift: Annotated[str, BeforeValidator(_release), AfterValidator(_known_release)] = "auto"
    context: Text | None = None
    based_on: Text = "auto"


class Vcenter(Section):
    """Where in vSphere the hypervisors go; what is left out comes from the worker MachineSet."""

    server: Text | None = None
    datacenter: Annotated[str, _inventory_name("a datacenter's name")] | None = None
    cluster: Annotated[str, _inventory_name("a cluster's name")] | None = None
    datastore: Text | None = None
    folder: InventoryPath | None = None
    resource_pool: InventoryPath | None = None
    machine_network: Annotated[str, _inventory_name("a network's name")] | None = None


class Switch(Section):
    """The virtual switch that the trunk port group is added to."""

    kind: Annotated[Literal["standard"], _supported("standard")] = "standard"
    name: Text = "vSwitch0"


class Trunk(Section):
    """The port group that carries every VLAN to the hypervisors' second NIC."""

    port_group: Annotated[str, _inventory_name("a port group's name")] = "Trunk"
    switch: Switch = Switch()


class Template(Section):
    """The -cnv template; only nested virtualization is needed for /dev/kvm, the rest is the post's lab."""

    source: Text | None = None
    name: Annotated[str, _inventory_name("a template's name")] | None = None
    nested_virtualization: bool = True
    performance_counters: bool = False
    iommu: bool = False
    trunk_nic: bool = False
    # No default: from 4.21 on either answer has a price that the cluster's owner should know (lab/releases.py).
    boot_images: Annotated[Literal["leave", "optOut"] | None, _one_of("leave", "optOut")] = None
    follow_source: bool = True


class Hypervisors(Section):
    """The MachineSet of nodes that run virtual machines."""

    name: Annotated[str, _dns_label(names.MACHINE_SET_NAME_MAX, "a MachineSet's name")] | None = None
    replicas: Annotated[int, Field(ge=0)] = 1
    cpus: Annotated[int, Field(ge=1)] | None = None
    cores_per_socket: Annotated[int, Field(ge=1)] | None = None
    memory_mib: Annotated[int | None, Field(ge=1, alias="memoryMiB")] = None
    disk_gib: Annotated[int | None, Field(ge=1, alias="diskGiB")] = None
    timeout_minutes: Annotated[int, Field(ge=1)] = 45


class NodeNetwork(Section):
    """What the policy makes of the trunk on each hypervisor."""

    name: Annotated[str, _dns_label(names.LABEL_VALUE_MAX, "a policy's name")] | None = None
    nic: Annotated[str, AfterValidator(_nic)] = "ens224"
    bridging: Annotated[Literal["per-vlan"], _supported("per-vlan")] = "per-vlan"
    max_unavailable: Annotated[int | str, AfterValidator(_max_unavailable)] | None = None
    timeout_minutes: Annotated[int, Field(ge=1)] = 20
    forget_retired: bool = False
    # VLANs that may leave although virtual machines use them.
    retire_in_use: Annotated[tuple[Annotated[int, AfterValidator(_vlan_id)], ...], Field(strict=False)] = ()
    revert_on_destroy: Annotated[Literal["auto", "always", "never"], _one_of("auto", "always", "never")] = "auto"


class Namespace(Section):
    """A namespace that virtual machines live in; ``existing`` ones are checked and never made or deleted."""

    name: Annotated[str, _dns_label(names.LABEL_VALUE_MAX, "a namespace's name")]
    existing: bool = False


class Vlan(Section):
    """One VLAN of the trunk, and the namespaces whose virtual machines may use it."""

    id: Annotated[int, AfterValidator(_vlan_id)]
    name: Text
    namespaces: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Operators(Section):
    """NMState and OpenShift Virtualization: expected to be there, never touched."""

    mode: Annotated[Literal["expect"], _supported("expect")] = "expect"
