"""What goes over the wire, where nodes have a kernel."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.command_line import Name, running
from sandbox.errors import Refusal
from sandbox.node_agent import door

Vlan = Annotated[int, typer.Option(help="The VLAN of both VMs.")]


def ping(vlan: Vlan = 1928, name: Name = "lab") -> None:
    """Two VMs of a VLAN, on two nodes, ping each other; shows what went over the trunk."""
    instance = running(name)
    if instance.load().nodes != "kernel":
        raise Refusal(f"the nodes of sandbox {name} have no kernel: reset --nodes kernel, and `pulumi up` again")
    answer = door.ask(instance.door, {"ping": vlan})
    print("\n".join(answer["lines"]))
    if not answer["good"]:
        raise typer.Exit(1)
