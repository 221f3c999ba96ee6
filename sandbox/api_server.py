"""Requests to a Kubernetes API server, for the sandbox and its stand-in provider: any kind, found by discovery."""

from __future__ import annotations

import json
import re
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3
import yaml
from kubernetes.config import ConfigException, kube_config, new_client_from_config, new_client_from_config_dict

from sandbox.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubernetes.client import ApiClient

Object = dict[str, Any]

REQUEST_TIMEOUT_S = 30
HTTP_ERRORS, NOT_FOUND = 400, 404
APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
_LOADING = threading.Lock()
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


class ApiError(Exception):
    """The API server's no: ``reason`` is its word for the kind of it (AlreadyExists, NotFound, Forbidden …)."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        """Takes the fields of the API's Status object."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class ApiServer:
    """A logged-in client; ``warnings`` are those of the last request."""

    def __init__(self, kubeconfig: str | None, context: str | None, *, manager: str) -> None:
        """Takes a kubeconfig's content or path, or neither for the user's own, and the name to manage fields by.

        Raises:
            Refusal: when it can't be used.
        """
        try:
            self._api = _client(kubeconfig, context)
        except (ConfigException, yaml.YAMLError, TypeError, OSError) as error:
            raise Refusal(f"failed to load the kubeconfig: {error}") from None
        self._manager = manager
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}
        self.warnings: list[str] = []

    def path(self, item: Object, *, named: bool = True) -> str:
        """Where the API serves the object, or its kind.

        Raises:
            ApiError: reason NotFound when the kind isn't served.
            Refusal: its namespace is missing.
        """
        api_version, kind, metadata = item["apiVersion"], item["kind"], item["metadata"]
        plural, namespaced = self._discover(api_version, kind)
        parts = ["", "apis" if "/" in api_version else "api", api_version]
        if namespaced:
            if not metadata.get("namespace"):
                raise Refusal(f"{kind} {metadata['name']} needs metadata.namespace: the sandbox has no default for it")
            parts += ["namespaces", metadata["namespace"]]
        parts.append(plural)
        return "/".join([*parts, metadata["name"]] if named else parts)

    def _discover(self, api_version: str, kind: str) -> tuple[str, bool]:
        if (api_version, kind) not in self._kinds:
            root = "/apis" if "/" in api_version else "/api"
            for item in self.request("GET", f"{root}/{api_version}")["resources"]:
                if "/" not in item["name"]:
                    self._kinds[api_version, item["kind"]] = (item["name"], item["namespaced"])
        try:
            return self._kinds[api_version, kind]
        except KeyError:
            raise ApiError(NOT_FOUND, "NotFound", f'no matches for kind "{kind}" in version "{api_version}"') from None

    def create(self, item: Object, *, dry_run: bool) -> Object:
        """Makes it; one that is there already is an error (AlreadyExists)."""
        query = {"fieldManager": self._manager, **({"dryRun": "All"} if dry_run else {})}
        return self.request("POST", self.path(item, named=False), query=query, body=item)

    def apply(self, item: Object, *, force: bool, dry_run: bool = False, subresource: str = "") -> Object:
        """Brings it to this by server-side apply; ``force`` takes over fields that others manage."""
        query = {"fieldManager": self._manager, "force": str(force).lower(), **({"dryRun": "All"} if dry_run else {})}
        return self.request("PATCH", self.path(item) + subresource, query=query, body=item, content=APPLY_PATCH)

    def get(self, item: Object) -> Object | None:
        """The live object, or None."""
        try:
            return self.request("GET", self.path(item))
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def delete(self, item: Object) -> None:
        """Begins its deletion; what it owns goes first."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
        self.request("DELETE", self.path(item), body=body)

    def request(  # noqa: PLR0913, what a request consists of
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Any = None,
        content: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Object:
        """One request's answer.

        Raises:
            ApiError: the server said no.
            Refusal: it didn't answer.
        """
        headers = {"Accept": "application/json", "Content-Type": content, **(headers or {})}
        try:
            request = self._api.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._api.call_api(*request, _request_timeout=REQUEST_TIMEOUT_S)
            data = response.read()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Refusal(f"configured Kubernetes cluster is unreachable: {error}") from None
        self.warnings = _WARNING.findall(response.getheader("Warning") or "")
        if response.status >= HTTP_ERRORS:
            raise _error(response.status, data)
        answer: Object = json.loads(data)
        return answer


def _client(kubeconfig: str | None, context: str | None) -> ApiClient:
    """A client that has its certificates and key in memory: a plugin that is killed would leave their files."""
    files: dict[str, str] = kube_config._temp_files  # noqa: SLF001, the package has no other word for them
    with _LOADING:
        before = set(files)
        if kubeconfig and not Path(kubeconfig.partition("\n")[0]).is_file():
            api = new_client_from_config_dict(yaml.safe_load(kubeconfig), context=context)
        else:
            api = new_client_from_config(config_file=kubeconfig, context=context)
        settings, pool = api.configuration, api.rest_client.pool_manager.connection_pool_kw
        pool["ssl_context"] = ssl.create_default_context(cafile=settings.ssl_ca_cert)
        if settings.cert_file:
            pool["ssl_context"].load_cert_chain(settings.cert_file, settings.key_file)
        for name in ("cert_file", "key_file", "ca_certs", "ca_cert_data"):
            pool.pop(name, None)
        for content in set(files) - before:
            Path(files.pop(content)).unlink(missing_ok=True)
    return api


def _error(status: int, data: bytes) -> ApiError:
    try:
        told = json.loads(data)
        return ApiError(status, str(told.get("reason", "")), str(told["message"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiError(status, "", data.decode(errors="replace").strip() or f"HTTP status {status}")
