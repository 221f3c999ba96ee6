"""``python -m sandbox.tools``: builds what is missing, says what is there."""

from __future__ import annotations

import time

import typer
from rich.console import Console

from sandbox.tools import cache, catalogue
from sandbox.tools.build import BuildError, build
from sandbox.tools.prerequisites import PrerequisiteError, check

console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Builds the sandbox's tools, cheapest first; what is there already is not built again."""
    missing = [tool for tool in catalogue.TOOLS if cache.find(tool) is None]
    if not missing:
        console.print(f"all {len(catalogue.TOOLS)} tools are there")
        return
    try:
        compilers = check(missing)
    except PrerequisiteError as error:
        console.print(f"[red]missing on this machine:[/red]\n{error}")
        raise typer.Exit(1) from None
    for number, tool in enumerate(missing, start=1):
        begin = time.monotonic()
        with console.status(f"building {tool.name} ({number} of {len(missing)})"):
            try:
                build(tool, compilers)
            except BuildError as error:
                console.print(str(error), markup=False)
                raise typer.Exit(1) from None
        console.print(f"{tool.name} built in {time.monotonic() - begin:.0f} s ({number} of {len(missing)})")


if __name__ == "__main__":
    typer.run(main)
