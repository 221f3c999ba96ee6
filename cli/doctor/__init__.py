"""``python -m lab doctor``: whether all that a lab stands on is there, before the first ``up`` and after."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from cli import options, stack_file
from cli.doctor import show
from cli.options import File, Stack
from cli.schema import PAGE
from clients.errors import LabError
from clients.recovery.pulumi import Stack as PulumiStack
from lab import names, settings
from lab.doctor.report import Notes, Outcome, Report
from lab.mistakes import SettingsError

if TYPE_CHECKING:
    from lab.settings import Settings

RULES = PAGE.with_name("rbac.yaml")

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON; docs/doctor.md has its shape.")]


def doctor(stack: Stack = None, file: File = None, *, as_json: AsJson = False) -> None:
    """Looks at vCenter and the cluster, and tells whether the lab can be made: exit code 1 when a check fails.

    Nothing is changed. Logins are those of `pulumi up`: VSPHERE_USER, VSPHERE_PASSWORD and KUBECONFIG, or the
    stack's configuration.
    """
    if (stack is None) == (file is None):
        raise options.end(LabError("say which lab: --stack S or --file F, one of the two."))
    try:
        report = _examine(file or stack_file.find(Path(), stack or ""))
    except LabError as error:
        raise options.end(error) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        show.show(report)
    if report.outcome is Outcome.FAIL:
        raise typer.Exit(1)


def _examine(path: Path) -> Report:
    from clients.credentials import Logins
    from clients.doctor import stack as pulumi_stack
    from clients.doctor.examine import Subject, examine

    notes = Notes()
    wanted, full_name = _settings(path, notes)
    pulumi = PulumiStack(name=full_name.partition(".")[2], folder=path.parent)
    config = stack_file.read_yaml(path)["config"]
    get = pulumi_stack.configuration(config, wanted, pulumi, path.name)
    subject = Subject(
        settings=wanted,
        stack=full_name,
        where=path.name,
        logins=Logins(get=get, environ=os.environ),
        recorded=pulumi_stack.look(pulumi, notes),
        rules=_rules(),
    )
    examine(subject, notes)
    return Report(stack=full_name, file=path.name, findings=notes.findings())


def _rules() -> list[Any]:
    """The rules that an administrator gives the program's user in the cluster.

    Raises:
        LabError: the page is not there; it is part of the checkout.
    """
    try:
        return list(yaml.safe_load_all(RULES.read_text(encoding="utf-8")))
    except OSError as error:
        raise LabError(f"{RULES} cannot be read: {error.strerror}.") from None


def _settings(path: Path, notes: Notes) -> tuple[Settings | None, str]:
    """The file's settings, or None where it has mistakes; and the stack's full name.

    Raises:
        LabError: it is no stack file.
    """
    try:
        found = stack_file.read(path)
    except SettingsError as error:
        notes.fail("stack.file", error)
        return None, f"{names.PROJECT}.{path.name.removeprefix('Pulumi.').removesuffix('.yaml').removesuffix('.yml')}"
    vlans = ", ".join(str(vlan.id) for vlan in found.settings.vlans) or "none"
    notes.note("stack.file", warnings=settings.warnings(found.settings), fine=[f"{found.name}: VLANs {vlans}"])
    return found.settings, found.stack
