"""``python -m sandbox``: the lab in a box. Real servers on loopback, for a first look and for the tests."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sandbox import lifecycle, plays, project
from sandbox import limited as rights
from sandbox import show as what_stands
from sandbox.command_line import Name, Nodes, Operators, Release, running, start_command
from sandbox.errors import Refusal
from sandbox.instance import VCENTER_USER, Instance
from sandbox.parts import FAULT_PROXY
from sandbox.ports import LOOPBACK

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(plays.app, name="play")


@app.command()
def up(name: Name = "lab", release: Release = None, operators: Operators = None, nodes: Nodes = None) -> None:
    """Start it: etcd, API server, Machine API, vCenter with the post's inventory, a node agent."""
    instance = Instance.of(name)
    lifecycle.up(instance, console.print, release, operators, nodes)
    named = "" if name == "lab" else f"--name {name} "
    console.print(f"sandbox {name} is up: python -m sandbox exec {named}-- pulumi up")


@app.command()
def down(name: Name = "lab") -> None:
    """End what `up` started, and drop what was made in it. Logs stay."""
    ended = lifecycle.down(Instance.of(name))
    console.print(f"ended {', '.join(ended)}" if ended else f"sandbox {name} was not running")


@app.command()
def reset(name: Name = "lab", release: Release = None, operators: Operators = None, nodes: Nodes = None) -> None:
    """Start anew, as on the first day."""
    lifecycle.down(Instance.of(name))
    up(name, release, operators, nodes)


@app.command()
def status(name: Name = "lab", *, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show what runs, where its logs are, and the logins."""
    instance = Instance.of(name)
    found, record = lifecycle.status(instance), instance.load()
    if not found:
        raise Refusal(f"sandbox {name} is not running: {start_command(name)}")
    if as_json:
        login = {"user": VCENTER_USER, "password": record.password, "ca": str(instance.vcenter_ca)}
        told = {
            "name": name,
            "kubeconfig": str(instance.kubeconfig),
            "faults": record.ports.get("api-faults-rules"),
            "vcenter": {
                "host": LOOPBACK,
                "port": record.ports.get("vcenter"),
                "faults": record.ports.get("vcenter-faults"),
                **login,
            },
            "parts": [asdict(part) for part in found],
        }
        print(json.dumps(told, indent=2))
        return
    table = Table("part", "pid", "state", "port", "MiB", box=None)
    for part in found:
        state = "runs" if part.running else "[red]ended[/red]"
        table.add_row(part.name, str(part.pid), state, str(part.port or ""), str(part.memory_mib))
    console.print(table)
    console.print(f"{sum(part.memory_mib for part in found)} MiB in all")
    console.print(f"kubeconfig {instance.kubeconfig}\nlogs {instance.logs}")
    if not all(part.running for part in found):
        raise typer.Exit(1)


@app.command()
def show(name: Name = "lab") -> None:
    """Show what stacks have made in it, as its servers tell."""
    instance = running(name)
    for line in what_stands.lines(instance, instance.load()):
        console.print(line, markup=False)


@app.command()
def logs(part: Annotated[str, typer.Argument(help="A part, as `status` names it.")], name: Name = "lab") -> None:
    """Print a part's log."""
    instance = Instance.of(name)
    log = instance.logs / f"{part}.log"
    if not log.is_file():
        there = ", ".join(sorted(path.stem for path in instance.logs.glob("*.log"))) or "none"
        raise Refusal(f"sandbox {name} has no log of {part!r}; there are: {there}.")
    sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))


@app.command(name="exec", context_settings={"ignore_unknown_options": True})
def execute(
    command: Annotated[list[str], typer.Argument(help="After --: a command and its arguments.")],
    name: Name = "lab",
    *,
    faults: Annotated[bool, typer.Option(help="Reach the API server through a proxy that takes faults.")] = False,
    limited: Annotated[bool, typer.Option(help="As a user who may do no more than a lab needs.")] = False,
) -> None:
    """Run a command that means this sandbox: `exec -- pulumi preview`, `exec -- oc get machines -A`."""
    instance = running(name)
    environment = {**os.environ, **project.environment(instance, instance.load())}
    if limited:
        if not instance.limited_kubeconfig.exists():
            rights.grant(instance, instance.load())
        environment |= project.limited_environment(instance, instance.load())
    if faults:
        if FAULT_PROXY not in instance.load().processes:
            lifecycle.start_part(instance, FAULT_PROXY)
        environment["KUBECONFIG"] = str(instance.faulty_kubeconfig)
    os.chdir(instance.project)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606  that is what it is for
    except FileNotFoundError:
        raise Refusal(f"there is no command {command[0]!r}.") from None
    except PermissionError:
        raise Refusal(f"{command[0]!r} is not executable.") from None


def main() -> None:
    """Ends with a line, not a traceback, where something is the user's to mend."""
    try:
        app()
    except Refusal as refusal:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(refusal), markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
