"""The stand-in for the Kubernetes provider: what it refuses, what it replaces, how it deletes."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.api_server import ApiError, Object
from sandbox.plugins import kubernetes_provider
from sandbox.plugins.kubernetes_provider import KubernetesProvider
from sandbox.plugins.properties import to_struct
from sandbox.plugins.serving import EngineLog
from tests.unit.fakes import Aborted, Context, FakeServer

A = "/api/v1/namespaces/lab/configmaps/a"
# Looks at an object that is being deleted, more than anybody takes.
FOR_LONG = 10**4
URN = "urn:pulumi:sandbox::cnv-lab::kubernetes:core/v1:ConfigMap::a"


class Log(EngineLog):
    def __init__(self) -> None:
        super().__init__("")
        self.warned: list[tuple[str, str]] = []

    def warning(self, urn: str, message: str) -> None:
        self.warned.append((urn, message))


class Clock:
    """Sleeping takes no time here."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(kubernetes_provider, "time", made)
    return made


@pytest.fixture
def provider(server: FakeServer, log: Log, clock: Clock) -> KubernetesProvider:
    made = KubernetesProvider(log)
    made._server = server
    return made


def config_map(**metadata: Any) -> Object:
    named = {"name": "a", "namespace": "lab", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {"key": "1"}}


def delete(provider: KubernetesProvider, *, uid: str = "u1", timeout: float = 30) -> None:
    request = provider_pb2.DeleteRequest(properties=to_struct(config_map(uid=uid)), timeout=timeout)
    provider.Delete(request, Context())


def diff(provider: KubernetesProvider, old: Object, new: Object) -> provider_pb2.DiffResponse:
    # The state of last time is not looked at: what the server added to it is no change.
    olds = to_struct({**old, "status": {"x": 1}})
    request = provider_pb2.DiffRequest(olds=olds, old_inputs=to_struct(old), news=to_struct(new))
    return provider.Diff(request, Context())


@pytest.mark.parametrize("metadata", [{}, {"labels": {}}, {"name": ""}, None])
def test_an_object_without_a_name_is_refused_before_anything_is_made(
    provider: KubernetesProvider, metadata: Object | None
) -> None:
    request = provider_pb2.CheckRequest(news=to_struct({"kind": "ConfigMap", "metadata": metadata}))
    (failure,) = provider.Check(request, Context()).failures
    assert failure.property == "metadata.name"


@pytest.mark.parametrize("name", ["a", UNKNOWN])
def test_check_gives_the_inputs_back_as_they_are(provider: KubernetesProvider, name: str) -> None:
    news = to_struct(config_map(name=name))
    answer = provider.Check(provider_pb2.CheckRequest(news=news), Context())
    assert (answer.inputs, list(answer.failures)) == (news, [])


def test_an_option_that_only_the_official_provider_knows_is_refused(provider: KubernetesProvider) -> None:
    news = to_struct({"kubeconfig": "x", "context": "c", "clusterIdentifier": "i", "renderYamlToDirectory": "d"})
    answer = provider.CheckConfig(provider_pb2.CheckRequest(news=news), Context())
    assert [failure.property for failure in answer.failures] == ["renderYamlToDirectory"]


@pytest.mark.parametrize(
    ("key", "replaces"), [("clusterIdentifier", ["clusterIdentifier"]), ("kubeconfig", []), ("context", [])]
)
def test_another_cluster_is_another_provider_and_another_login_is_not(
    provider: KubernetesProvider, key: str, replaces: list[str]
) -> None:
    request = provider_pb2.DiffRequest(olds=to_struct({key: "a"}), news=to_struct({key: "b"}))
    answer = provider.DiffConfig(request, Context())
    assert (list(answer.replaces), list(answer.diffs)) == (replaces, [key])


def test_the_same_inputs_are_no_change(provider: KubernetesProvider) -> None:
    assert diff(provider, config_map(), config_map()).changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize("key", ["name", "namespace"])
def test_another_name_or_namespace_is_another_object_beside_the_old_one(provider: KubernetesProvider, key: str) -> None:
    answer = diff(provider, config_map(), config_map(**{key: "other"}))
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([f"metadata.{key}"], False)


