"""One logged-in session with the API server: get, list and patch, with errors that a person can act on."""

from __future__ import annotations

import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import urllib3
import yaml
from kubernetes import client
from kubernetes.config import ConfigException, new_client_from_config, new_client_from_config_dict

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clients.cluster.kinds import Kind

Object = dict[str, Any]

# Seconds for one request; a server that takes longer is as good as down.
REQUEST_TIMEOUT = 30
HTTP_ERRORS, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409
# Whose changes these are, in an object's managedFields.
FIELD_MANAGER = "cnv-lab"
MERGE_PATCH = "application/merge-patch+json"


class UnreachableError(LabError):
    """The API server does not answer at all; during a long wait this may pass."""


class RefusedError(LabError):
    """The API server answered, and said no. ``status`` is the HTTP status, ``reason`` the server's own words."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class ClusterAccess:
    """How to reach the cluster: a kubeconfig by content or by path, and a context in it (None: its current one)."""

    content: str | None = field(default=None, repr=False)
    path: str | None = None
    context: str | None = None


@contextmanager
def connect(access: ClusterAccess) -> Iterator[Cluster]:
    """A session; nothing is asked of the server yet.

    Raises:
        LabError: when there is no kubeconfig, or it is not one, or has no such context.
    """
    with _api_client(access) as api:
        yield Cluster(api)


def _api_client(access: ClusterAccess) -> client.ApiClient:
    try:
        api: client.ApiClient
        if access.content is not None:
            api = new_client_from_config_dict(yaml.safe_load(access.content), context=access.context)
        else:
            api = new_client_from_config(config_file=access.path, context=access.context)
    except (ConfigException, yaml.YAMLError, TypeError, OSError) as error:
        origin = "the secret kubernetes:kubeconfig" if access.content is not None else access.path or "~/.kube/config"
        context = f", context {access.context}" if access.context else ""
        raise LabError(
            f"the cluster's kubeconfig ({origin}{context}) cannot be used: {_first_line(error)}. "
            "Set KUBECONFIG to a file that `oc whoami` works with, and cnv-lab:cluster.context to one of its contexts."
        ) from None
    return api


class Cluster:
    """The requests that the program makes; every failure is a LabError."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api
        self.server: str = api.configuration.host

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

    def merge(self, kind: Kind, name: str, patch: Object, namespace: str | None = None) -> Object:
        """Patches one object (JSON merge patch: None removes a key, lists are replaced whole).

        A ``metadata.resourceVersion`` in the patch guards it: an object that has changed since is a ``CONFLICT``.
        """
        query = [("fieldManager", FIELD_MANAGER)]
        return self._call("PATCH", kind.path(name, namespace), query=query, body=patch, content=MERGE_PATCH)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Object | None = None,
        content: str = "application/json",
    ) -> Object:
        headers = {"Accept": "application/json", "Content-Type": content}
        try:
            request = self._api.param_serialize(
                method, path, query_params=list(query), header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self._api.call_api(*request, _request_timeout=REQUEST_TIMEOUT)
            data = response.read()
        except (urllib3.exceptions.HTTPError, client.ApiException, OSError) as error:
            raise UnreachableError(_unreachable(self.server, error)) from None
        if response.status >= HTTP_ERRORS:
            raise self._refusal(response.status, data, f"{method} {path}")
        answer: Object = json.loads(data)
        return answer

    def _refusal(self, status: int, data: bytes, request: str) -> RefusedError:
        try:
            reason = str(json.loads(data)["message"])
        except (ValueError, KeyError, TypeError):
            reason = data.decode(errors="replace").strip() or f"HTTP status {status}"
        told = f"the API server {self.server} refused {request}: {reason}."
        if status == UNAUTHORIZED:
            told = f"the API server {self.server} does not accept this kubeconfig's login. Log in again: oc login."
        elif status == FORBIDDEN and "cannot" in reason:
            told += " Give this user the right; docs/stack-file.md lists what the program needs."
        return RefusedError(told, status, reason)


def _unreachable(server: str, error: Exception) -> str:
    """urllib3 wraps the cause two deep, behind its retries."""
    cause: BaseException = error
    while (inner := getattr(cause, "reason", None)) is not None and isinstance(inner, BaseException):
        cause = inner
    if isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)):
        return (
            f"the API server {server} shows a certificate that is not trusted: {_first_line(cause)}. "
            "Put its CA into the kubeconfig (certificate-authority-data)."
        )
    return (
        f"the API server {server} cannot be reached: {_first_line(cause)}. "
        "Check that the cluster is up and that KUBECONFIG and cnv-lab:cluster.context name the right one."
    )


def _first_line(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    # urllib3 puts the connection object's repr before the words: <…HTTPSConnection object at 0x…>: Failed to …
    return text.partition(">: ")[2] or text or type(error).__name__
