"""``python -m lab prove``: whether frames get through, from virtual machine to virtual machine on two hypervisors."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
import yaml

from cli import options, stack_file
from cli.options import File, Stack
from cli.prove import show
from cli.schema import PAGE
from clients.errors import LabError
from lab.doctor import rights
from lab.mistakes import SettingsError
from lab.proof.result import EXIT_CODES, Outcome

if TYPE_CHECKING:
    from types import FrameType

    from cli.stack_file import StackFile
    from lab.proof.result import Result

RULES = PAGE.with_name("rbac.yaml")
PATIENCE = 180

Vlans = Annotated[list[int] | None, typer.Option("--vlan", help="A VLAN of the stack file; may be repeated. All.")]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", help="Plug in there, where a VLAN has several.", show_default=False)
]
Nodes = Annotated[
    list[str] | None, typer.Option("--node", help="Between these hypervisors: twice. Two on different ESXi hosts.")
]
Image = Annotated[
    str, typer.Option("--image", help="Of the pods, with a Python 3. What `oc debug` takes.", show_default=False)
]
Wait = Annotated[int, typer.Option("--wait", min=1, help="Seconds that a pod has to begin, its image's pull included.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON; docs/prove.md has its shape.")]


def prove(  # noqa: PLR0913, PLR0917  typer's options
    stack: Stack = None,
    file: File = None,
    vlan: Vlans = None,
    namespace: Namespace = "",
    node: Nodes = None,
    image: Image = "",
    wait: Wait = PATIENCE,
    *,
    as_json: AsJson = False,
) -> None:
    """Sends frames between two pods of each VLAN, on two hypervisors, and tells which layer drops them.

    Changes nothing, and takes its pods away again. Exit code 0: all arrive; 1: some do not; 2: it could not be tried.
    """
    try:
        found = options.read(stack, file)
    except typer.Exit:
        raise typer.Exit(EXIT_CODES[Outcome.NOT_TRIED]) from None
    asked = {"vlans": vlan or (), "namespace": namespace, "image": image, "patience": wait}
    before = signal.signal(signal.SIGTERM, _end)
    try:
        result = _prove(found, file or stack_file.find(Path(), stack or ""), node or [], asked)
    except (LabError, SettingsError, KeyboardInterrupt) as error:
        options.errors.print(str(error) or "ended before it was proved.")
        raise typer.Exit(EXIT_CODES[Outcome.NOT_TRIED]) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    if as_json:
        typer.echo(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    else:
        show.show(result)
    raise typer.Exit(result.exit_code)


def _prove(found: StackFile, path: Path, nodes: list[str], asked: dict[str, Any]) -> Result:
    from cli import logins
    from clients.cluster import access
    from clients.proof.look import look
    from clients.proof.prove import Asked, prove

    with ExitStack() as sessions:
        given = logins.of(path, found)
        seen = look(sessions, found.settings, stack=found.stack, where=found.name, logins=given, nodes=nodes)
        documents = list(yaml.safe_load_all(RULES.read_text(encoding="utf-8")))
        if missing := access.lacking(seen.cluster, rights.of_command(documents, "prove")):
            raise LabError("\n".join(rights.refusals(missing)))
        return prove(seen, Asked(**asked), options.errors.print)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """As Ctrl-C does: what stands is taken away first."""
    raise KeyboardInterrupt
