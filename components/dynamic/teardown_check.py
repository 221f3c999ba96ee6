"""Looks at vCenter and the cluster when a destroy begins, and refuses where it could not be carried through.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from pulumi import ResourceOptions
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.dynamic.access import ACCESS
from components.dynamic.plain_errors import plain_errors
from components.dynamic.values import changed

if TYPE_CHECKING:
    from clients.teardown import Standing

KEYS = ("server", "datacenter", "cluster", "portGroup", "machineSet", "template")


class TeardownCheckProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Never a replace: that would be a deletion, and so a look for no reason."""
        return DiffResult(changes=bool(changed(KEYS, olds, news)), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing to make: the check acts when it is deleted."""
        return CreateResult(str(uuid.uuid4()), _outs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Remembers what will have to be looked at."""
        return UpdateResult(_outs(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Goes before everything else, and refuses to while one of the two servers does not answer."""
        from clients import teardown

        with plain_errors():
            teardown.check(ACCESS.logins(), _standing(props))


class TeardownCheck(Resource, module="cnvlab", name="TeardownCheck"):
    """Depends on all that the stack makes, and so is the first to go."""

    def __init__(self, name: str, standing: Standing, opts: ResourceOptions | None = None) -> None:
        inputs = {
            "server": standing.server,
            "datacenter": standing.datacenter,
            "cluster": standing.cluster,
            "portGroup": standing.port_group,
            "machineSet": standing.machine_set,
            "template": standing.template,
        }
        super().__init__(TeardownCheckProvider(), name, inputs, opts)


def _standing(props: dict[str, Any]) -> Standing:
    from clients.teardown import Standing

    return Standing(
        server=props["server"],
        datacenter=props["datacenter"],
        cluster=props["cluster"],
        port_group=props["portGroup"],
        machine_set=props["machineSet"],
        template=props["template"],
    )


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in KEYS}
