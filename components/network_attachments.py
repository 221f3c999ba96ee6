"""The post's chapter "Attaching a Containerized Virtual Machine to a VLAN".

Not here: making namespaces that exist already. They are checked before anything is made, and never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Namespace

from components.dynamic.namespace_guard import NamespaceGuard
from components.manifests import as_resource


@dataclass(frozen=True, kw_only=True)
class NetworkAttachmentsArgs:
    """``existing`` are namespaces by name; ``after``: the rollout that puts the bridges on the nodes."""

    namespaces: Sequence[dict[str, Any]]
    existing: Sequence[str]
    attachments: Sequence[dict[str, Any]]
    after: Sequence[pulumi.Resource]


class NetworkAttachments(pulumi.ComponentResource):
    """Namespaces, the points in them where VMs plug in, and a guard for each namespace."""

    attachments: Sequence[CustomResource]
    guards: Sequence[NamespaceGuard]

    def __init__(self, name: str, args: NetworkAttachmentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:NetworkAttachments", name, None, opts)
        after = list(args.after)
        made: dict[str, Namespace] = {}
        for manifest in args.namespaces:
            namespace = manifest["metadata"]["name"]
            options = pulumi.ResourceOptions(parent=self, depends_on=after)
            made[namespace] = Namespace(namespace, metadata=manifest["metadata"], opts=options)
        self.attachments = []
        for manifest in args.attachments:
            metadata = manifest["metadata"]
            namespace = metadata["namespace"]
            own = [made[namespace]] if namespace in made else []
            options = pulumi.ResourceOptions(parent=self, depends_on=[*after, *own])
            attachment = CustomResource(f"{namespace}-{metadata['name']}", **as_resource(manifest), opts=options)
            self.attachments.append(attachment)
        self.guards = []
        # All attachments, not just its own: a destroy that one guard refuses has then taken nothing from anybody.
        for namespace, resource in made.items():
            options = pulumi.ResourceOptions(parent=self, depends_on=[resource, *self.attachments])
            self.guards.append(NamespaceGuard(f"{namespace}-guard", namespace, opts=options))
        for namespace in args.existing:
            places = (manifest["metadata"] for manifest in args.attachments)
            own_names = [place["name"] for place in places if place["namespace"] == namespace]
            options = pulumi.ResourceOptions(parent=self, depends_on=self.attachments)
            self.guards.append(NamespaceGuard(f"{namespace}-guard", namespace, own_names, options))
        self.register_outputs({})
