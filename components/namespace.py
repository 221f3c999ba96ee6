"""A Namespace, as pulumi_kubernetes.core.v1 has it.

That module brings every kind of Kubernetes' core with it: half a second of each `up` and each preview for this one.
"""

from __future__ import annotations

from typing import Any

import pulumi


class Namespace(pulumi.CustomResource):
    """The same type, and the same inputs: a stack that was made with the other one sees no change."""

    def __init__(self, name: str, metadata: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        super().__init__("kubernetes:core/v1:Namespace", name, inputs, opts)
