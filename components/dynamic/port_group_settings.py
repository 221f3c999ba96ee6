"""Which VLANs a distributed port group carries and what it lets through: an adapter over clients/vcenter.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.dynamic.access import ACCESS
from components.dynamic.values import changed, whole
from lab import ranges as vlan_ranges
from lab.ranges import Range
from lab.trunk import IN_STATE, Security, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

SETTINGS = ("vlans", *IN_STATE)


class PortGroupSettingsProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state. Deleting it does nothing: the port group goes."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """The last refresh's settings, or the last run's, against those that are wanted."""
        replaces = changed(("portGroup",), olds, news)
        return DiffResult(changes=bool(replaces or changed((*SETTINGS, "server"), olds, news)), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Sets them."""
        return CreateResult(props["portGroup"], _ensure(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Sets them again."""
        return UpdateResult(_ensure(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """How the live port group is set."""
        from clients.vcenter import port_group_settings

        with ACCESS.vcenter(props.get("server")) as vcenter:
            live = port_group_settings.read(vcenter, props["portGroup"])
        if live is None:
            return ReadResult("", {})
        return ReadResult(id_, {**_outs(props), **said(live.ranges or (), live.security)})


class PortGroupSettings(Resource, module="cnvlab", name="PortGroupSettings"):
    """Holds while the port group carries these VLANs, and lets through what nested VMs need."""

    def __init__(  # noqa: PLR0913, one input each
        self,
        name: str,
        *,
        port_group: pulumi.Input[str],
        server: str,
        ranges: Sequence[Range],
        security: Security,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``port_group`` is its managed object's id."""
        inputs = {"portGroup": port_group, "server": server, **said(ranges, security)}
        super().__init__(PortGroupSettingsProvider(), name, inputs, opts)


def _ensure(props: dict[str, Any]) -> dict[str, Any]:
    from clients.vcenter import port_group_settings
    from clients.vcenter.distributed import Settings

    given = whole(props)
    wanted = Settings(
        ranges=vlan_ranges.parse(given["vlans"]),
        security=Security(**{name: given[key] for key, name in IN_STATE.items()}),
    )
    with ACCESS.vcenter(props.get("server")) as vcenter:
        port_group_settings.ensure(vcenter, props["portGroup"], wanted)
    return _outs(props)


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: whole(props[key]) for key in ("portGroup", "server", *SETTINGS) if key in props}
