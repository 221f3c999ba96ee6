"""What a vCenter's administrator does."""

from __future__ import annotations

from typing import Annotated

import typer
from pyVmomi import vim

from sandbox import inventory
from sandbox.command_line import Name, running

HostName = Annotated[str, typer.Argument(metavar="NAME", help="The new host's name.")]


def add_host(host: HostName = "goat-3.lab.bewley.net", name: Name = "lab") -> None:
    """Add an ESXi host to the cluster, with the datastore and the machine network, without the trunk."""
    instance = running(name)
    with inventory.session(instance, instance.load()) as content:
        (cluster,) = [
            found for found in inventory.all_of(content, vim.ClusterComputeResource) if found.name == inventory.CLUSTER
        ]
        inventory.add_host(cluster, host, instance.data / "datastore")
    print(f"{host} is in cluster {inventory.CLUSTER}")
