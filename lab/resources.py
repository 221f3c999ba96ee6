"""A resource of Pulumi's state or plan, and what it stands for in vCenter and the cluster: its key and its id there."""

from __future__ import annotations

from typing import Any

Deployment = dict[str, Any]
Resource = dict[str, Any]
# A host's managed object id, and a port group's name.
PortGroupKey = tuple[str, str]
# A distributed switch's uuid, and a port group's name.
DistributedKey = tuple[str, str]
# apiVersion, kind, namespace or "", name.
ObjectKey = tuple[str, str, str, str]

PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
DISTRIBUTED_PORT_GROUP = "vsphere:index/distributedPortGroup:DistributedPortGroup"
PORT_GROUP_SETTINGS = "pulumi-python:dynamic/cnvlab:PortGroupSettings"
TEMPLATE = "pulumi-python:dynamic/cnvlab:Template"
KUBERNETES = "kubernetes:"
PROVIDERS = "pulumi:providers:"


def stack(urn: str) -> str:
    """What objects of this URN's stack carry as their label."""
    _, name, project, *_ = urn.replace("urn:pulumi:", "::").split("::")
    return f"{project}.{name}"


def port_group(resource: Resource) -> PortGroupKey:
    """Of a standard switch's."""
    inputs = resource["inputs"]
    return inputs["hostSystemId"], inputs["name"]


def port_group_id(key: PortGroupKey) -> str:
    """Its id to Pulumi (terraform-provider-vsphere, vsphere/host_network_policy_structure.go, saveHostPortGroupID)."""
    return f"tf-HostPortGroup:{key[0]}:{key[1]}"


def distributed(resource: Resource) -> DistributedKey:
    """Of a distributed switch's port group, whose id is the managed object's."""
    inputs = resource["inputs"]
    return inputs["distributedVirtualSwitchUuid"], inputs["name"]


def is_object(resource: Resource) -> bool:
    """Whether it is an object of its own; a patch of another one's is simply applied again."""
    return resource["type"].startswith(KUBERNETES) and not resource["type"].endswith("Patch")


def object_key(resource: Resource) -> ObjectKey:
    """Of a Kubernetes object."""
    inputs = resource["inputs"]
    metadata = inputs["metadata"]
    return inputs["apiVersion"], inputs["kind"], metadata.get("namespace") or "", metadata["name"]


def object_id(key: ObjectKey) -> str:
    """Its id to Pulumi."""
    _, _, namespace, name = key
    return f"{namespace}/{name}" if namespace else name


def template_path(resource: Resource) -> str:
    """The inventory path of the -cnv template."""
    return f"{resource['inputs']['folder']}/{resource['inputs']['name']}"


def source_path(resource: Resource) -> str:
    """The inventory path of what it is cloned from."""
    source: str = resource["inputs"]["source"]
    return source if source.startswith("/") else f"{resource['inputs']['folder']}/{source}"
