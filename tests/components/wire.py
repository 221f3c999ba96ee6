"""A dynamic provider as the engine meets it: unpickled from the program's request, its values sent over the wire."""

from __future__ import annotations

import base64
import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime import rpc

from tests.components.run import PICKLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi.dynamic import DiffResult, ResourceProvider

    from tests.components.run import Registration

# What stands on the wire for a value that a preview cannot know.
UNKNOWN = rpc.UNKNOWN


def pickled(item: Registration) -> bytes:
    """The provider as it travels with each resource, and lies in the state."""
    return base64.b64decode(rpc.unwrap_rpc_secret(item.raw_inputs[PICKLED]))


def provider(item: Registration) -> ResourceProvider:
    found: ResourceProvider = pickle.loads(pickled(item))  # noqa: S301, as Pulumi does
    return found


def wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a provider gets them: every number a float, UNKNOWN an object that equals nothing."""
    message = struct_pb2.Struct()
    message.update(dict(values))
    found: dict[str, Any] = rpc.deserialize_properties(message, keep_unknowns=True)
    return found


def diff(item: Registration, olds: Mapping[str, Any], **changes: Any) -> DiffResult:
    """What the provider says to these old outputs, and to what the program asks for now, with changes."""
    news = {**item.inputs, PICKLED: "the provider of today", **changes}
    return provider(item).diff("an id", wire({**olds, PICKLED: "the provider of then"}), wire(news))


@dataclass(kw_only=True)
class LiveCluster:
    """The API server's answers, from a list of objects."""

    objects: Sequence[dict[str, Any]] = field(default_factory=list)

    def get(self, kind: Any, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        return next((item for item in self.list(kind, namespace) if item["metadata"]["name"] == name), None)

    def list(
        self,
        kind: Any,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        wanted = (labels or {}).items()
        return [
            item
            for item in self.objects
            if item["kind"] == kind.name
            and namespace in {None, item["metadata"].get("namespace")}
            and wanted <= item["metadata"].get("labels", {}).items()
            and all(_at(item, path) == value for path, value in (fields or {}).items())
        ]


def _at(item: Any, path: str) -> Any:
    for key in path.split("."):
        item = (item or {}).get(key)
    return item
