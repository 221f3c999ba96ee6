"""``python -m lab``: what a stack file means, whether it can be made, and the way on after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import labs, manifests, options, schema, topology
from cli.doctor import doctor
from cli.init import init
from cli.options import Base, File, Stack
from cli.prove import prove
from cli.report.command import report
from clients.errors import LabError
from clients.recovery.pulumi import Stack as PulumiStack
from lab.manifests import in_apply_order, operators

if TYPE_CHECKING:
    from cli.stack_file import StackFile

StackName = Annotated[str, typer.Option("--stack", "-s", help="The stack, as `pulumi stack ls` names it.")]
Project = Annotated[
    Path, typer.Option(envvar="CNV_LAB_PROJECT", help="The folder that Pulumi.yaml is in.", show_default=False)
]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """OpenShift Virtualization networking on vSphere: what a stack file means, and whether it can be made."""


app.command(short_help="Writes a stack file, of what cluster and vCenter tell.")(init)


@app.command(short_help="Checks a stack file, without any server.")
def check(stack: Stack = None, file: File = None) -> None:
    """Checks a stack file: exit code 0, or 1 and a line for each mistake."""
    typer.echo(_summary(options.read(stack, file)))


@app.command(short_help="Prints the Kubernetes objects that it means.")
def render(stack: Stack = None, file: File = None, base: Base = None) -> None:
    """Prints the Kubernetes objects that a stack file means, as YAML, in the order in which they are applied."""
    lab = options.complete(stack, file, base)
    shared = [item for objects in operators(lab).values() for item in objects]
    typer.echo(manifests.to_yaml([*shared, *in_apply_order(lab)]), nl=False)


@app.command(short_help="Goes on after a run that died.")
def recover(
    stack: StackName,
    cwd: Project = Path(),
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Goes on after a run that died: takes its lock off, and mends what it left half done in Pulumi's state."""
    from cli import recover as recovering

    try:
        recovering.recover(PulumiStack(name=stack, folder=cwd), dry_run=dry_run, yes=yes)
    except LabError as error:
        raise options.end(error) from None


@app.command(short_help="Takes over what was made by hand.")
def adopt(
    stack: StackName,
    cwd: Project = Path(),
    *,
    write: Annotated[bool, typer.Option("--write", "--yes", "-y", help="Take it over.")] = False,
) -> None:
    """Tells what stands already of a stack, made by hand, and what `up` would change of it; --write takes it over."""
    from cli import adopt as adopting

    try:
        adopting.adopt(PulumiStack(name=stack, folder=cwd), write=write)
    except LabError as error:
        raise options.end(error) from None


app.command(short_help="Tells whether it can be made: asks, changes nothing.")(doctor)
app.command(short_help="Proves that frames get through, or tells which layer drops them.")(prove)
app.command(short_help="Draws the VLANs' way from switch to namespaces.")(topology.topology)
app.command(short_help="Prints the stack file's JSON Schema, for editors.")(schema.schema)
app.command(short_help="Prints a pull request's comment, of a preview.")(report)
app.command("list", short_help="Lists the labs of this folder, and what collides.")(labs.labs)


def _summary(found: StackFile) -> str:
    vlans = ", ".join(str(vlan.id) for vlan in found.settings.vlans) or "none"
    attachments = sum(len(vlan.namespaces) for vlan in found.settings.vlans)
    shared = f" with {', '.join(found.settings.extends)}" if found.settings.extends else ""
    return (
        f"{found.name}{shared}: cluster {found.settings.cluster.infra_id}, VLANs {vlans}, "
        f"{attachments} network attachments in {len(found.settings.namespaces)} namespaces"
    )
