"""``python -m lab``: what a stack file means (``check``, ``render``, offline), and the way on after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import manifests, stack_file
from cli import recover as recovering
from cli import worker as worker_file
from clients.errors import LabError
from clients.recovery.pulumi import Stack as PulumiStack
from lab import plan, settings
from lab.manifests import in_apply_order, operators
from lab.mistakes import SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Stack = Annotated[str | None, typer.Option("--stack", "-s", help="A stack: reads Pulumi.<stack>.yaml in this folder.")]
File = Annotated[Path | None, typer.Option("--file", "-f", help="Any stack file.")]
Base = Annotated[
    Path | None,
    typer.Option(
        help="The worker MachineSet (oc get machineset … -o yaml) that fills in what the stack file leaves out."
    ),
]

# Lines must come out whole: they are one mistake each, and may be read by a program.
errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


@app.callback()
def main() -> None:
    """OpenShift Virtualization networking on vSphere: what a stack file means, without any server."""


@app.command()
def check(stack: Stack = None, file: File = None) -> None:
    """Checks a stack file: exit code 0, or 1 and a line for each mistake."""
    found = _read(stack, file)
    typer.echo(_summary(found))


@app.command()
def render(stack: Stack = None, file: File = None, base: Base = None) -> None:
    """Prints the Kubernetes objects that a stack file means, as YAML, in the order in which they are applied."""
    found = _read(stack, file)
    try:
        worker = None if base is None else worker_file.read(base)
        lab = plan.complete(found.settings, stack=found.stack, where=found.name, worker=worker)
    except (LabError, SettingsError) as error:
        raise _end(error) from None
    shared = [item for objects in operators(lab).values() for item in objects]
    typer.echo(manifests.to_yaml([*shared, *in_apply_order(lab)]), nl=False)


@app.command()
def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as `pulumi stack ls` names it.")],
    cwd: Annotated[
        Path, typer.Option(envvar="CNV_LAB_PROJECT", help="The folder that Pulumi.yaml is in.", show_default=False)
    ] = Path(),
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Goes on after a run that died: takes its lock off, and mends what it left half done in Pulumi's state."""
    try:
        recovering.recover(PulumiStack(name=stack, folder=cwd), dry_run=dry_run, yes=yes)
    except LabError as error:
        raise _end(error) from None


def _read(stack: str | None, file: Path | None) -> stack_file.StackFile:
    if (stack is None) == (file is None):
        raise _end(LabError("say which lab: --stack S or --file F, one of the two."))
    try:
        found = stack_file.read(file or stack_file.find(Path(), stack or ""))
    except (LabError, SettingsError) as error:
        raise _end(error) from None
    for warning in settings.warnings(found.settings):
        errors.print(f"{found.name}: warning: {warning}")
    return found


def _end(error: Exception) -> typer.Exit:
    errors.print(str(error))
    return typer.Exit(1)


def _summary(found: stack_file.StackFile) -> str:
    vlans = ", ".join(str(vlan.id) for vlan in found.settings.vlans) or "none"
    attachments = sum(len(vlan.namespaces) for vlan in found.settings.vlans)
    return (
        f"{found.name}: cluster {found.settings.cluster.infra_id}, VLANs {vlans}, "
        f"{attachments} network attachments in {len(found.settings.namespaces)} namespaces"
    )
