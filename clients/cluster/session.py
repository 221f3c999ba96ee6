"""One logged-in session with the API server: get, list and patch, with errors that a person can act on."""

from __future__ import annotations

import json
import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import urllib3
import yaml
from kubernetes import client
from kubernetes.config import ConfigException

from clients.cluster import kubeconfig, retry
from clients.cluster.kinds import CUSTOM_RESOURCE_DEFINITION
from clients.errors import LabError
from lab.names import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clients.cluster.kinds import Kind
    from clients.credentials import ClusterAccess

Object = dict[str, Any]

# Seconds for one request; a server that takes longer is as good as down.
REQUEST_TIMEOUT = 30
HTTP_ERRORS, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
# Whose changes these are, in an object's managedFields.
FIELD_MANAGER = "cnv-lab"


class UnreachableError(LabError):
    """The API server does not answer at all; during a long wait this may pass."""


class UntrustedError(UnreachableError):
    """It answers with a certificate that nobody vouches for."""


class BrokenOffError(UnreachableError):
    """The connection broke in the middle of a request: it may have been served or not."""


class RefusedError(LabError):
    """The API server answered, and said no.

    ``status`` is the HTTP status, ``reason`` the server's own words, ``retry_after`` its Retry-After in seconds.
    """

    def __init__(self, message: str, status: int, reason: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def silent(_line: str) -> None:
    """Nobody is told."""


@contextmanager
def connect(
    access: ClusterAccess, report: Callable[[str], None] = silent, pause: Callable[[float], None] = time.sleep
) -> Iterator[Cluster]:
    """A session; nothing is asked of the server yet.

    Args:
        access: where and as whom.
        report: is told when a request is refused in a way that passes, once a request.
        pause: lets seconds pass before it is made again.

    Raises:
        LabError: when there is no kubeconfig, or it is not one, or has no such context.
    """
    with _api_client(access) as api:
        yield Cluster(api, report, pause)


def _api_client(access: ClusterAccess) -> client.ApiClient:
    configuration = client.Configuration()
    configuration.retries = 0  # urllib3's own would repeat reads only, and sleep as long as a Retry-After says
    try:
        api = kubeconfig.load(access, configuration)
    except (ConfigException, yaml.YAMLError, TypeError, OSError) as error:
        origin = "the secret kubernetes:kubeconfig" if access.content is not None else access.path or "~/.kube/config"
        context = f", context {access.context}" if access.context else ""
        raise LabError(
            f"the cluster's kubeconfig ({origin}{context}) cannot be used: {_first_line(error)}. "
            "Set KUBECONFIG to a file that `oc whoami` works with, and cnv-lab:cluster.context to one of its contexts."
        ) from None
    api.user_agent = USER_AGENT
    return api


class Cluster:
    """The requests that the program makes; every failure is a LabError."""

    def __init__(
        self, api: client.ApiClient, report: Callable[[str], None] = silent, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._api = api
        self._report = report
        self._pause = pause
        self.server: str = api.configuration.host

    @property
    def verifies(self) -> bool:
        """Whether the server has to show a certificate that somebody vouches for."""
        return bool(self._api.configuration.verify_ssl)

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None where there is none (or its kind is not served)."""
        try:
            return self._call("GET", kind.path(name, namespace))
        except RefusedError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def list(
        self,
        kind: Kind,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Object]:
        """All objects with these labels and fields; none where the kind is not served."""
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        query = [
            (name, ",".join(f"{key}={value}" for key, value in wanted.items()))
            for name, wanted in selectors.items()
            if wanted
        ]
        try:
            return list(self._call("GET", kind.path(namespace=namespace), query=query)["items"])
        except RefusedError as error:
            if error.status == NOT_FOUND:
                return []
            raise

    def list_if_allowed(self, kind: Kind, namespace: str | None = None) -> Sequence[Object] | None:
        """The same, for what a look is the better for and goes without; None where this user may not read them."""
        try:
            return self.list(kind, namespace)
        except RefusedError as error:
            if error.status == FORBIDDEN:
                return None
            raise

    def may(self, attributes: Mapping[str, str]) -> bool:
        """Whether this user may do this, by a SelfSubjectAccessReview's resourceAttributes."""
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        review = {**kind, "spec": {"resourceAttributes": dict(attributes)}}
        answer = self._call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=review)
        return bool((answer.get("status") or {}).get("allowed"))

    def merge(self, kind: Kind, name: str, patch: Object, namespace: str | None = None) -> Object:
        """Patches one object (JSON merge patch: None removes a key, lists are replaced whole).

        A ``metadata.resourceVersion`` in the patch guards it: an object that has changed since is a conflict
        (``retry.CONFLICT``), for the caller to read it again.
        """
        query = [("fieldManager", FIELD_MANAGER)]
        return self._call("PATCH", kind.path(name, namespace), query=query, body=patch, content=retry.MERGE_PATCH)

    def apply(self, kind: Kind, item: Object) -> Object:
        """Brings one object to this by server-side apply, or makes it; what others have in it stays."""
        metadata = item["metadata"]
        query = [("fieldManager", FIELD_MANAGER), ("force", "true")]
        path = kind.path(metadata["name"], metadata.get("namespace"))
        return self._call("PATCH", path, query=query, body=item, content=retry.APPLY_PATCH)

    def delete(self, kind: Kind, name: str, namespace: str | None = None) -> None:
        """Begins the deletion of one object, which may be gone already."""
        try:
            self._call("DELETE", kind.path(name, namespace))
        except RefusedError as error:
            if error.status != NOT_FOUND:
                raise

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Object | None = None,
        content: str = "application/json",
    ) -> Object:
        """One request's answer; it is made again where that is right (retry.py)."""
        twice = retry.may_come_twice(method, content, body)
        tries, waited = 0, 0.0
        while True:
            try:
                return self._send(method, path, query, body, content)
            except (RefusedError, BrokenOffError) as error:
                refusal = error if isinstance(error, RefusedError) else None
                status, after = (refusal.status, refusal.retry_after) if refusal else (None, None)
                pause = retry.pause(status, after, tries, waited, twice=twice)
                if pause is None:
                    raise
                if not tries:
                    trouble = f"{refusal.reason} (HTTP {status})" if refusal else "the connection broke"
                    self._report(f"asking the API server again ({method} {path}): {trouble}")
            self._pause(pause)
            tries, waited = tries + 1, waited + pause

    def _send(
        self, method: str, path: str, query: Sequence[tuple[str, str]], body: Object | None, content: str
    ) -> Object:
        headers = {"Accept": "application/json", "Content-Type": content}
        try:
            request = self._api.param_serialize(
                method, path, query_params=list(query), header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self._api.call_api(*request, _request_timeout=REQUEST_TIMEOUT)
            data = response.read()
        except (urllib3.exceptions.HTTPError, client.ApiException, OSError) as error:
            raise _unreachable(self.server, f"{method} {path}", _cause(error)) from None
        if response.status >= HTTP_ERRORS:
            after = retry.seconds(response.getheader("Retry-After"))
            raise self._refusal(response.status, data, f"{method} {path}", after)
        answer: Object = json.loads(data)
        return answer

    def _refusal(self, status: int, data: bytes, request: str, retry_after: float | None) -> RefusedError:
        try:
            reason = str(json.loads(data)["message"])
        except (ValueError, KeyError, TypeError):
            reason = data.decode(errors="replace").strip() or f"HTTP status {status}"
        told = f"the API server {self.server} refused {request}: {reason}."
        if status == UNAUTHORIZED:
            told = f"the API server {self.server} does not accept this kubeconfig's login. Log in again: oc login."
        elif status == FORBIDDEN and "cannot" in reason:
            told += " Give this user the right; docs/credentials.md lists what the program needs."
        elif status in retry.OVERLOADED and retry_after:
            told += f" It asks to come back in {retry_after:.0f} seconds; then run `pulumi up` again."
        elif status in retry.OVERLOADED | retry.BROKEN - {retry.CONFLICT}:
            told += f" That is the server's own trouble (HTTP {status}); when it has passed, `pulumi up` goes on."
        return RefusedError(told, status, reason, retry_after)


def is_served(cluster: Cluster, kind: Kind) -> bool:
    """Whether the cluster has the kind, of a CustomResourceDefinition."""
    return cluster.get(CUSTOM_RESOURCE_DEFINITION, kind.crd) is not None


def _cause(error: BaseException) -> BaseException:
    """urllib3 wraps the cause two deep, behind its retries."""
    while isinstance(inner := getattr(error, "reason", None), BaseException):
        error = inner
    return error


def _unreachable(server: str, request: str, cause: BaseException) -> UnreachableError:
    if isinstance(cause, urllib3.exceptions.ProtocolError):
        return BrokenOffError(
            f"the API server {server} went away in the middle of {request}: {_first_line(cause.args[-1])}. "
            "When it answers again, `pulumi up` goes on."
        )
    if isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)):
        return UntrustedError(
            f"the API server {server} shows a certificate that is not trusted: {_first_line(cause)}. "
            "Put its CA into the kubeconfig (certificate-authority-data)."
        )
    return UnreachableError(
        f"the API server {server} cannot be reached: {_first_line(cause)}. "
        "Check that the cluster is up and that KUBECONFIG and cnv-lab:cluster.context name the right one."
    )


def _first_line(error: object) -> str:
    if isinstance(error, ConnectionError) and error.strerror:
        return error.strerror
    text = str(error).partition("\n")[0]
    # urllib3 puts the connection object's repr before the words: <…HTTPSConnection object at 0x…>: Failed to …
    return (text.partition(">: ")[2] or text or type(error).__name__).rstrip(".").replace(". ", ", ")
