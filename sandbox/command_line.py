"""What the commands of `python -m sandbox` share: which sandbox is meant, and whether it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lab import releases
from sandbox import lifecycle, operators
from sandbox.errors import Refusal
from sandbox.instance import NODES, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Name = Annotated[
    str, typer.Option("--name", envvar="CNV_LAB_SANDBOX", help="Which sandbox; each has its own ports and data.")
]


def _one_of(choices: Iterable[str]) -> Callable[[str | None], str | None]:
    """What typer is to do with an option that has these values."""

    def check(choice: str | None) -> str | None:
        if choice not in {None, *choices}:
            raise typer.BadParameter(f"one of {', '.join(choices)}")
        return choice

    return check


Release = Annotated[
    str | None,
    typer.Option(
        "--release",
        callback=_one_of(releases.SUPPORTED),
        help="OpenShift's release, as the cluster tells it; 4.20 if unset.",
    ),
]


Operators = Annotated[
    str | None,
    typer.Option(
        "--operators",
        callback=_one_of(operators.CHOICES),
        help="Whether NMState and OpenShift Virtualization are there: installed, or none.",
    ),
]


Nodes = Annotated[
    str | None,
    typer.Option(
        "--nodes",
        callback=_one_of(NODES),
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
