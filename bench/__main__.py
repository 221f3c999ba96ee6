"""``python -m bench``: what a lab costs, ours beside a bare Pulumi program and one client's apply, from one run."""

from __future__ import annotations

import os
import sys
from itertools import product
from typing import TYPE_CHECKING, Annotated

import typer

from bench import apart, page, report
from bench.labs import Size
from bench.measure import run
from bench.report import Row
from bench.subjects import STEPS, SUBJECTS
from lab import capacity
from sandbox import lifecycle
from sandbox.errors import Refusal
from sandbox.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Cost

# From here on a state in a file makes every step slow, for all of it is written after each.
LARGE = 500
# Settings, policy and lookups, without a run of Pulumi's.
APART = "apart"
ALL = (*SUBJECTS, APART)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(  # noqa: PLR0913  the command's options
    sizes: Annotated[str, typer.Option(help="Numbers of VLANs.")] = "4 100 1000",
    subjects: Annotated[str, typer.Option(help=f"Some of {', '.join(ALL)}.")] = " ".join(ALL),
    namespaces: Annotated[int, typer.Option(min=1, help="Namespaces; each VLAN is attached to each.")] = 1,
    hypervisors: Annotated[int, typer.Option(min=0, help="Nodes that ours waits for.")] = 1,
    vms: Annotated[str, typer.Option(help="Numbers of other VMs in vCenter, for what is measured apart.")] = "10 500",
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Of sizes without minutes; the least of a step counts.")] = 1,
    write: Annotated[bool, typer.Option("--write", help="Put the seconds of CPU into docs/scale.md.")] = False,
) -> None:
    """Measure up, a second up, preview and destroy at each size, in a sandbox of its own."""
    wanted = [Size(vlans=int(size), namespaces=namespaces, hypervisors=hypervisors) for size in sizes.split()]
    chosen = subjects.split()
    if unknown := [name for name in chosen if name not in ALL]:
        raise Refusal(f"there is no subject {unknown[0]!r}; there are: {', '.join(ALL)}.")
    if set(chosen) & {"ours", "bare"} and any(size.attachments >= LARGE for size in wanted):
        _say(f"{LARGE} attachments and more take minutes: a state in a file is written anew after each step.")
    most = capacity.limit("per-vlan")
    _say(f"bridge design vlan-aware at every size: per-vlan, the post's, is refused above {most} VLANs.")
    instance = Instance.of(f"bench-{os.getpid()}")
    lifecycle.up(instance, lambda _: None)
    try:
        names = [name for name in chosen if name != APART]
        rows = [row for size in wanted for row in _measure(instance, size, names, rounds)]
        for line in report.lines(rows):
            typer.echo(line)
        if write:
            page.write(rows)
        if APART in chosen:
            for line in apart.lines(instance, [size.vlans for size in wanted], sorted(map(int, vms.split()))):
                typer.echo(line)
    finally:
        lifecycle.remove(instance)


def _measure(instance: Instance, size: Size, names: Sequence[str], rounds: int) -> list[Row]:
    """Every subject in each round, so that a machine that is slow for a while is slow for all of them."""
    subjects = {name: SUBJECTS[name](instance, size) for name in names}
    costs: dict[tuple[str, str], Cost] = {}
    kept = {}
    for _ in range(1 if size.attachments >= LARGE else rounds):
        for (name, subject), step in product(subjects.items(), STEPS):
            cost = run(subject.command(step))
            _say(f"{size.vlans} VLANs, {name}, {step}: {report.cell(cost)}")
            costs[name, step] = cost.least(costs.get((name, step), cost))
            if step == "preview":
                kept[name] = subject.kept()
    return [
        Row(
            size=size, subject=name, resources=resources, state=state, costs={step: costs[name, step] for step in STEPS}
        )
        for name, (resources, state) in kept.items()
    ]


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    try:
        app()
    except Refusal as refusal:
        _say(str(refusal))
        sys.exit(1)
