"""``python -m bench.nodes``: what nmstate and NetworkManager take for a lab's policy on a real kernel, at each size.

With ``--write`` the record is renewed that the limits of bridge designs come from (lab/capacity.py).
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench import curve, labs
from bench.labs import Size
from lab import capacity, manifests, names, ranges
from lab.capacity import Measured
from lab.manifests.bridging import DESIGNS
from lab.sections import Vlan
from sandbox.errors import Refusal
from sandbox.kernel import availability
from sandbox.kernel.guest import CommandError, Guest, Nic
from sandbox.kernel.node import APPLY, AppliedError, Node
from sandbox.kernel.port_groups import PortGroup
from sandbox.kernel.switch import Switch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# All but what a kernel here can't do, as docs/kernel-nodes.md says.
MEASURED = tuple(sorted(DESIGNS.keys() - {"ovn-localnet"}))
MEMORY_MIB = 2048
# What is in use, of /proc/meminfo: processes' own, and the kernel's; not what it keeps of files while there is room.
IN_USE = ("AnonPages", "SUnreclaim", "KernelStack", "PageTables", "Percpu")
# It has settled once this many looks in a row, so many seconds apart, differ by less than this; or after some more.
LOOKS, APART, ALIKE_KIB, MOST_LOOKS = 4, 0.5, 512, 60

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    sizes: Annotated[str, typer.Option(help="Numbers of VLANs.")] = "4 20 100 200 300 500 700 1000 2047 4094",
    designs: Annotated[str, typer.Option(help="Bridge designs.")] = " ".join(MEASURED),
    write: Annotated[bool, typer.Option("--write", help="Renew the record that the limits come from.")] = False,  # noqa: FBT002
) -> None:
    """Apply each policy to a node of its own, twice; of a design, sizes beyond the first that fails are left out."""
    if reason := availability.lacking():
        raise Refusal(f"there can be no kernel nodes here: {reason}")
    typer.echo(f"{curve.HEAD}\n{curve.RULE}")
    measured: list[Measured] = []
    for design in designs.split():
        failed = math.inf
        for ids in map(spread, sorted(map(int, sizes.split()))):
            if capacity.size(design, ids) < failed:
                measured.append(_measured(design, ids))
                typer.echo(curve.line(measured[-1]))
                failed = measured[-1].size if measured[-1].complaint else failed
                if write:
                    curve.write(measured)
    for design in designs.split():
        most = f"{capacity.limit(design)} {capacity.unit(design)}"
        typer.echo(f"{design}: at most {most}, by the record: {capacity.told(design)}")


def _measured(design: str, ids: Sequence[int]) -> Measured:
    lab = labs.completed(labs.parsed(labs.raw(labs.stack_file(Size(vlans=1, design=design)))))
    # Not by way of the stack file, which refuses sizes that are to be measured here.
    vlans = tuple(Vlan(id=vlan, name=f"v{vlan}") for vlan in ids)
    state = manifests.policy(replace(lab, vlans=vlans))["spec"]["desiredState"]
    of: dict[str, Any] = {"design": design, "vlans": len(ids), "ranges": len(ranges.merged(ids))}
    address = "00:50:56:00:00:01"
    with Switch() as switch:
        nic = Nic(name=lab.nic, address=address, cable=switch.plug("node", address, PortGroup(name="trunk")))
        with Guest("bench", [nic], memory_mib=MEMORY_MIB) as guest:
            node, memory = Node(guest), Memory(guest)
            before, where = memory.settled_mib(), ""
            try:
                first = _cost(guest, lambda: node.apply(state))
                held = {"nmstatectl_mib": memory.commands_mib(), "network_manager_mib": memory.network_manager_mib()}
                where = "again: "
                again = _cost(guest, lambda: node.apply(state))
                stays, where = memory.settled_mib() - before, "shown: "
                shown = _cost(guest, node.show)
            except (AppliedError, CommandError, Refusal) as error:
                return Measured(**of, complaint=f"{where}{_complaint(error)}")
    costs = {"apply": first, "again": again, "show": shown}
    walls = {f"{name}_s": round(cost.wall_s, 1) for name, cost in costs.items()}
    cpus = {f"{name}_cpu_s": round(cost.cpu_s, 1) for name, cost in costs.items()}
    return Measured(**of, stays_mib=stays, **held, **walls, **cpus)


def spread(count: int) -> Sequence[int]:
    """That many ids, as far apart as they can be: neighbours would be one range of the trunk's."""
    step = names.VLAN_ID_MAX // count
    return range(step, step * count + 1, step)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds by the clock, and of CPUs by all of a guest's processes."""

    wall_s: float
    cpu_s: float


def _cost(guest: Guest, act: Callable[[], object]) -> Cost:
    wall, cpu = time.monotonic(), guest.cpu_seconds()
    act()
    return Cost(wall_s=time.monotonic() - wall, cpu_s=guest.cpu_seconds() - cpu)


def _complaint(error: Exception) -> str:
    """What nmstate said last; of a command that was ended, Python said it."""
    told = str(error).splitlines()[-1]
    return f"not within {APPLY} s" if "TimeoutExpired" in told else told


class Memory:
    """What processes of a guest hold, and what is in use in all."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def commands_mib(self) -> int:
        """The most that one of the commands has held; nmstatectl's, for all others are small."""
        kib: int = self._guest.ask("most_held")
        return round(kib / 1024)

    def network_manager_mib(self) -> int:
        """The most that it has held."""
        pid = self._guest.run("pidof", "NetworkManager").strip()
        return round(_kib(self._guest.run("cat", f"/proc/{pid}/status"))["VmHWM"] / 1024)

    def settled_mib(self) -> int:
        """What is in use once it stays the same: what ends takes a while to be given back."""
        looks: list[int] = []
        for _ in range(MOST_LOOKS):
            found = _kib(self._guest.run("cat", "/proc/meminfo"))
            looks.append(sum(found[name] for name in IN_USE))
            if len(looks) >= LOOKS and max(looks[-LOOKS:]) - min(looks[-LOOKS:]) < ALIKE_KIB:
                break
            time.sleep(APART)
        return round(looks[-1] / 1024)


def _kib(told: str) -> dict[str, int]:
    """The lines with a number of kB."""
    words = (line.replace(":", " ").split() for line in told.splitlines())
    return {line[0]: int(line[1]) for line in words if line[-1] == "kB"}


if __name__ == "__main__":
    try:
        app()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(1)
