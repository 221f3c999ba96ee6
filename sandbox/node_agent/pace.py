"""How often the agent looks: many rounds of reads would find what the one before has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.api_server import ApiError
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from sandbox.api_server import ApiServer

# A list says how far the whole store has come, not just this kind (Kubernetes, "Resource versions").
ANY_LIST = "/api/v1/namespaces?limit=1"
# Looks without a change in the cluster before one is made all the same: vCenter and switches change as well.
AT_MOST = 10


class Pace:
    """Remembers how far the cluster's store had come at the last look."""

    def __init__(self, api: ApiServer) -> None:
        """Takes the API server."""
        self._api = api
        self._seen = ""
        self._left_out = 0

    def is_due(self) -> bool:
        """Whether something has changed since, or much time has gone by; a server that does not answer is looked at."""
        try:
            now = str(self._api.request("GET", ANY_LIST)["metadata"]["resourceVersion"])
        except (ApiError, Refusal):
            now = ""
        if now and now == self._seen and self._left_out < AT_MOST:
            self._left_out += 1
            return False
        self._seen, self._left_out = now, 0
        return True
