"""Which parts of this run are the official ones is said at its head."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox import tools
from sandbox.plugins import choice


def pytest_report_header() -> list[str]:
    """A line for the CLI and one for each of its plugins."""
    try:
        cli = tools.path("pulumi")
    except tools.ToolMissingError as error:
        return [f"engine tests cannot run: {error}"]
    cache = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    found = {plugin.executable: choice.official(plugin, cli, cache) for plugin in choice.PLUGINS}
    return [
        f"pulumi: {cli.parent.name}",
        *(f"{name}: {f'official, {path}' if path else 'stand-in (sandbox/plugins/)'}" for name, path in found.items()),
    ]
