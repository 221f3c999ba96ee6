"""A program that has run: each of its registrations as it was sent, and what it exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STACK_TYPE = "pulumi:pulumi:Stack"

DYNAMIC = "pulumi-python:dynamic/cnvlab:"
TEMPLATE = f"{DYNAMIC}Template"
HYPERVISOR_ROLLOUT = f"{DYNAMIC}HypervisorRollout"
ANTI_AFFINITY = f"{DYNAMIC}AntiAffinity"
HYPERVISOR_DRAIN = f"{DYNAMIC}HypervisorDrain"
POLICY_REVERT = f"{DYNAMIC}PolicyRevert"
POLICY_ROLLOUT = f"{DYNAMIC}PolicyRollout"
GUARD = f"{DYNAMIC}NamespaceGuard"
TEARDOWN_CHECK = f"{DYNAMIC}TeardownCheck"
PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
MACHINE_SET = "kubernetes:machine.openshift.io/v1beta1:MachineSet"
POLICY = "kubernetes:nmstate.io/v1:NodeNetworkConfigurationPolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
ATTACHMENT = "kubernetes:k8s.cni.cncf.io/v1:NetworkAttachmentDefinition"
PROVIDERS = ("pulumi:providers:kubernetes", "pulumi:providers:vsphere")
# Where a dynamic resource's provider travels, pickled.
PICKLED = "__provider"


@dataclass(frozen=True, kw_only=True, eq=False)
class Registration:
    """One resource as the program asked for it; ``request`` is the message itself."""

    urn: str
    request: Any = field(repr=False)

    @property
    def type(self) -> str:
        return str(self.request.type)

    @property
    def name(self) -> str:
        return str(self.request.name)

    @property
    def is_component(self) -> bool:
        return not self.request.custom

    @property
    def is_dynamic(self) -> bool:
        return self.type.startswith(DYNAMIC)

    @property
    def is_kubernetes(self) -> bool:
        return self.type.startswith("kubernetes:")

    @property
    def waits_for(self) -> frozenset[str]:
        """URNs."""
        return frozenset(self.request.dependencies)

    @property
    def inputs(self) -> dict[str, Any]:
        """Without the pickled provider; secrets still carry their mark."""
        found = rpc.deserialize_properties(self.request.object, keep_unknowns=True)
        return {key: value for key, value in found.items() if key != PICKLED}

    @property
    def raw_inputs(self) -> dict[str, Any]:
        """All of them, the pickled provider as well."""
        found: dict[str, Any] = rpc.deserialize_properties(self.request.object, keep_unknowns=True)
        return found


@dataclass(frozen=True, kw_only=True)
class Run:
    """A program that has ended: all that it registered and exported.

    ``finished`` are the URNs of the components that told their outputs; what is exported and not known is Unknown.
    """

    registrations: tuple[Registration, ...]
    finished: frozenset[str]
    exports: Mapping[str, Any]

    def of(self, type_: str) -> list[Registration]:
        """The resources of a type, by name."""
        return sorted((item for item in self if item.type == type_), key=lambda item: item.name)

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The only one of its type (and name)."""
        found = [item for item in self.of(type_) if name in {None, item.name}]
        assert len(found) == 1, f"{len(found)} resources {type_} {name or ''}"
        return found[0]

    def urns(self, *types: str) -> frozenset[str]:
        return frozenset(item.urn for type_ in types for item in self.of(type_))

    @property
    def components(self) -> list[Registration]:
        return [item for item in self if item.is_component]

    @property
    def children(self) -> list[Registration]:
        """What components are made of: all but the components and the two providers."""
        return [item for item in self if not item.is_component and item.type not in PROVIDERS]

    def __iter__(self) -> Iterator[Registration]:
        return iter(self.registrations)
