"""The objects that the agent reads and writes, by the API server's paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.api_server import ApiError

if TYPE_CHECKING:
    from sandbox.api_server import ApiServer

Object = dict[str, Any]

MACHINES = "/apis/machine.openshift.io/v1beta1/namespaces/openshift-machine-api/machines"
NODES = "/api/v1/nodes"
PODS = "/api/v1/pods"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
POLICIES = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
# What the handlers write never left v1beta1.
HANDLER_API = "nmstate.io/v1beta1"
ENACTMENTS = f"/apis/{HANDLER_API}/nodenetworkconfigurationenactments"
STATES = f"/apis/{HANDLER_API}/nodenetworkstates"

OLM_API = "/apis/operators.coreos.com/v1alpha1"
SUBSCRIPTIONS, PLANS, VERSIONS = (
    f"{OLM_API}/{kind}" for kind in ("subscriptions", "installplans", "clusterserviceversions")
)
GROUPS = "/apis/operators.coreos.com/v1/operatorgroups"
NMSTATES = "/apis/nmstate.io/v1/nmstates"
HYPERCONVERGEDS = "/apis/hco.kubevirt.io/v1beta1/hyperconvergeds"
NAMESPACES = "/api/v1/namespaces"
CLUSTER_NETWORKS = "/apis/k8s.ovn.org/v1/clusteruserdefinednetworks"
ATTACHMENTS = "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions"

FORBIDDEN, NOT_FOUND, CONFLICT = 403, 404, 409
MERGE_PATCH = "application/merge-patch+json"


def pods_of(namespace: str) -> str:
    """A namespace's pods."""
    return namespaced(PODS, namespace)


def events_of(namespace: str) -> str:
    """A namespace's events."""
    return f"/api/v1/namespaces/{namespace}/events"


def namespaced(path: str, namespace: str) -> str:
    """Where a namespace's objects of a kind are."""
    root, _, plural = path.rpartition("/")
    return f"{root}/namespaces/{namespace}/{plural}"


def attachments_of(namespace: str) -> str:
    """A namespace's network attachments."""
    return f"/apis/k8s.cni.cncf.io/v1/namespaces/{namespace}/network-attachment-definitions"


class Cluster:
    """Lists, makes, changes the status of, and deletes objects; all of them may raise ApiError and Refusal."""

    def __init__(self, api: ApiServer) -> None:
        """Takes the API server."""
        self._api = api

    def all(self, path: str) -> dict[str, Object]:
        """All objects of a kind, by name."""
        return {item["metadata"]["name"]: item for item in self.each(path)}

    def each(self, path: str) -> list[Object]:
        """All objects of a kind, of any namespace; none where its operator has not brought the kind."""
        try:
            return list(self._api.request("GET", path)["items"])
        except ApiError as error:
            if error.status == NOT_FOUND:
                return []
            raise

    def get(self, path: str, name: str) -> Object | None:
        """One object, or None."""
        try:
            return self._api.request("GET", f"{path}/{name}")
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def make(self, path: str, item: Object, as_user: tuple[str, str | None] | None = None) -> Object:
        """Makes an object; as another user, by name and group, where the API server is to note who it was."""
        if as_user is None:
            return self._api.request("POST", path, body=item)
        user, group = as_user
        headers = {"Impersonate-User": user, **({"Impersonate-Group": group} if group else {})}
        return self._api.request("POST", path, body=item, headers=headers)

    def set_status(self, path: str, item: Object, status: Object) -> Object:
        """Writes an object's status anew, unless somebody changed the object since it was read (ApiError 409)."""
        return self._api.request("PUT", f"{path}/{item['metadata']['name']}/status", body={**item, "status": status})

    def merge(self, path: str, name: str, patch: Object) -> None:
        """Changes an object by a merge patch."""
        self._api.request("PATCH", f"{path}/{name}", body=patch, content=MERGE_PATCH)

    def define(self, kind: Object) -> None:
        """Brings a CustomResourceDefinition, which may be there already."""
        self._api.apply(kind, force=True)

    def replace(self, path: str, item: Object) -> Object:
        """Writes a whole object but its status, unless somebody changed it since it was read (ApiError 409)."""
        return self._api.request("PUT", f"{path}/{item['metadata']['name']}", body=item)

    def approve(self, path: str, request: Object) -> None:
        """Answers a certificate request by the conditions in its status."""
        self._api.request("PUT", f"{path}/{request['metadata']['name']}/approval", body=request)

    def delete(self, path: str, name: str, *, at_once: bool = False) -> None:
        """Deletes what may be gone already; ``at_once``: as a kubelet whose containers have ended."""
        try:
            self._api.request("DELETE", f"{path}/{name}", body={"gracePeriodSeconds": 0} if at_once else None)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise


def owned_by(node: Object) -> Object:
    """The metadata that makes the garbage collector take an object away with its node."""
    metadata = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": metadata["name"], "uid": metadata["uid"]}
    return {"ownerReferences": [owner]}
