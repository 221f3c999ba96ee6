"""When the node agent looks: at what has changed, and now and then at what the cluster cannot tell."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sandbox.api_server import ApiError, ApiServer
from sandbox.errors import Refusal
from sandbox.node_agent.pace import AT_MOST, Pace


class Store:
    """An API server whose store has come as far as ``version``."""

    def __init__(self) -> None:
        self.version = 1
        self.error: Exception | None = None

    def request(self, *_: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"metadata": {"resourceVersion": str(self.version)}, "items": []}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def pace(store: Store) -> Pace:
    found = Pace(cast("ApiServer", store))
    assert found.is_due(), "the first look"
    return found


def test_what_has_not_changed_is_not_looked_at_again(pace: Pace) -> None:
    assert not pace.is_due()


def test_each_change_is_looked_at_once(pace: Pace, store: Store) -> None:
    store.version += 1
    assert [pace.is_due(), pace.is_due()] == [True, False]


def test_after_a_while_there_is_a_look_for_what_the_cluster_cannot_tell(pace: Pace) -> None:
    assert [pace.is_due() for _ in range(AT_MOST + 2)] == [*[False] * AT_MOST, True, False]


@pytest.mark.parametrize("error", [ApiError(500, "InternalError", "no"), Refusal("away")])
def test_a_server_that_does_not_answer_is_looked_at_so_that_the_agent_tells(
    pace: Pace, store: Store, error: Exception
) -> None:
    store.error = error
    assert [pace.is_due(), pace.is_due()] == [True, True]
    store.error = None
    assert pace.is_due(), "and once it is back"
