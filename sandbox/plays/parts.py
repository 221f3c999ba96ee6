"""What befalls a part: it hangs, or dies, and comes back."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from sandbox import lifecycle
from sandbox.command_line import Name  # noqa: TC001, typer reads it
from sandbox.errors import Refusal
from sandbox.instance import Instance

PartName = Annotated[str, typer.Argument(metavar="PART", help="A part, as `status` names it.")]


def freeze(part: PartName, name: Name = "lab") -> None:
    """Stop a part in its tracks: it answers nobody, and does not end."""
    _send(name, part, signal.SIGSTOP)
    print(f"{part} is frozen: python -m sandbox play thaw {part}")


def thaw(part: PartName, name: Name = "lab") -> None:
    """Let a frozen part go on."""
    _send(name, part, signal.SIGCONT)
    print(f"{part} goes on")


def kill(part: PartName, name: Name = "lab") -> None:
    """Kill a part (kill -9)."""
    lifecycle.kill_part(_instance(name, part), part)
    print(f"{part} is dead: python -m sandbox play start {part}")


def start(part: PartName, name: Name = "lab") -> None:
    """Start a part that died: with all that is stored, but vCenter, whose inventory is in its memory."""
    lifecycle.start_part(_instance(name, part), part)
    print(f"{part} runs")


def _send(name: str, part: str, number: signal.Signals) -> None:
    lifecycle.signal_part(_instance(name, part), part, number)


def _instance(name: str, part: str) -> Instance:
    """The sandbox of this name, if it has such a part.

    Raises:
        Refusal: it has not.
    """
    instance = Instance.of(name)
    parts = instance.load().processes
    if part not in parts:
        raise Refusal(f"sandbox {name} has no part {part!r}; it has: {', '.join(parts) or 'none, it is not running'}.")
    return instance
