"""The -cnv template as a Pulumi resource: a thin adapter over clients/vcenter/template_swap.py.

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

from components.dynamic.access import ACCESS
from components.dynamic.values import changed, say
from lab.marker import Marker
from lab.template import AS_MADE, REPLACED, UNFINISHED, Features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clients.vcenter.template import TemplateSpec
    from lab.template import Copy

# Another template beside the old one, which goes when the MachineSet names the new one.
REPLACED_BY = ("name", "datacenter", "folder")
# Another template of the same name: exchanged without a gap, and the same resource to Pulumi.
EXCHANGED_BY = ("source", "sourceIdentity", "datastore")
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
        """What a change of inputs, or of the live template, means.

        The condition is what preflight sees now, or the last refresh saw: mended, and then "as made" again.
        """
        replaces = changed(REPLACED_BY, olds, news)
        changes = changed((*EXCHANGED_BY, *FEATURES, *CHANGED_IN_STATE), olds, news)
        harmed = any(values.get("condition", AS_MADE) != AS_MADE for values in (olds, news))
        return DiffResult(
            changes=bool(replaces or changes or harmed or olds.get("isTemplate") is False),
            replaces=replaces,
            delete_before_replace=False,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Clones, or takes back what an interrupted run cloned."""
        from clients.vcenter import template_swap

        marker = _marker(props, str(uuid.uuid4()))
        with ACCESS.vcenter(props.get("server")) as vcenter:
            marker = template_swap.taken_back(vcenter, _spec(props).path, marker)
            found = template_swap.ensure(vcenter, _spec(props), marker)
        return CreateResult(marker.id, _outs(props, found))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live features; "gone" where another resource's object, or nothing of ours, has the name.

        Kept, in its condition, while there is something to do about it that a creation or a destroy would not know of:
        a template without a mark is in its place, or a run died between the two renames of an exchange.
        """
        from clients.vcenter import template

        with ACCESS.vcenter(props.get("server")) as vcenter:
            places = template.places(vcenter, _spec(props).path)
        there = places.there
        ours = [copy for copy in places if copy is not None and copy.marker is not None and copy.marker.id == id_]
        if there is not None and there in ours:
            return ReadResult(id_, _outs(props, there))
        if there is not None and there.marker is None:
            return ReadResult(id_, {**props, "condition": REPLACED})
        return ReadResult(id_, {**props, "condition": UNFINISHED}) if ours else ReadResult("", {})

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Exchanges the template, or changes its features in place.

        What stands in its place without a mark is taken only where preflight has seen and told it.
        """
        from clients.vcenter import template_swap

        with ACCESS.vcenter(news.get("server")) as vcenter:
            may_claim = news["condition"] == REPLACED
            found = template_swap.ensure(vcenter, _spec(news), _marker(news, id_), may_claim=may_claim)
        return UpdateResult(_outs(news, found))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the template if it is still the one with this id, and what an exchange left beside it."""
        from clients.vcenter import template_swap

        path = _spec(props).path
        with ACCESS.vcenter(props.get("server")) as vcenter:
            if template_swap.delete(vcenter, path, id_):
                say(f"{path} was replaced by somebody and is not this stack's: it stays. Delete it in vCenter.")


class Template(Resource, module="cnvlab", name="Template"):
    """A template in vCenter, never powered on."""

    path: pulumi.Output[str]
    moid: pulumi.Output[str]
    instanceUuid: pulumi.Output[str]  # noqa: N815, the engine's name for it

    def __init__(  # noqa: PLR0913, what it is and in which condition
        self,
        name: str,
        spec: TemplateSpec,
        *,
        condition: str,
        stack: str,
        server: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``condition`` is how it was found (lab/template.py).

        ``server`` is the vCenter that the worker MachineSet names, for where nothing else does.
        """
        features = spec.features
        inputs: Mapping[str, Any] = {
            "stack": stack,
            "label": name,
            "server": server,
            "name": spec.name,
            "source": spec.source,
            "sourceIdentity": spec.identity,
            "datacenter": spec.datacenter,
            "folder": spec.folder,
            "datastore": spec.datastore,
            "resourcePool": spec.resource_pool,
            "nestedVirtualization": features.nested_virtualization,
            "performanceCounters": features.performance_counters,
            "iommu": features.iommu,
            "trunkNic": features.trunk_nic,
            "condition": condition,
        }
        outputs = {"path": None, "moid": None, "instanceUuid": None, "isTemplate": None}
        super().__init__(TemplateProvider(), name, {**inputs, **outputs}, opts)


def _marker(props: Mapping[str, Any], identity: str) -> Marker:
    """The template's mark, but for what it is cloned from: that is read when it is."""
    return Marker(id=identity, stack=props["stack"], name=props["label"], source="")


def _spec(props: Mapping[str, Any]) -> TemplateSpec:
    from clients.vcenter.template import TemplateSpec

    return TemplateSpec(
        name=props["name"],
        source=props["source"],
        # Not in states of this program's first weeks.
        identity=props.get("sourceIdentity", ""),
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


def _outs(props: Mapping[str, Any], found: Copy) -> dict[str, Any]:
    return {
        **{key: props[key] for key in ("stack", "label", *REPLACED_BY, "source", "datastore", *CHANGED_IN_STATE)},
        "sourceIdentity": found.marker.identity if found.marker else "",
        "nestedVirtualization": found.features.nested_virtualization,
        "performanceCounters": found.features.performance_counters,
        "iommu": found.features.iommu,
        "trunkNic": found.features.trunk_nic,
        "path": _spec(props).path,
        "moid": found.moid,
        "instanceUuid": found.instance_uuid,
        "isTemplate": found.is_template,
        "condition": AS_MADE,
    }
