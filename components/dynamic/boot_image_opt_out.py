"""Our stack's exception from boot-image management, in an object that is the whole cluster's.

Why this is no ``…Patch`` resource: docs/decisions/boot-images.md.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import ResourceOptions
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
from components.dynamic.values import changed
from lab import names
from lab.boot_images import NOT_ENROLLED


class BootImageOptOutProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another label is another exception; one that no longer keeps the MachineSet out is made again.

        The old exception goes last, when the MachineSet has its new label. What else is on the MachineSet counts only
        where it enrols it.
        """
        replaces = changed(("stack",), olds, news)
        return DiffResult(changes=bool(replaces or changed(("release", "enrolment"), olds, news)), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Takes the MachineSet out."""
        return CreateResult(props["stack"], _opt_out(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Takes it out again."""
        return UpdateResult(_opt_out(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """An exception that no longer keeps the MachineSet out reads as gone."""
        from clients.cluster import boot_images

        with ACCESS.cluster() as cluster:
            if boot_images.enrolment(cluster, props["release"], props["labels"]) != NOT_ENROLLED:
                return ReadResult("", {})
        return ReadResult(id_, _outs(props))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Takes the exception back."""
        from clients.cluster import boot_images

        with ACCESS.cluster() as cluster:
            boot_images.opt_in(cluster, props["stack"])


class BootImageOptOut(Resource, module="cnvlab", name="BootImageOptOut"):
    """Holds while the MachineSet with these labels is not enrolled."""

    def __init__(
        self,
        name: str,
        *,
        release: str,
        labels: Mapping[str, str],
        enrolment: str,
        opts: ResourceOptions | None = None,
    ) -> None:
        """``enrolment`` is what preflight found: it is how a preview sees that somebody has enrolled it again."""
        inputs = {
            "stack": labels[names.STACK_LABEL],
            "release": release,
            "labels": dict(labels),
            "enrolment": enrolment,
        }
        super().__init__(BootImageOptOutProvider(), name, inputs, opts)


def _opt_out(props: dict[str, Any]) -> dict[str, Any]:
    from clients.cluster import boot_images

    with ACCESS.cluster() as cluster:
        boot_images.opt_out(cluster, props["release"], props["stack"], props["labels"])
    return _outs(props)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {**{key: props[key] for key in ("stack", "release", "labels")}, "enrolment": NOT_ENROLLED}
