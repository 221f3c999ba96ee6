"""What Multus makes of a pod's annotation: which attachments, plugged how, and what it tells of them.

After k8snetworkplumbingwg/multus-cni, pkg/k8sclient/k8sclient.go and pkg/multus/multus.go, and the utilities of the
network-attachment-definition-client. Not here: the cluster's own network, which would be a pod's eth0; requests for IP
addresses, gateways and bandwidth.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Object = dict[str, Any]

NETWORKS, STATUS = "k8s.v1.cni.cncf.io/networks", "k8s.v1.cni.cncf.io/network-status"
# Either sign says that the annotation is JSON.
JSON_SIGNS = frozenset('[{"')
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
ADDRESS = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")
NAME_MAX = 15
DELEGATE = "TryLoadPodDelegates: error in getting k8s network for pod: GetNetworkDelegates: failed getting the delegate"
UNTYPED = "LoadDelegateNetConf: failed with: LoadDelegateNetConfList: a plugin delegate must have the 'type' field"


class NotPluggedError(Exception):
    """Why a pod has not all of its networks, in Multus' words."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """One attachment that a pod wants; without a name of its own the interface is called by its place in the list."""

    namespace: str
    name: str
    interface: str
    mac: str = ""


def wanted(pod: Mapping[str, Any]) -> list[Network]:
    """The attachments that a pod's annotation names.

    Raises:
        NotPluggedError: it can't be read.
    """
    metadata = pod["metadata"]
    text = (metadata.get("annotations") or {}).get(NETWORKS, "")
    if not text:
        return []
    try:
        items = _objects(text) if JSON_SIGNS & set(text) else [_object(item.strip()) for item in text.split(",")]
        return [_network(item, metadata["namespace"], place) for place, item in enumerate(items, start=1)]
    except ValueError as error:
        raise not_loaded(pod, f"parsePodNetworkAnnotation: {error}") from None


def _objects(text: str) -> list[Object]:
    try:
        items = json.loads(text)
    except ValueError as error:
        raise ValueError(f"failed to parse pod Network Attachment Selection Annotation JSON format: {error}") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("failed to parse pod Network Attachment Selection Annotation JSON format: not a list")
    return items


def _object(text: str) -> Object:
    """``namespace/name@interface``, of which the name alone is needed."""
    space, _, rest = text.rpartition("/")
    if "/" in space:
        raise ValueError("parsePodNetworkObjectName: Invalid network object (failed at '/')")
    name, *interfaces = (part.strip() for part in rest.split("@"))
    if len(interfaces) > 1:
        raise ValueError("parsePodNetworkObjectName: Invalid network object (failed at '@')")
    for part in (space.strip(), name):
        if part and not LABEL.fullmatch(part):
            raise ValueError(
                "parsePodNetworkObjectName: Failed to parse: one or more items did not match comma-delimited format "
                "(must consist of lower case alphanumeric characters). Must start and end with an alphanumeric "
                f"character), mismatch @ '{part}'"
            )
    return {"namespace": space.strip(), "name": name, "interface": "".join(interfaces)}


def _network(item: Object, namespace: str, place: int) -> Network:
    interface, mac = str(item.get("interface") or ""), str(item.get("mac") or "")
    if len(interface) > NAME_MAX or re.search(r"[\s/]", interface):
        raise ValueError(
            "parsePodNetworkObjectName: Failed to parse interface name: must be less than 15 chars and not contain "
            f"'/' or spaces. interface name '{interface}'"
        )
    if mac and not ADDRESS.fullmatch(mac):
        raise ValueError(f"failed to mac: address {mac}: invalid MAC address")
    return Network(
        namespace=str(item.get("namespace") or namespace),
        name=str(item.get("name") or ""),
        interface=interface or f"net{place}",
        mac=mac,
    )


def plugins(pod: Mapping[str, Any], network: Network, attachment: Mapping[str, Any] | None) -> list[Object]:
    """The configuration of each plugin of an attachment, in the order in which they add.

    Raises:
        NotPluggedError: there is no such attachment; what it has can't be read.
    """
    if attachment is None:
        raise not_loaded(
            pod,
            f"{DELEGATE}: getKubernetesDelegate: cannot find a network-attachment-definition ({network.name}) in "
            f"namespace ({network.namespace}): network-attachment-definitions.k8s.cni.cncf.io "
            f'"{network.name}" not found',
        )
    try:
        config = json.loads((attachment.get("spec") or {}).get("config") or "")
        shared = {"name": network.name, **{key: config[key] for key in ("cniVersion", "name") if config.get(key)}}
        found = [{**plugin, **shared} for plugin in config.get("plugins") or [config]]
    except (ValueError, AttributeError, TypeError) as error:
        told = f"LoadDelegateNetConf: error unmarshalling delegate config: {error}"
        raise not_loaded(pod, f"{DELEGATE}: {told}") from None
    if not all(item.get("type") for item in found):
        raise not_loaded(pod, f"{DELEGATE}: {UNTYPED}")
    return [_with_mac(item, network.mac) for item in found]


def _with_mac(config: Object, mac: str) -> Object:
    """To a plugin that says that it takes one, the address is handed in its configuration as well (libcni)."""
    if mac and (config.get("capabilities") or {}).get("mac"):
        return {**config, "runtimeConfig": {**(config.get("runtimeConfig") or {}), "mac": mac}}
    return config


def arguments(pod: Mapping[str, Any], sandbox: str, network: Network) -> str:
    """CNI_ARGS: in them is the MAC address for a plugin that has no word for it in its configuration."""
    metadata = pod["metadata"]
    told = {
        "IgnoreUnknown": "true",
        "K8S_POD_NAMESPACE": metadata["namespace"],
        "K8S_POD_NAME": metadata["name"],
        "K8S_POD_INFRA_CONTAINER_ID": sandbox,
        "K8S_POD_UID": metadata["uid"],
        **({"MAC": network.mac} if network.mac else {}),
    }
    return ";".join(f"{key}={value}" for key, value in told.items())


def status(plugged: Iterable[tuple[Network, Mapping[str, Any]]]) -> str:
    """The annotation that tells of a pod's networks, by what the last plugin of each answered."""
    return f"[{','.join(json.dumps(_status(*item), indent=4) for item in plugged)}]"


def _status(network: Network, result: Mapping[str, Any]) -> Object:
    found: Object = {"name": f"{network.namespace}/{network.name}"}
    # Of a plugin's interfaces those in the pod have a sandbox; the last one counts.
    ours = [item for item in result.get("interfaces") or [] if item.get("sandbox")]
    addresses = [item["address"].partition("/")[0] for item in result.get("ips") or []]
    if ours:
        found["interface"] = ours[-1]["name"]
    if addresses:
        found["ips"] = addresses
    if ours and ours[-1].get("mac"):
        found["mac"] = ours[-1]["mac"]
    return {**found, "dns": {key: value for key, value in (result.get("dns") or {}).items() if value}}


def not_loaded(pod: Mapping[str, Any], told: str) -> NotPluggedError:
    """The attachments could not be found out."""
    return NotPluggedError(f"Multus: [{_of(pod)}]: error loading k8s delegates k8s args: {told}")


def not_added(pod: Mapping[str, Any], config: Mapping[str, Any], told: str) -> NotPluggedError:
    """A plugin refused, in its own words."""
    kind, name = config["type"], config["name"]
    return NotPluggedError(
        f'[{_of(pod)}:{name}]: error adding container to network "{name}": '
        f'plugin type="{kind}" name="{name}" failed (add): {told}'
    )


def _of(pod: Mapping[str, Any]) -> str:
    metadata = pod["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}/{metadata['uid']}"
