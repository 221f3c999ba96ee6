"""From a manifest of lab/manifests/ to the arguments of a Kubernetes resource."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

# The rollouts, or somebody's `oc edit`, write to the same fields, and server-side apply would call that a conflict for
# ever after: what is drift to us could not be mended.
FORCE = {"pulumi.com/patchForce": "true"}


def as_resource(manifest: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments for CustomResource."""
    metadata = dict(manifest["metadata"])
    metadata["annotations"] = {**metadata.get("annotations", {}), **FORCE}
    return {
        "api_version": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": metadata,
        "spec": manifest["spec"],
    }


def uid(resource: CustomResource) -> pulumi.Output[str]:
    """The live object's uid; a preview of its creation has none."""

    def read(metadata: Any) -> str:
        return str((metadata or {}).get("uid") or "")

    # The SDK gives a resource an attribute for each of its inputs; the generated class doesn't say so.
    return pulumi.Output.from_input(resource.metadata).apply(read)  # type: ignore[attr-defined]