@pytest.mark.parametrize("key", ["apiVersion", "kind"])
def test_another_kind_of_the_same_name_is_made_after_the_old_one_is_gone(
    provider: KubernetesProvider, key: str
) -> None:
    answer = diff(provider, config_map(), {**config_map(), key: "other"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([key], True)


def test_anything_else_changes_in_place(provider: KubernetesProvider) -> None:
    answer = diff(provider, config_map(), {**config_map(labels={"a": "b"}), "data": {"key": "2"}})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([], False)


def test_delete_is_a_foreground_one_and_waits_for_the_end(provider: KubernetesProvider, server: FakeServer) -> None:
    server.objects[A], server.lingers = config_map(uid="u1"), 3
    delete(provider)
    assert server.sent("DELETE").body["propagationPolicy"] == "Foreground"
    assert (server.objects, server.lingers) == ({}, 0)


def test_a_delete_that_does_not_end_names_what_holds_the_object(
    provider: KubernetesProvider, server: FakeServer, clock: Clock
) -> None:
    held = ["machine.machine.openshift.io", "foregroundDeletion"]
    server.objects[A], server.lingers = config_map(uid="u1", finalizers=held), FOR_LONG
    with pytest.raises(Aborted, match=r"timed out waiting for lab/a .*\(machine.machine.openshift.io, foregroundDel"):
        delete(provider, timeout=30)
    assert clock.now == pytest.approx(30, abs=1)
    server.objects[A] = config_map(uid="u1")
    with pytest.raises(Aborted, match=r"timed out waiting for lab/a to be deleted$"):
        delete(provider, timeout=30)


def test_without_a_timeout_of_its_own_a_delete_waits_for_the_official_ten_minutes(
    provider: KubernetesProvider, server: FakeServer, clock: Clock
) -> None:
    server.objects[A], server.lingers = config_map(uid="u1"), FOR_LONG
    with pytest.raises(Aborted, match="timed out"):
        delete(provider, timeout=0)
    assert clock.now == pytest.approx(600, abs=1)


def test_what_is_gone_already_is_deleted(provider: KubernetesProvider) -> None:
    delete(provider)


def test_a_new_object_of_the_same_name_is_not_waited_for(provider: KubernetesProvider, server: FakeServer) -> None:
    """A controller may make it again at once, as OpenShift's do with config maps."""
    server.objects[A], server.lingers = config_map(uid="of the new one"), FOR_LONG
    delete(provider, uid="u1")


def test_a_delete_that_is_refused_is_an_error(provider: KubernetesProvider, server: FakeServer) -> None:
    server.objects[A] = config_map(uid="u1")
    server.no = ApiError(403, "Forbidden", "the guard says no")
    with pytest.raises(Aborted, match="lab/a could not be deleted: the guard says no"):
        delete(provider)


def test_the_servers_warnings_are_shown_at_their_resource(
    provider: KubernetesProvider, server: FakeServer, log: Log
) -> None:
    server.warnings = ["diskGiB: 90 is less than the recommended minimum"]
    properties = to_struct(config_map())
    provider.Create(provider_pb2.CreateRequest(urn=URN, properties=properties, preview=True), Context())
    provider.Create(provider_pb2.CreateRequest(urn=URN, properties=properties), Context())
    provider.Update(provider_pb2.UpdateRequest(urn=URN, news=properties), Context())
    assert log.warned == [(URN, server.warnings[0])] * 3


def test_a_provider_that_was_not_configured_says_so(log: Log) -> None:
    request = provider_pb2.CreateRequest(properties=to_struct(config_map()))
    with pytest.raises(Aborted, match="the provider has not been configured"):
        KubernetesProvider(log).Create(request, Context())


def test_a_kubeconfig_that_cannot_be_used_is_told(log: Log) -> None:
    request = provider_pb2.ConfigureRequest(args=to_struct({"kubeconfig": "kind: Config\nclusters: ["}))
    with pytest.raises(Aborted, match=r"^failed to load the kubeconfig: "):
        KubernetesProvider(log).Configure(request, Context())


def test_an_object_that_lacks_its_namespace_is_told(provider: KubernetesProvider) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    with pytest.raises(Aborted, match=r"ConfigMap a .*metadata\.namespace"):
        provider.Create(provider_pb2.CreateRequest(properties=to_struct(item)), Context())
