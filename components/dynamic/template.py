"""The -cnv template as a Pulumi resource: a thin adapter over clients/vcenter/template.py.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from clients.vcenter import template
from clients.vcenter.template import Features, TemplateSpec
from components.dynamic.access import ACCESS
from components.dynamic.values import changed
from lab.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clients.vcenter.template import Template as Found

# Another template: the old one is deleted first, for both may have one name.
REPLACED_BY = ("name", "source", "datacenter", "folder", "datastore")
# The same template, changed in place.
FEATURES = ("nestedVirtualization", "performanceCounters", "iommu", "trunkNic")
# A template has no pool; it is where one becomes a VM for the moment of a change. The server is asked where the
# configuration names none: a destroy runs without the program that took it from the worker MachineSet.
CHANGED_IN_STATE = ("resourcePool", "server")


class TemplateProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """What a change of inputs, or of the live template, means."""
        replaces = changed(REPLACED_BY, olds, news)
        changes = changed((*FEATURES, *CHANGED_IN_STATE), olds, news)
        return DiffResult(
            changes=bool(replaces or changes or olds.get("isTemplate") is False),
            replaces=replaces,
            delete_before_replace=True,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Clones, or takes back what an interrupted run cloned."""
        marker = Marker(id=str(uuid.uuid4()), stack=props["stack"], name=props["label"], source="")
        with ACCESS.vcenter(props.get("server")) as vcenter:
            found = template.ensure(vcenter, _spec(props), marker)
        return CreateResult(found.marker.id, _outs(props, found))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live features; "gone" where another object, or none, has the name."""
        with ACCESS.vcenter(props.get("server")) as vcenter:
            found = template.read(vcenter, _spec(props).path, id_)
        if found is None:
            return ReadResult("", {})
        return ReadResult(id_, _outs(props, found))

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Changes the features in place."""
        with ACCESS.vcenter(news.get("server")) as vcenter:
            found = template.reconfigure(vcenter, _spec(news), id_)
        return UpdateResult(_outs(news, found))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the template if it is still the one with this id."""
        with ACCESS.vcenter(props.get("server")) as vcenter:
            template.delete(vcenter, _spec(props).path, id_)


class Template(Resource, module="cnvlab", name="Template"):
    """A template in vCenter, never powered on."""

    path: pulumi.Output[str]
    moid: pulumi.Output[str]
    instanceUuid: pulumi.Output[str]  # noqa: N815, the engine's name for it

    def __init__(
        self, name: str, spec: TemplateSpec, *, stack: str, server: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """``server`` is the vCenter that the worker MachineSet names, for where nothing else does."""
        features = spec.features
        inputs: Mapping[str, Any] = {
            "stack": stack,
            "label": name,
            "server": server,
            "name": spec.name,
            "source": spec.source,
            "datacenter": spec.datacenter,
            "folder": spec.folder,
            "datastore": spec.datastore,
            "resourcePool": spec.resource_pool,
            "nestedVirtualization": features.nested_virtualization,
            "performanceCounters": features.performance_counters,
            "iommu": features.iommu,
            "trunkNic": features.trunk_nic,
        }
        outputs = {"path": None, "moid": None, "instanceUuid": None, "isTemplate": None}
        super().__init__(TemplateProvider(), name, {**inputs, **outputs}, opts)


def _spec(props: Mapping[str, Any]) -> TemplateSpec:
    return TemplateSpec(
        name=props["name"],
        source=props["source"],
        datacenter=props["datacenter"],
        folder=props["folder"],
        datastore=props["datastore"],
        resource_pool=props["resourcePool"],
        features=Features(
            nested_virtualization=props["nestedVirtualization"],
            performance_counters=props["performanceCounters"],
            iommu=props["iommu"],
            trunk_nic=props["trunkNic"],
        ),
    )


def _outs(props: Mapping[str, Any], found: Found) -> dict[str, Any]:
    spec = _spec(props)
    return {
        **{key: props[key] for key in ("stack", "label", *REPLACED_BY, *CHANGED_IN_STATE)},
        "nestedVirtualization": found.features.nested_virtualization,
        "performanceCounters": found.features.performance_counters,
        "iommu": found.features.iommu,
        "trunkNic": found.features.trunk_nic,
        "path": spec.path,
        "moid": found.moid,
        "instanceUuid": found.instance_uuid,
        "isTemplate": found.is_template,
    }
