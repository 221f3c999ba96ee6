"""Where the lab is: the OpenShift cluster, and the places in vSphere."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from lab import names, releases
from lab.sections.base import InventoryPath, Section, Text, dns_label, inventory_name, refuse


def _release(value: object) -> object:
    if isinstance(value, float | int):
        raise refuse(
            "without quotes YAML reads a release as a number, in which 4.20 is 4.2",
            f'Write it in quotes, such as "{releases.NEWEST}", or auto',
        )
    return value


def _known_release(value: str) -> str:
    if value != "auto" and value not in releases.SUPPORTED:
        raise refuse("the program does not know this release", f"Write one of {', '.join(releases.SUPPORTED)}, or auto")
    return value


class Cluster(Section):
    """The OpenShift cluster: asserted against Infrastructure/cluster before anything is made."""

    infra_id: Annotated[str, dns_label(names.MACHINE_SET_NAME_MAX, "an infrastructure id")]
    openshift: Annotated[
        str,
        BeforeValidator(_release),
        AfterValidator(_known_release),
        WithJsonSchema({"type": "string", "enum": ["auto", *releases.SUPPORTED]}),
    ] = "auto"
    context: Text | None = None
    based_on: Text = "auto"


class Vcenter(Section):
    """Where in vSphere the hypervisors go; what is left out comes from the worker MachineSet."""

    server: Text | None = None
    datacenter: Annotated[str, inventory_name("a datacenter's name")] | None = None
    cluster: Annotated[str, inventory_name("a cluster's name")] | None = None
    datastore: Text | None = None
    folder: InventoryPath | None = None
    resource_pool: InventoryPath | None = None
    machine_network: Annotated[str, inventory_name("a network's name")] | None = None
