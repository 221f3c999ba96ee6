"""The stand-in for the Kubernetes provider, on a fake API server."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.api_server import APPLY_PATCH, JSON_PATCH, ApiError, Object
from sandbox.plugins.kubernetes_provider import MANAGER, PATCH_FORCE, KubernetesProvider
from sandbox.plugins.properties import from_struct, to_struct
from sandbox.plugins.serving import EngineLog
from tests.unit.fakes import Aborted, Context, FakeServer

HOME = "/api/v1/namespaces/lab/configmaps"


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def provider(server: FakeServer) -> KubernetesProvider:
    made = KubernetesProvider(EngineLog(""))
    made._server = server
    return made


def config_map(value: Any = "1", **metadata: Any) -> Object:
    named = {"name": "a", "namespace": "lab", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {"key": value}}


def create(provider: KubernetesProvider, item: Object, *, preview: bool = False) -> tuple[str, Object]:
    request = provider_pb2.CreateRequest(properties=to_struct(item), preview=preview)
    answer = provider.Create(request, Context())
    return answer.id, from_struct(answer.properties)


def update(provider: KubernetesProvider, item: Object, *, preview: bool = False) -> Object:
    request = provider_pb2.UpdateRequest(news=to_struct(item), preview=preview)
    return from_struct(provider.Update(request, Context()).properties)


def test_create_makes_the_object_and_gives_it_as_it_is_live(provider: KubernetesProvider, server: FakeServer) -> None:
    named, made = create(provider, config_map())
    assert (named, made["metadata"]["uid"]) == ("lab/a", "u1")
    assert server.objects[f"{HOME}/a"]["data"] == {"key": "1"}
    assert server.sent("POST").query == {"fieldManager": MANAGER}


def test_the_id_of_what_has_no_namespace_is_its_name(provider: KubernetesProvider) -> None:
    assert create(provider, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab"}})[0] == "lab"


def test_create_refuses_what_exists_and_leaves_it_as_it_is(provider: KubernetesProvider, server: FakeServer) -> None:
    create(provider, config_map("somebody's"))
    with pytest.raises(Aborted, match=r"resource lab/a was not successfully created .* already exists"):
        create(provider, config_map("ours"))
    assert server.objects[f"{HOME}/a"]["data"] == {"key": "somebody's"}


def test_a_preview_is_the_servers_dry_run(provider: KubernetesProvider, server: FakeServer) -> None:
    named, made = create(provider, config_map(), preview=True)
    assert (named, made["metadata"]["uid"], server.objects) == ("", "u1", {})
    assert server.sent("POST").query["dryRun"] == "All"
    create(provider, config_map())
    assert update(provider, config_map("2"), preview=True)["data"] == {"key": "2"}
    assert server.sent("PATCH").query == {"fieldManager": MANAGER, "force": "true", "dryRun": "All"}
    assert server.objects[f"{HOME}/a"]["data"] == {"key": "1"}


def test_a_preview_with_something_unknown_shows_the_inputs_and_asks_nothing(
    provider: KubernetesProvider, server: FakeServer
) -> None:
    item = config_map(UNKNOWN)
    assert create(provider, item, preview=True) == ("", item)
    assert update(provider, item, preview=True) == item
    assert server.asked == []


@pytest.mark.parametrize("reason", ["NotFound", "Forbidden", "AlreadyExists"])
def test_a_preview_that_cannot_be_decided_shows_the_inputs(
    provider: KubernetesProvider, server: FakeServer, reason: str
) -> None:
    """The namespace, say, is made by the same `up`. When it is made in earnest, the same answer is an error."""
    server.no = ApiError(404, reason, 'namespaces "lab" not found')
    assert create(provider, config_map(), preview=True) == ("", config_map())
    assert update(provider, config_map(), preview=True) == config_map()
    with pytest.raises(Aborted, match='namespaces "lab" not found'):
        create(provider, config_map())


def test_a_kind_that_a_preview_does_not_find_shows_the_inputs(provider: KubernetesProvider) -> None:
    item = {**config_map(), "kind": "Unheard"}
    assert create(provider, item, preview=True) == ("", item)
    with pytest.raises(Aborted, match='no matches for kind "Unheard" in version "v1"'):
        create(provider, item)


@pytest.mark.parametrize("preview", [True, False])
def test_what_the_server_calls_invalid_is_an_error_in_a_preview_too(
    provider: KubernetesProvider, server: FakeServer, *, preview: bool
) -> None:
    create(provider, config_map())
    server.no = ApiError(422, "Invalid", "data: Invalid value")
    with pytest.raises(Aborted, match=r"lab/a was not successfully created .*: data: Invalid value"):
        create(provider, config_map(), preview=preview)
    with pytest.raises(Aborted, match=r"lab/a was not successfully updated .*: data: Invalid value"):
        update(provider, config_map(), preview=preview)


@pytest.mark.parametrize(
    ("annotations", "force"), [(None, "false"), ({PATCH_FORCE: "true"}, "true"), ({"x": "true"}, "false")]
)
def test_an_update_takes_over_others_fields_only_where_the_annotation_says_so(
    provider: KubernetesProvider, server: FakeServer, annotations: dict[str, str] | None, force: str
) -> None:
    create(provider, config_map())
    assert update(provider, config_map("2", annotations=annotations))["data"] == {"key": "2"}
    assert server.sent("PATCH").query == {"fieldManager": MANAGER, "force": force}
    assert (server.sent("PATCH").path, server.sent("PATCH").content) == (f"{HOME}/a", APPLY_PATCH)


def test_an_update_can_remove_what_create_made(provider: KubernetesProvider, server: FakeServer) -> None:
    """What create owns by "Update" an apply would never remove; others' entries stay as they are."""
    create(provider, config_map())
    entries: list[dict[str, Any]] = [
        {"manager": MANAGER, "operation": "Update", "fieldsV1": {"f:data": {}}},
        {"manager": MANAGER, "operation": "Update", "subresource": "status"},
        {"manager": "somebody", "operation": "Update"},
    ]
    server.objects[f"{HOME}/a"]["metadata"]["managedFields"] = entries
    update(provider, config_map("2"))
    (patch,) = [asked for asked in server.asked if asked.content == JSON_PATCH]
    guard, owners = patch.body
    assert guard == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert owners["value"] == [{**entries[0], "operation": "Apply"}, *entries[1:]]


