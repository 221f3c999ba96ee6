"""``python -m lab init``: a stack file to begin with, of what can be read and what its owner decides."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options, stack_file
from cli.init import asking
from cli.schema import PAGE
from clients.errors import LabError
from lab import names, plan, releases, settings
from lab.draft import questions, writing
from lab.mistakes import Mistake, SettingsError

if TYPE_CHECKING:
    from clients.draft.read import Found

# Pulumi's own rule for a stack's name.
STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
SCHEMA = PAGE.with_name("stack-file.schema.json")

Stack = Annotated[str | None, typer.Option("--stack", "-s", help="The new stack: writes Pulumi.<stack>.yaml here.")]
Vlans = Annotated[
    list[str] | None,
    typer.Option("--vlan", metavar="'ID NAME [NAMESPACE…]'", help="A VLAN; once for each: --vlan '1925 trans-proxy'."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="What a key shall be: --set trunk.portGroup=Trunk-2."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what is read, and what most labs have.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What the file is to say, and what was read for it."""

    values: dict[str, Any]
    vlans: list[dict[str, Any]]
    found: Found

    @property
    def needs_boot_images(self) -> bool:
        """Whether the cluster's release has no right answer without its owner's."""
        return bool(self.found.release) and releases.manages_boot_images(self.found.release)


def init(
    stack: Stack = None,
    vlan: Vlans = None,
    set_: Settings = None,
    *,
    yes: Yes = False,
    force: Force = False,
) -> None:
    """Writes a stack file: of what the cluster and vCenter tell, and what you answer.

    With KUBECONFIG the cluster is read: places and sizes are those of its worker MachineSet. With VSPHERE_USER and
    VSPHERE_PASSWORD vCenter is, for the switch. Nothing is changed there. Without a terminal nothing is asked.
    """
    asks = not yes and has_terminal()
    try:
        path = _path(stack, asks=asks, force=force)
        draft = _draft(set_ or [], vlan or [])
        if asks:
            decided = questions.given(set_ or [])
            asking.fill(draft, decided=decided, mistakes=lambda: _mistakes(path, draft))
        _refuse(path.name, _mistakes(path, draft))
        _write(path, draft, force=force)
    except (LabError, SettingsError) as error:
        raise options.end(error) from None
    name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    typer.echo(
        f"{path.name} is written. Read it; then:\n"
        f"  python -m lab check --stack {name}     is it a lab\n"
        f"  pulumi stack init {name}\n"
        f"  python -m lab doctor --stack {name}    can it be made"
    )


def has_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


def _draft(set_: list[str], vlans: list[str]) -> Draft:
    """What was given, over what is read."""
    from clients.credentials import Logins
    from clients.draft.read import read

    _refuse("init", questions.mistaken(set_))
    said = questions.given(set_)
    found = read(Logins(get=lambda _: None, environ=os.environ), said)
    for trouble in found.troubles:
        options.errors.print(f"not read: {trouble}")
    values = {**found.values, **said}
    return Draft(values=values, vlans=[questions.vlan(text) for text in vlans], found=found)


def _refuse(where: str, wrong: list[Mistake]) -> None:
    if wrong:
        raise SettingsError(where, wrong)


def _path(stack: str | None, *, asks: bool, force: bool) -> Path:
    name = typer.prompt("A name for the stack") if stack is None and asks else stack
    if name is None:
        raise LabError("the new stack has no name. Add --stack NAME.")
    if not STACK_NAME.fullmatch(name):
        raise LabError(f"{name!r} cannot be a stack's name. Take letters, digits, dashes, dots and underscores.")
    path = Path(f"Pulumi.{name}.yaml")
    if path.exists() and not force:
        raise LabError(f"{path.name} is there already. Choose another --stack, or write over it with --force.")
    return path


def _mistakes(path: Path, draft: Draft) -> list[Mistake]:
    """All that is missing or wrong, as `check` and `render` would tell it."""
    found = questions.missing(draft.values, draft.vlans, needs_boot_images=draft.needs_boot_images)
    absent = {mistake.key for mistake in found}
    name = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    try:
        wanted = settings.parse(_sections(draft), where=path.name)
        plan.complete(wanted, stack=f"{names.PROJECT}.{name}", where=path.name, release=draft.found.release or None)
    except SettingsError as error:
        found += [mistake for mistake in error.mistakes if mistake.key not in absent]
    return found


def _sections(draft: Draft) -> dict[str, Any]:
    return writing.sections(draft.values, draft.vlans, draft.found.namespaces)


def _write(path: Path, draft: Draft, *, force: bool) -> None:
    """Writes it; of a file that it takes the place of, what others have in it is kept: Pulumi's keys and logins."""
    kept = _others(path) if force and path.exists() else {}
    schema = os.path.relpath(SCHEMA, path.resolve().parent)
    text = writing.text(_sections(draft), schema, kept, draft.found.notes)
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror}.") from None


def _others(path: Path) -> dict[str, Any]:
    document = stack_file.read_yaml(path)
    if not isinstance(document, dict):
        return {}
    config = document.get("config") or {}
    others = {key: value for key, value in config.items() if not str(key).startswith(stack_file.PREFIX)}
    return {
        **{key: value for key, value in document.items() if key != "config"},
        **({"config": others} if others else {}),
    }
