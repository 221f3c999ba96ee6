"""In the places of the engine and of an API server, for the tests of the sandbox's stand-in providers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from sandbox.api_server import ApiError, ApiServer, Object
from sandbox.plugins.kubernetes_provider import MANAGER

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = [("ConfigMap", "configmaps", True), ("Namespace", "namespaces", False)]


class Aborted(Exception):  # noqa: N818  what the engine gets
    """A call that ended with an error."""


class Context:
    """Of one call."""

    def abort(self, _code: object, message: str) -> NoReturn:
        raise Aborted(message)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content: str = ""


class FakeServer(ApiServer):
    """Keeps objects by their path, and what it was asked."""

    def __init__(self) -> None:
        self._manager, self._kinds = MANAGER, {}
        self.warnings: list[str] = []
        self.objects: dict[str, Object] = {}
        self.asked: list[Asked] = []
        # Its answer to all but GET, if any.
        self.no: ApiError | None = None
        # How often a deleted object is still seen.
        self.lingers = 0

    def request(  # noqa: PLR0913, what a request consists of
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Any = None,
        content: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Object:
        assert headers is None, "the stand-in asks as the user that it is given"
        asked = Asked(method, path, query or {}, body, content)
        self.asked.append(asked)
        if path == "/api/v1":
            return {"resources": [{"kind": kind, "name": name, "namespaced": own} for kind, name, own in KINDS]}
        if self.no is not None and method != "GET":
            raise self.no
        match method:
            case "GET" | "DELETE":
                return self._get(path, going=method == "DELETE")
            case "PATCH" if isinstance(body, list):
                return self.objects[path]
            case "POST":
                path = f"{path}/{body['metadata']['name']}"
                if path in self.objects:
                    raise ApiError(409, "AlreadyExists", f'"{path}" already exists')
        made: Object = deepcopy(body)
        made["metadata"] |= {"uid": "u1", "resourceVersion": "7"}
        if "dryRun" not in asked.query:
            self.objects[path] = made
        return deepcopy(made)

    def _get(self, path: str, *, going: bool) -> Object:
        if path not in self.objects:
            raise ApiError(404, "NotFound", f'"{path}" not found')
        item = self.objects[path]
        if going:
            item["metadata"]["deletionTimestamp"] = "now"
        elif "deletionTimestamp" in item["metadata"]:
            if not self.lingers:
                del self.objects[path]
                return self._get(path, going=False)
            self.lingers -= 1
        return deepcopy(item)

    def sent(self, method: str) -> Asked:
        """The last request of this method."""
        return next(asked for asked in reversed(self.asked) if asked.method == method)
