"""The lab's owner gives the program a user that may do what it needs, and no more."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox import limited
from sandbox.command_line import Name, running

Without = Annotated[
    list[str] | None, typer.Option(metavar="PRIVILEGE", help="Not this one, though a lab needs it; may be repeated.")
]


def limit(without: Without = None, name: Name = "lab") -> None:
    """Give `exec --limited` the privileges in vCenter and the rules in the cluster that docs/credentials.md lists."""
    instance = running(name)
    limited.grant(instance, instance.load(), without or ())
    told = f", but for {', '.join(without)}" if without else ""
    named = "" if name == "lab" else f"--name {name} "
    print(f"the limited user may do what a lab needs{told}: python -m sandbox exec {named}--limited -- pulumi up")
