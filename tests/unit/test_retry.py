"""What the API server refuses for a moment: asked for again by growing pauses, for a while, when it may come twice."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
import urllib3

from clients.cluster import retry
from clients.cluster.kinds import NODE, POLICY
from clients.cluster.retry import PATIENCE, PAUSE_FIRST, PAUSE_MAX, TIMES, may_come_twice
from clients.cluster.session import BrokenOffError, Cluster, RefusedError, UnreachableError

RESET = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
LIST: tuple[int, dict[str, Any]] = (200, {"items": []})


def pauses(status: int | None, retry_after: float | None = None, *, twice: bool = True) -> list[float]:
    """All the pauses before a request that never gets through is given up."""
    found: list[float] = []
    while (pause := retry.pause(status, retry_after, len(found), sum(found), twice=twice)) is not None:
        found.append(pause)
    return found


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("twice", [True, False])
def test_an_overloaded_server_is_waited_for_whatever_the_request(status: int, twice: bool) -> None:  # noqa: FBT001
    found = pauses(status, twice=twice)
    assert found[:3] == [PAUSE_FIRST, 2 * PAUSE_FIRST, 4 * PAUSE_FIRST]
    assert max(found) == PAUSE_MAX
    assert PATIENCE - PAUSE_MAX < sum(found) <= PATIENCE


def test_its_retry_after_is_kept_to_and_never_fallen_short_of() -> None:
    assert set(pauses(429, 30)) == {30}
    assert pauses(429, 1)[:3] == [1, 1, 2]


def test_what_it_asks_to_wait_longer_than_our_patience_is_told_at_once() -> None:
    assert pauses(503, PATIENCE + 1) == []


@pytest.mark.parametrize("status", [500, 502, 504, 409, None])
def test_what_broke_on_the_way_is_repeated_a_few_times_if_it_may_come_twice(status: int | None) -> None:
    assert len(pauses(status)) == TIMES
    assert pauses(status, twice=False) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 501])
def test_any_other_refusal_is_final(status: int) -> None:
    assert pauses(status, 1) == []


@pytest.mark.parametrize(
    ("method", "content", "body", "may"),
    [
        ("GET", "application/json", None, True),
        ("PATCH", retry.MERGE_PATCH, {"spec": {}}, True),
        ("PATCH", retry.MERGE_PATCH, {"metadata": {"labels": {}}, "spec": {}}, True),
        ("PATCH", retry.MERGE_PATCH, {"metadata": {"resourceVersion": "7"}}, False),
        ("PATCH", "application/json-patch+json", [{"op": "add"}], False),
        ("PATCH", retry.APPLY_PATCH, {"spec": {}}, True),
        ("DELETE", "application/json", None, True),
        ("POST", "application/json", {"kind": "Pod"}, False),
    ],
)
def test_what_means_the_same_when_it_comes_twice_may(method: str, content: str, body: Any, may: bool) -> None:  # noqa: FBT001
    """A patch that names the version it was made from is its caller's to make anew."""
    assert may_come_twice(method, content, body) is may


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), (None, None), ("", None), ("Wed, 21 Oct 2026", None)])
def test_a_retry_after_is_seconds(header: str | None, seconds: float | None) -> None:
    assert retry.seconds(header) == seconds


class Api:
    """In the place of the kubernetes client: answers (status, body, headers), or errors to raise."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.configuration = SimpleNamespace(host="https://api.lab:6443")

    def param_serialize(self, method: str, path: str, **_: Any) -> tuple[str, str]:
        return method, path

    def call_api(self, *_: Any, **__: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        held: dict[str, str] = headers[0] if headers else {}
        return SimpleNamespace(status=status, read=lambda: json.dumps(body).encode(), getheader=held.get)


class Server:
    """A Cluster over such answers."""

    def __init__(self, *answers: Any) -> None:
        self.api = Api(*answers)
        self.told: list[str] = []
        self.pauses: list[float] = []
        self.cluster = Cluster(cast("Any", self.api), self.told.append, self.pauses.append)


def test_a_read_goes_on_after_what_passes_and_the_first_refusal_is_told() -> None:
    server = Server((429, {"message": "too many requests"}, {"Retry-After": "3"}), (502, {}), RESET, LIST)
    assert server.cluster.list(NODE) == []
    assert server.pauses == [3, 2 * PAUSE_FIRST, 4 * PAUSE_FIRST]
    assert server.told == ["asking the API server again (GET /api/v1/nodes): too many requests (HTTP 429)"]


def test_a_merge_patch_goes_on_as_well() -> None:
    conflict = (409, {"message": "the object has been modified"})
    server = Server(conflict, RESET, (200, {"kind": "it"}))
    assert server.cluster.merge(POLICY, "ens224-policy", {"spec": {}}) == {"kind": "it"}
    assert len(server.pauses) == 2


def test_a_conflict_over_a_version_is_the_callers_to_solve() -> None:
    server = Server((409, {"message": "the object has been modified"}), LIST)
    with pytest.raises(RefusedError) as error:
        server.cluster.merge(POLICY, "ens224-policy", {"metadata": {"resourceVersion": "7"}})
    assert (error.value.status, server.pauses) == (409, [])


def test_what_does_not_pass_ends_with_the_servers_words_and_whose_trouble_it_is() -> None:
    server = Server(*[(500, {"message": "etcdserver: request timed out"})] * (TIMES + 1))
    with pytest.raises(
        RefusedError, match=r"etcdserver: request timed out\. That is the server's own trouble \(HTTP 500\)"
    ):
        server.cluster.list(NODE)
    assert (len(server.pauses), len(server.told), server.api.answers) == (TIMES, 1, [])


def test_a_server_that_stays_overloaded_is_waited_for_no_longer_than_our_patience() -> None:
    server = Server(*[(503, {"message": "starting"})] * 100)
    with pytest.raises(RefusedError, match="starting"):
        server.cluster.list(NODE)
    assert PATIENCE - PAUSE_MAX < sum(server.pauses) <= PATIENCE


def test_a_server_that_asks_for_an_hour_is_told_with_that_hour() -> None:
    server = Server((503, {"message": "maintenance"}, {"Retry-After": "3600"}))
    with pytest.raises(RefusedError, match=r"maintenance\. It asks to come back in 3600 seconds; then run `pulumi up`"):
        server.cluster.list(NODE)
    assert server.pauses == []


def test_a_connection_that_keeps_breaking_is_told_as_a_server_that_went_away() -> None:
    server = Server(*[RESET] * (TIMES + 1))
    with pytest.raises(
        BrokenOffError, match=r"went away in the middle of GET /api/v1/nodes: Connection reset by peer\."
    ):
        server.cluster.list(NODE)
    assert len(server.pauses) == TIMES


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    """It is what a wrong address looks like; a long wait asks again by itself."""
    refused = urllib3.exceptions.NewConnectionError(cast("Any", None), "Failed to establish a new connection")
    server = Server(urllib3.exceptions.MaxRetryError(cast("Any", None), "/", refused))
    with pytest.raises(UnreachableError, match=r"cannot be reached: .*KUBECONFIG"):
        server.cluster.list(NODE)
    assert server.pauses == []
