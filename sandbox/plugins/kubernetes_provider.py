"""Stand-in for ``pulumi-resource-kubernetes``: objects of any kind by their apiVersion and kind, on a real API server.

As the official provider does: create refuses what exists, update is a server-side apply (forced by the annotation
``pulumi.com/patchForce``), a preview is the server's own dry run unless something is unknown, delete is a foreground
one that waits for the end, name and namespace can't change in place.

Not here: names that Pulumi makes up and default namespaces (both are refused), waiting for an object to be ready
(``pulumi.com/waitFor``), secrets in objects, patches, lists, Helm, Kustomize, YAML, import, functions, a preview
without a cluster.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.api_server import JSON_PATCH, NOT_FOUND, ApiError, ApiServer, Object
from sandbox.errors import Refusal
from sandbox.plugins.properties import changes, diff_response, from_struct, has_unknown, to_struct
from sandbox.plugins.serving import EngineLog, engine_address, serve, told_plainly

VERSION = "4.34.2"
MANAGER = "pulumi-kubernetes"
CONFIGURATION = {"kubeconfig", "context", "clusterIdentifier", "version"}
IMMUTABLE = {"apiVersion", "kind", "metadata.name", "metadata.namespace"}
PATCH_FORCE = "pulumi.com/patchForce"
DELETE_TIMEOUT_S = 600.0
POLL_S = 0.2
# Answers to a dry run that say nothing about the object: what it needs is made by the same `up`, or may only be
# written but not tried. The official provider shows the inputs then.
UNDECIDED = {"NotFound", "Forbidden", "AlreadyExists"}


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider resource of a program."""

    def __init__(self, log: EngineLog) -> None:
        """Takes the way to the engine's log, for the API server's warnings."""
        self._log = log
        self._server: ApiServer | None = None

    @property
    def _api(self) -> ApiServer:
        if self._server is None:
            raise Refusal("the provider has not been configured")
        return self._server

    @told_plainly
    def CheckConfig(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Refuses options that only the official provider knows."""
        unknown = sorted(set(from_struct(request.news)) - CONFIGURATION)
        failures = [
            provider_pb2.CheckFailure(property=key, reason="the sandbox's stand-in doesn't know this option")
            for key in unknown
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @told_plainly
    def DiffConfig(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Another cluster (by its identifier) is another provider, and all on it is made anew."""
        found = changes(from_struct(request.olds), from_struct(request.news))
        return diff_response(found, replacing={"clusterIdentifier"}, delete_first=False)

    @told_plainly
    def Configure(self, request: provider_pb2.ConfigureRequest, _context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        """Loads the kubeconfig."""
        config = from_struct(request.args)
        self._server = ApiServer(config.get("kubeconfig") or None, config.get("context") or None, manager=MANAGER)
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    @told_plainly
    def Check(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Takes the inputs as they are; what the stand-in can't fill in is refused."""
        news = from_struct(request.news)
        metadata = news.get("metadata") or {}
        failures = []
        if not metadata.get("name"):
            reason = "the sandbox's stand-in makes up no names: set metadata.name"
            failures.append(provider_pb2.CheckFailure(property="metadata.name", reason=reason))
        return provider_pb2.CheckResponse(inputs=to_struct(news), failures=failures)

    @told_plainly
    def Diff(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Compares the inputs of last time with those of now; what is live shows after a refresh only."""
        found = changes(from_struct(request.old_inputs), from_struct(request.news))
        same_name = not {"metadata.name", "metadata.namespace"} & set(found)
        return diff_response(found, replacing=IMMUTABLE, delete_first=same_name)

    @told_plainly
    def Create(self, request: provider_pb2.CreateRequest, _context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Makes the object; in a preview, tries to."""
        item = from_struct(request.properties)
        if request.preview and has_unknown(item):
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        try:
            made = self._api.create(item, dry_run=request.preview)
        except ApiError as error:
            if request.preview and error.reason in UNDECIDED | {""}:
                return provider_pb2.CreateResponse(id="", properties=request.properties)
            raise Refusal(
                f"resource {_id(item)} was not successfully created by the Kubernetes API server: {error}"
            ) from None
        self._warn(request.urn)
        return provider_pb2.CreateResponse(id="" if request.preview else _id(made), properties=to_struct(made))

    @told_plainly
    def Update(self, request: provider_pb2.UpdateRequest, _context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Applies the new inputs; in a preview, tries to."""
        item = from_struct(request.news)
        if request.preview and has_unknown(item):
            return provider_pb2.UpdateResponse(properties=request.news)
        force = (item["metadata"].get("annotations") or {}).get(PATCH_FORCE) == "true"
        try:
            if not request.preview:
                self._own_by_apply(item)
            made = self._api.apply(item, force=force or request.preview, dry_run=request.preview)
        except ApiError as error:
            if request.preview and error.reason in UNDECIDED:
                return provider_pb2.UpdateResponse(properties=request.news)
            raise Refusal(
                f"resource {_id(item)} was not successfully updated by the Kubernetes API server: {error}"
            ) from None
        self._warn(request.urn)
        return provider_pb2.UpdateResponse(properties=to_struct(made))

    def _own_by_apply(self, item: Object) -> None:
        """Turns what create() owns into fields owned by apply; else an apply could not remove any of them."""
        live = self._api.get(item)
        if live is None:
            raise Refusal(f"resource {_id(item)} is gone from the cluster: `pulumi refresh` takes it out of the state")
        fields = live["metadata"].get("managedFields") or []
        ours = [
            entry
            for entry in fields
            if entry["manager"] == MANAGER and entry["operation"] == "Update" and "subresource" not in entry
        ]
        if not ours:
            return
        for entry in ours:
            entry["operation"] = "Apply"
        patch = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
        ]
        self._api.request("PATCH", self._api.path(item), body=patch, content=JSON_PATCH)

    @told_plainly
    def Read(self, request: provider_pb2.ReadRequest, _context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """The live object; as inputs, the live values of what was given."""
        inputs = from_struct(request.inputs)
        if not inputs:
            raise Refusal("the sandbox's stand-in can't import objects")
        live = self._api.get(inputs)
        if live is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(live), inputs=to_struct(_as_given(live, inputs))
        )

    @told_plainly
    def Delete(self, request: provider_pb2.DeleteRequest, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Deletes it, what it owns before it, and waits until it is gone."""
        item = from_struct(request.properties)
        deadline = time.monotonic() + (request.timeout or DELETE_TIMEOUT_S)
        try:
            self._api.delete(item)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise Refusal(f"resource {_id(item)} could not be deleted: {error}") from None
        while (live := self._api.get(item)) is not None and live["metadata"]["uid"] == item["metadata"]["uid"]:
            if time.monotonic() > deadline:
                finalizers = ", ".join(live["metadata"].get("finalizers") or [])
                hint = f"; finalizers might be preventing deletion ({finalizers})" if finalizers else ""
                raise Refusal(f"timed out waiting for {_id(item)} to be deleted{hint}")
            time.sleep(POLL_S)
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Nothing to give back: the engine ends this process."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """The official provider's version that this one follows."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def _warn(self, urn: str) -> None:
        for warning in self._api.warnings:
            self._log.warning(urn, warning)


def _id(item: Object) -> str:
    metadata = item["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def _as_given(live: Any, given: Any) -> Any:
    """The live values of the fields that the program gave: what others add to an object is no change of ours."""
    if isinstance(live, dict) and isinstance(given, dict):
        return {key: _as_given(live[key], value) for key, value in given.items() if key in live}
    if isinstance(live, list) and isinstance(given, list) and len(live) == len(given):
        return [_as_given(*pair) for pair in zip(live, given, strict=True)]
    return live


def main() -> None:
    """Serves the engine that started this."""
    provider = KubernetesProvider(EngineLog(engine_address(sys.argv[1:])))
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))


if __name__ == "__main__":
    main()
