"""How a dynamic provider reaches vCenter and the cluster: credentials come by ``configure``, never by inputs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from components.dynamic.plain_errors import plain_errors
from components.dynamic.values import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi.dynamic import ConfigureRequest

    from clients.cluster.session import Cluster
    from clients.credentials import Logins
    from clients.vcenter.session import VCenter


class Access:
    """The stack's configuration, as one provider was given it.

    Kept beside the provider in this process: a provider's own attributes would be pickled into Pulumi's state.
    """

    def __init__(self) -> None:
        self._request: ConfigureRequest | None = None

    def configure(self, request: ConfigureRequest) -> None:
        """Keeps the request; nothing is read from it until a method needs it."""
        self._request = request

    @contextmanager
    def vcenter(self, server: str | None = None) -> Iterator[VCenter]:
        """One session with vCenter (``server``, where nothing else names one); errors are told plainly."""
        from clients import credentials
        from clients.vcenter import session

        with plain_errors():
            access = credentials.vcenter(self._get, os.environ, server)
            with session.connect(access, say) as vcenter:
                yield vcenter

    @contextmanager
    def cluster(self) -> Iterator[Cluster]:
        """One session with the cluster; errors are told plainly."""
        from clients import credentials
        from clients.cluster import session

        with plain_errors(), session.connect(credentials.cluster(self._get, os.environ), say) as cluster:
            yield cluster

    def logins(self) -> Logins:
        """Where logins come from, for what must try both servers before it says a word."""
        from clients.credentials import Logins

        return Logins(get=self._get, environ=os.environ)

    def _get(self, key: str) -> str | None:
        value = None if self._request is None else self._request.config.get(key)
        return None if value is None else str(value)


# One for all providers: they are given the same configuration.
ACCESS = Access()
