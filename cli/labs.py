"""``python -m lab list``: the labs of this folder side by side, and what they would take from each other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli import options, stack_file, terminal
from clients.errors import LabError
from lab import offline, ranges
from lab.collisions import Collision, collisions
from lab.mistakes import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from cli.stack_file import StackFile
    from lab.plan import Lab

# For nothing, for what the worker MachineSet decides, and for what a lab of existing nodes has no hand in.
NONE, WORKERS, NOBODYS = "-", "as the worker", "not the lab's"


@dataclass(frozen=True, kw_only=True)
class Found:
    """The labs of a folder, by their files' names; ``mistakes`` are lines on files of which there is no lab."""

    files: Mapping[str, StackFile]
    labs: Mapping[str, Lab]
    mistakes: tuple[str, ...]

    @property
    def collisions(self) -> list[Collision]:
        """What they would take from each other."""
        return collisions(self.labs)


def labs(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Lists the labs of this folder, and the names and nodes that two of them would both have.

    Stack files are compared, no server is asked. Exit code 1 where labs collide, or a file has mistakes.
    """
    found = look(Path())
    if as_json:
        typer.echo(json.dumps(to_json(found), indent=2, ensure_ascii=False))
    else:
        terminal.show(lambda out: draw(found, out))
        for line in (*found.mistakes, *map(str, found.collisions)):
            options.errors.print(line)
    if found.mistakes or found.collisions:
        raise typer.Exit(1)


def look(folder: Path) -> Found:
    """The labs of a folder. One that cannot be read hides none of the others."""
    files: dict[str, StackFile] = {}
    labs: dict[str, Lab] = {}
    mistakes: list[str] = []
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        try:
            files[path.name] = stack_file.read(path)
        except (LabError, SettingsError) as error:
            mistakes += str(error).splitlines()
    for name, found in files.items():
        try:
            labs[name] = offline.complete(
                found.settings, stack=found.stack, where=name, servers=_servers(found, files.values())
            )
        except SettingsError as error:
            mistakes += str(error).splitlines()
    # What is wrong with a shared file is wrong with every lab that extends it, and told once.
    return Found(files=files, labs=labs, mistakes=tuple(dict.fromkeys(mistakes)))


def _servers(of: StackFile, files: Iterable[StackFile]) -> set[str]:
    """The vCenters that the labs of its cluster name."""
    infra_id = of.settings.cluster.infra_id
    found = (file.settings.vcenter.server for file in files if file.settings.cluster.infra_id == infra_id)
    return {server for server in found if server is not None}


def to_json(found: Found) -> dict[str, Any]:
    """What the table shows, with its names, and null for what is not known here."""
    return {
        "labs": [_facts(found.files[name], lab) for name, lab in found.labs.items()],
        "collisions": [{**asdict(item), "told": str(item)} for item in found.collisions],
        "mistakes": list(found.mistakes),
    }


def _facts(file: StackFile, lab: Lab) -> dict[str, Any]:
    makes_machines = lab.existing is None
    return {
        "stack": file.stack.partition(".")[2],
        "file": file.name,
        "vcenter": offline.known(lab.server),
        "vsphereCluster": offline.known(lab.cluster),
        "infraId": lab.infra_id,
        "portGroup": lab.port_group if makes_machines else None,
        "portGroupIsExisting": lab.trunk.existing if makes_machines else None,
        "nic": lab.nic,
        "bridging": lab.bridging,
        "vlans": list(lab.vlan_ids),
        "namespaces": [namespace.name for namespace in lab.namespaces],
        "extends": list(file.settings.extends),
    }


def draw(found: Found, out: Console) -> None:
    """A table of the labs; where it is too wide, a block each."""
    rows = [_row(facts) for facts in to_json(found)["labs"]]
    if not rows:
        out.print("no labs here: each has a stack file, Pulumi.<stack>.yaml")
        return
    table = _table(rows)
    if terminal.fits(table, out):
        out.print(table)
    else:
        for row in rows:
            out.print(_block(row))


def _row(facts: Mapping[str, Any]) -> dict[str, str]:
    """The texts of one lab by their headings, the stack's name under ``stack``."""
    trunk = facts["portGroup"]
    vlans = facts["vlans"]
    return {
        "stack": facts["stack"],
        "vCenter": _place(facts),
        "cluster": facts["infraId"],
        "trunk": NOBODYS if trunk is None else f"{trunk} (existing)" if facts["portGroupIsExisting"] else trunk,
        "NIC": facts["nic"],
        "bridges": facts["bridging"],
        "VLANs": f"{len(vlans)}: {ranges.told(ranges.merged(vlans))}" if vlans else NONE,
        "namespaces": ", ".join(facts["namespaces"]) or NONE,
        "extends": ", ".join(facts["extends"]) or NONE,
    }


def _place(facts: Mapping[str, Any]) -> str:
    """VCenter and the compute cluster in it."""
    if facts["portGroup"] is None:
        return NOBODYS
    return " / ".join(facts[key] or WORKERS for key in ("vcenter", "vsphereCluster"))


def _table(rows: Sequence[Mapping[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in rows[0]:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*row.values())
    return table


def _block(row: Mapping[str, str]) -> Group:
    """A lab on lines of its own: what is longer than the terminal is folded behind its heading."""
    stack, *others = row.items()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, text in others:
        table.add_row(f"  {heading}", text)
    return Group(Text(stack[1], style="bold"), table)
