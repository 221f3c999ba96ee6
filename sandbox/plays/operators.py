"""What befalls the installation of an operator."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sandbox import cluster, operators
from sandbox.command_line import Name, running
from sandbox.errors import Refusal
from sandbox.node_agent.cluster import MERGE_PATCH, PLANS, namespaced


class Installation(StrEnum):
    """How it goes."""

    BROKEN = "broken"
    UNAPPROVED = "unapproved"
    WELL = "well"


Package = Annotated[str, typer.Argument(metavar="PACKAGE", help=f"One of {', '.join(operators.PACKAGES)}.")]
How = Annotated[Installation, typer.Argument(help="well is how a sandbox starts.")]


def operator(package: Package, how: How, name: Name = "lab") -> None:
    """An operator's deployment does not come up, its InstallPlan waits for approval, or all goes well (again)."""
    if package not in operators.PACKAGES:
        raise Refusal(f"{package!r} is none of {', '.join(operators.PACKAGES)}.")
    instance = running(name)
    switches = operators.Switches(instance.olm)
    for switch, wanted in (
        (switches.broken(package), how is Installation.BROKEN),
        (switches.unapproved(package), how is Installation.UNAPPROVED),
    ):
        if wanted:
            switch.touch()
        else:
            switch.unlink(missing_ok=True)
    if how is Installation.WELL:
        api = cluster.log_in(instance)
        for plan in api.request("GET", PLANS)["items"]:
            path = f"{namespaced(PLANS, plan['metadata']['namespace'])}/{plan['metadata']['name']}"
            api.request("PATCH", path, body={"spec": {"approved": True}}, content=MERGE_PATCH)
    print(f"the installation of {package} goes {how}" if how is Installation.WELL else f"{package} is {how}")
