"""Stands for the rule that keeps the hypervisors on different hosts: an adapter over clients/vcenter.

This module and its class must never move: Pulumi's state refers to them by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
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
from components.dynamic.values import changed

if TYPE_CHECKING:
    from clients.vcenter.anti_affinity import Place

WHERE = ("server", "datacenter", "cluster", "folder", "rule")
INPUTS = (*WHERE, "machineSet", "nodes")


@dataclass(frozen=True, kw_only=True)
class AntiAffinityArgs:
    """Where the rule is, what it is called, and whose Machines it is about."""

    server: str
    datacenter: str
    cluster: str
    folder: str
    rule: str
    machine_set: str


class AntiAffinityProvider(ResourceProvider):
    """Stateless: what it holds would be pickled into the state."""

    def configure(self, req: ConfigureRequest) -> None:
        """Keeps the way to the credentials."""
        ACCESS.configure(req)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Other nodes, or a rule that a refresh found to be about others, are a change of the rule that is there."""
        replaces = changed(("datacenter", "cluster", "rule"), olds, news)
        changes = changed(("server", "folder", "machineSet", "nodes"), olds, news)
        return DiffResult(changes=bool(replaces or changes or olds.get("apart") is False), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes the rule."""
        return CreateResult(props["rule"], _keep_apart(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Brings it up to date."""
        return UpdateResult(_keep_apart(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Whether it is about the Machines that there are."""
        from clients.vcenter import anti_affinity

        machines = _machines(props)
        with ACCESS.vcenter(props["server"]) as vcenter:
            apart = anti_affinity.are_apart(vcenter, _place(props), machines)
        return ReadResult(id_, {**_outs(props), "apart": apart})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Takes the rule away: vCenter would keep it, about VMs that are gone."""
        from clients.vcenter import anti_affinity

        with ACCESS.vcenter(props["server"]) as vcenter:
            anti_affinity.let_go(vcenter, _place(props))


class AntiAffinity(Resource, module="cnvlab", name="AntiAffinity"):
    """Holds while DRS is told to keep the hypervisors apart."""

    def __init__(
        self, name: str, args: AntiAffinityArgs, nodes: pulumi.Input[list[str]], opts: pulumi.ResourceOptions
    ) -> None:
        """``nodes`` are the hypervisors: another one is a reason to write the rule anew."""
        inputs = {
            "server": args.server,
            "datacenter": args.datacenter,
            "cluster": args.cluster,
            "folder": args.folder,
            "rule": args.rule,
            "machineSet": args.machine_set,
            "nodes": nodes,
        }
        super().__init__(AntiAffinityProvider(), name, inputs, opts)


def _keep_apart(props: dict[str, Any]) -> dict[str, Any]:
    from clients.vcenter import anti_affinity

    machines = _machines(props)
    with ACCESS.vcenter(props["server"]) as vcenter:
        anti_affinity.keep_apart(vcenter, _place(props), machines)
    return _outs(props)


def _machines(props: dict[str, Any]) -> frozenset[str]:
    """A Machine's VM has the Machine's name."""
    from clients.cluster import fleet

    with ACCESS.cluster() as cluster:
        return frozenset(machine["metadata"]["name"] for machine in fleet.machines(cluster, props["machineSet"]))


def _place(props: dict[str, Any]) -> Place:
    from clients.vcenter.anti_affinity import Place

    return Place(**{key: props[key] for key in ("datacenter", "cluster", "folder", "rule")})


def _outs(props: dict[str, Any]) -> dict[str, Any]:
    return {**{key: props[key] for key in INPUTS}, "apart": True}
