"""What the commands of `python -m sandbox` share: which sandbox is meant, and whether it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from lab import releases
from sandbox import lifecycle, operators
from sandbox.errors import Refusal
from sandbox.instance import NODES, Instance

Name = Annotated[
    str, typer.Option("--name", envvar="CNV_LAB_SANDBOX", help="Which sandbox; each has its own ports and data.")
]


def _known(release: str | None) -> str | None:
    if release not in {None, *releases.SUPPORTED}:
        raise typer.BadParameter(f"one of {', '.join(releases.SUPPORTED)}")
    return release


Release = Annotated[
    str | None,
    typer.Option("--release", callback=_known, help="OpenShift's release, as the cluster tells it; 4.20 if unset."),
]


def _choice(choice: str | None) -> str | None:
    if choice not in {None, *operators.CHOICES}:
        raise typer.BadParameter(f"one of {', '.join(operators.CHOICES)}")
    return choice


Operators = Annotated[
    str | None,
    typer.Option(
        "--operators",
        callback=_choice,
        help="Whether NMState and OpenShift Virtualization are there: installed, or none.",
    ),
]


def _nodes(choice: str | None) -> str | None:
    if choice not in {None, *NODES}:
        raise typer.BadParameter(f"one of {', '.join(NODES)}")
    return choice


Nodes = Annotated[
    str | None,
    typer.Option(
        "--nodes",
        callback=_nodes,
        help="What the nodes' networks are: simulated, or kernel, a guest for each (as root on Debian).",
    ),
]


def running(name: str) -> Instance:
    """The sandbox of this name.

    Raises:
        Refusal: it does not run, or not all of it.
    """
    instance = Instance.of(name)
    found = lifecycle.status(instance)
    ended = [part.name for part in found if not part.running]
    if not found or ended:
        what = f"{', '.join(ended)} of sandbox {name} ended" if found else f"sandbox {name} is not running"
        raise Refusal(f"{what}: {start_command(name)}")
    return instance


def start_command(name: str) -> str:
    """What starts the sandbox of this name."""
    return f"python -m sandbox up{'' if name == 'lab' else f' --name {name}'}"
