"""What OVN-Kubernetes does with a ClusterUserDefinedNetwork: an attachment in each namespace that it selects.

As its controller does (go-controller/pkg/clustermanager/userdefinednetwork): attachments carry the network's labels and
are held by a finalizer; a foreign one of the same name is left alone and told in the status; while pods use what is
to go, it stays. Localnet only.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from sandbox.node_agent import cluster, conditions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.node_agent.cluster import Cluster, Object

log = logging.getLogger(__name__)

API, KIND = "k8s.ovn.org/v1", "ClusterUserDefinedNetwork"
FINALIZER = "k8s.ovn.org/user-defined-network-protection"
LABEL = "k8s.ovn.org/user-defined-network"
NETWORKS_ANNOTATION = "k8s.v1.cni.cncf.io/networks"
CREATED = "NetworkCreated"
FOREIGN = "foreign NetworkAttachmentDefinition with the desired name already exist"
# Bytes: the default of localnet networks.
DEFAULT_MTU = 1500


def take_step(api: Cluster, network: Object, pods: Iterable[Object]) -> None:
    """Makes what is missing, takes away what is not selected any more, and tells how it stands.

    Raises:
        ApiError: something changed meanwhile; the next round sees it as it is.
    """
    name, leaving = network["metadata"]["name"], "deletionTimestamp" in network["metadata"]
    if FINALIZER not in (network["metadata"].get("finalizers") or []):
        if not leaving:
            api.replace(cluster.CLUSTER_NETWORKS, _with_finalizer(network, there=True))
        return
    selected = set() if leaving else {item["metadata"]["name"] for item in _selected(api, network)}
    there = {item["metadata"]["namespace"]: item for item in _attachments(api, name)}
    ours = {place: item for place, item in there.items() if is_controlled_by(item, network)}
    foreign = sorted((there.keys() - ours.keys()) & selected)
    for place in sorted(selected - there.keys()):
        api.make(cluster.attachments_of(place), attachment(network, place))
        log.info("network %s: attachment in namespace %s", name, place)
    used = sorted(place for place in ours.keys() - selected if _is_used(place, name, pods))
    for place in sorted(ours.keys() - selected - set(used)):
        item = ours[place]
        if FINALIZER in (item["metadata"].get("finalizers") or []):
            api.replace(cluster.attachments_of(place), _with_finalizer(item, there=False))
        api.delete(cluster.attachments_of(place), name)
        log.info("network %s: no attachment in namespace %s any more", name, place)
    if leaving and not used:
        api.replace(cluster.CLUSTER_NETWORKS, _with_finalizer(network, there=False))
        return
    _tell(api, network, _outcome(name, sorted(selected), foreign, used))


def attachment(network: Object, namespace: str) -> Object:
    """The attachment in this namespace, as the controller renders it (pkg/clustermanager/…/template/net-attach-def)."""
    metadata, spec = network["metadata"], network["spec"]["network"]["localnet"]
    name = metadata["name"]
    config: dict[str, Any] = {
        "cniVersion": "1.0.0",
        "mtu": spec.get("mtu", DEFAULT_MTU),
        "name": f"cluster_udn_{name}",
        "netAttachDefName": f"{namespace}/{name}",
        "physicalNetworkName": spec["physicalNetworkName"],
        "role": spec["role"].lower(),
        "topology": "localnet",
        "type": "ovn-k8s-cni-overlay",
    }
    if "vlan" in spec:
        config["vlanID"] = spec["vlan"]["access"]["id"]
    owner = {"apiVersion": API, "kind": KIND, "name": name, "uid": metadata["uid"], "controller": True}
    return {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {LABEL: "", **(metadata.get("labels") or {})},
            "finalizers": [FINALIZER],
            "ownerReferences": [{**owner, "blockOwnerDeletion": True}],
        },
        "spec": {"config": json.dumps(config)},
    }


def matches(selector: Object, labels: Object) -> bool:
    """Whether a label selector means these labels."""
    if not (selector.get("matchLabels") or {}).items() <= labels.items():
        return False
    for item in selector.get("matchExpressions") or []:
        value, values = labels.get(item["key"]), item.get("values") or []
        holds = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": item["key"] in labels,
            "DoesNotExist": item["key"] not in labels,
        }
        if not holds[item["operator"]]:
            return False
    return True


def is_controlled_by(item: Object, network: Object) -> bool:
    """Whether this very network's controller made it."""
    owners = item["metadata"].get("ownerReferences") or []
    return any(owner.get("controller") and owner["uid"] == network["metadata"]["uid"] for owner in owners)


def _selected(api: Cluster, network: Object) -> Iterable[Object]:
    for item in api.each(cluster.NAMESPACES):
        metadata = item["metadata"]
        if "deletionTimestamp" not in metadata and matches(
            network["spec"]["namespaceSelector"], metadata.get("labels") or {}
        ):
            yield item


def _attachments(api: Cluster, name: str) -> Iterable[Object]:
    return (item for item in api.each(cluster.ATTACHMENTS) if item["metadata"]["name"] == name)


def _is_used(namespace: str, name: str, pods: Iterable[Object]) -> bool:
    """Whether a pod there names it; this is as much of Multus' syntax as is needed to tell a name."""
    for pod in pods:
        text = (pod["metadata"].get("annotations") or {}).get(NETWORKS_ANNOTATION) or ""
        names = {word.rpartition("/")[2] for word in text.replace('"', " ").replace(",", " ").split()}
        if pod["metadata"]["namespace"] == namespace and name in names:
            return True
    return False


def _with_finalizer(item: Object, *, there: bool) -> Object:
    others = [text for text in item["metadata"].get("finalizers") or [] if text != FINALIZER]
    return {**item, "metadata": {**item["metadata"], "finalizers": [*others, *([FINALIZER] if there else [])]}}


def _outcome(name: str, selected: list[str], foreign: list[str], used: list[str]) -> Object:
    """The condition that tells how it stands."""
    if foreign or used:
        told = [
            *(f"{FOREIGN} [{place}/{name}]" for place in foreign),
            *(f"failed to verify NAD not in use [{place}/{name}]: network in use by pods" for place in used),
        ]
        return {"status": "False", "reason": "SyncError", "message": "\n".join(told)}
    places = ", ".join(selected)
    message = f"NetworkAttachmentDefinition has been created in following namespaces: [{places}]"
    return {"status": "True", "reason": "NetworkAttachmentDefinitionCreated", "message": message}


def _tell(api: Cluster, network: Object, outcome: Object) -> None:
    status = network.get("status") or {}
    old: Object = next((item for item in status.get("conditions") or [] if item["type"] == CREATED), {})
    if outcome.items() <= old.items():
        return
    condition = {"type": CREATED, **outcome, "lastTransitionTime": conditions.now()}
    api.set_status(cluster.CLUSTER_NETWORKS, network, {**status, "conditions": [condition]})
