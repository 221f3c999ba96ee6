"""From a manifest of lab/manifests/ to the arguments of a Kubernetes resource."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

# The rollouts write to the same fields (replicas at a destroy, the policy's desired state), and server-side apply would
# call that a conflict for ever after.
FORCE = {"pulumi.com/patchForce": "true"}


def as_resource(manifest: dict[str, Any], *, force: bool = False) -> dict[str, Any]:
    """Keyword arguments for CustomResource; ``force`` for objects that a rollout writes to as well."""
    metadata = dict(manifest["metadata"])
    if force:
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
