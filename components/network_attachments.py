"""The post's chapter "Attaching a Containerized Virtual Machine to a VLAN".

Not here: making namespaces that exist already. They are checked before anything is made, and never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components.dynamic.namespace_guard import NamespaceGuard
from components.manifests import as_resource
from components.namespace import Namespace


@dataclass(frozen=True, kw_only=True)
class NetworkAttachmentsArgs:
    """``after``: the rollout that puts the bridges on the nodes.

    ``existing`` are namespaces by name, with the attachments that come to stand there. ``attachments`` are
    NetworkAttachmentDefinitions, or the ClusterUserDefinedNetworks from which OVN-Kubernetes makes them.
    """

    namespaces: Sequence[dict[str, Any]]
    existing: Mapping[str, Sequence[str]]
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
            made[namespace] = Namespace(namespace, manifest["metadata"], options)
        self.attachments = []
        for manifest in args.attachments:
            metadata = manifest["metadata"]
            namespace = metadata.get("namespace")
            if namespace is None:
                needed = [*after, *made.values()]
            else:
                # Our own namespace has waited for all that, and each dependency is written down for each attachment.
                needed = [made[namespace]] if namespace in made else after
            # A network for many namespaces cannot be changed, and no second one can have its name meanwhile.
            options = pulumi.ResourceOptions(
                parent=self,
                depends_on=needed,
                replace_on_changes=["spec.network"] if namespace is None else None,
                delete_before_replace=True if namespace is None else None,
            )
            name = metadata["name"] if namespace is None else f"{namespace}-{metadata['name']}"
            self.attachments.append(CustomResource(name, **as_resource(manifest), opts=options))
        self.guards = []
        # All attachments, not just its own: a destroy that one guard refuses has then taken nothing from anybody.
        for namespace, resource in made.items():
            options = pulumi.ResourceOptions(parent=self, depends_on=[resource, *self.attachments])
            self.guards.append(NamespaceGuard(f"{namespace}-guard", namespace, opts=options))
        for namespace, own_names in args.existing.items():
            options = pulumi.ResourceOptions(parent=self, depends_on=self.attachments)
            self.guards.append(NamespaceGuard(f"{namespace}-guard", namespace, own_names, options))
        self.register_outputs({})