def test_an_update_of_what_is_gone_makes_nothing(provider: KubernetesProvider, server: FakeServer) -> None:
    with pytest.raises(Aborted, match="lab/a is gone from the cluster: `pulumi refresh`"):
        update(provider, config_map())
    assert server.objects == {}


def read(provider: KubernetesProvider, inputs: Object) -> provider_pb2.ReadResponse:
    return provider.Read(provider_pb2.ReadRequest(id="lab/a", inputs=to_struct(inputs)), Context())


def test_what_is_gone_reads_as_nothing(provider: KubernetesProvider) -> None:
    answer = read(provider, config_map())
    assert (answer.id, from_struct(answer.properties)) == ("", {})


def test_a_read_gives_the_live_values_of_what_was_given_and_nothing_that_others_added(
    provider: KubernetesProvider, server: FakeServer
) -> None:
    create(provider, {**config_map(), "list": [{"a": 1}], "gone": 1})
    live = server.objects[f"{HOME}/a"]
    live |= {"data": {"key": "changed", "more": "others'"}, "list": [{"a": 2, "b": 3}], "status": {}}
    del live["gone"]
    answer = read(provider, {**config_map(), "list": [{"a": 1}], "gone": 1})
    assert from_struct(answer.inputs) == {**config_map("changed"), "list": [{"a": 2}]}
    assert from_struct(answer.properties) == live
    assert answer.id == "lab/a"


def test_a_list_of_another_length_is_read_whole(provider: KubernetesProvider, server: FakeServer) -> None:
    create(provider, {**config_map(), "list": [{"a": 1}, {"a": 2, "b": 3}]})
    assert from_struct(read(provider, {**config_map(), "list": [{"a": 1}]}).inputs)["list"][1] == {"a": 2, "b": 3}


def test_import_is_refused(provider: KubernetesProvider) -> None:
    with pytest.raises(Aborted, match="can't import"):
        read(provider, {})
