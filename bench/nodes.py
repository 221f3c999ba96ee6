"""``python -m bench.nodes``: what nmstate and NetworkManager take for a lab's policy on a real kernel, at each size.

The curve that lab/agreement.py's limit for per-VLAN bridges comes from.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Annotated

import typer

from bench import labs
from bench.labs import Size
from lab import manifests
from lab.manifests.bridging import DESIGNS
from lab.sections import Vlan
from sandbox.errors import Refusal
from sandbox.kernel import availability
from sandbox.kernel.guest import CommandError, Guest, Nic
from sandbox.kernel.node import APPLY, AppliedError, Node
from sandbox.kernel.port_groups import PortGroup
from sandbox.kernel.switch import Switch

# What a kernel here can't do, as docs/kernel-nodes.md says.
WITHOUT = "ovn-localnet"
MEMORY_MIB = 2048

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    sizes: Annotated[str, typer.Option(help="Numbers of VLANs.")] = "4 20 100 200 300 1000 4094",
    designs: Annotated[str, typer.Option(help="Bridge designs.")] = " ".join(set(DESIGNS) - {WITHOUT}),
) -> None:
    """Apply each policy to a node of its own, twice; of a design, sizes beyond the first that fails are left out."""
    if reason := availability.lacking():
        raise Refusal(f"there can be no kernel nodes here: {reason}")
    typer.echo("| design | VLANs | applied in | applied again in | memory of the guest | shown in |")
    typer.echo("| --- | --- | --- | --- | --- | --- |")
    for design in designs.split():
        for size in sorted(map(int, sizes.split())):
            cells = _measured(design, size)
            typer.echo(f"| {design} | {size} | {' | '.join(cells)} |")
            if len(cells) == 1:
                break


def _measured(design: str, size: int) -> list[str]:
    lab = labs.completed(labs.parsed(labs.raw(labs.stack_file(Size(vlans=1, design=design)))))
    # Not by way of the stack file, which refuses sizes that are to be measured here.
    vlans = tuple(Vlan(id=vlan, name=f"v{vlan}") for vlan in range(1, size + 1))
    state = manifests.policy(replace(lab, vlans=vlans))["spec"]["desiredState"]
    address = "00:50:56:00:00:01"
    with Switch() as switch:
        nic = Nic(name=lab.nic, address=address, cable=switch.plug("node", address, PortGroup(name="trunk")))
        with Guest("bench", [nic], memory_mib=MEMORY_MIB) as guest:
            node = Node(guest)
            before = _used_mib(guest)
            try:
                first, again = _seconds(node, state), _seconds(node, state)
                begin = time.monotonic()
                node.show()
            except (AppliedError, CommandError, Refusal) as error:
                return [f"not within {APPLY} s: {str(error).splitlines()[-1]}"]
            shown = time.monotonic() - begin
            return [f"{first:.1f} s", f"{again:.1f} s", f"{_used_mib(guest) - before} MiB", f"{shown:.1f} s"]


def _seconds(node: Node, state: dict[str, object]) -> float:
    begin = time.monotonic()
    node.apply(state)
    return time.monotonic() - begin


def _used_mib(guest: Guest) -> int:
    # What the kernel only keeps because nobody else wants the room.
    guest.run("tee", "/proc/sys/vm/drop_caches", text="3")
    told = dict(line.split(":") for line in guest.run("cat", "/proc/meminfo").splitlines())
    return (int(told["MemTotal"].split()[0]) - int(told["MemAvailable"].split()[0])) // 1024


if __name__ == "__main__":
    try:
        app()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)
