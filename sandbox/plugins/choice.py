"""Which of Pulumi's plugins are the official ones here, and wrappers for the stand-ins of the others."""

from __future__ import annotations

import importlib.metadata
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin: its executable's name, how to start the stand-in, and whose version the official one must have."""

    executable: str
    stand_in: str
    # In Pulumi's plugin cache (resource-NAME-vVERSION) the engine takes the version of the SDK's package and no other;
    # None: it comes with the CLI.
    cached: str | None = None
    package: str = ""


PLUGINS = (
    Plugin(executable="pulumi-language-python", stand_in="{python} -m sandbox.plugins.start language_python"),
    Plugin(executable="pulumi-resource-pulumi-python", stand_in="sh {root}/sandbox/plugins/dynamic_provider.sh"),
    Plugin(
        executable="pulumi-resource-kubernetes",
        stand_in="{python} -m sandbox.plugins.start kubernetes_provider",
        cached="resource-kubernetes",
        package="pulumi-kubernetes",
    ),
    Plugin(
        executable="pulumi-resource-vsphere",
        stand_in="{python} -m sandbox.plugins.start vsphere_provider",
        cached="resource-vsphere",
        package="pulumi-vsphere",
    ),
)


def official(plugin: Plugin, cli: Path, cache: Path) -> Path | None:
    """Where the official plugin is: beside the CLI, on PATH, or in Pulumi's plugin cache."""
    beside = cli.resolve().parent / plugin.executable
    if beside.is_file():
        return beside
    if found := shutil.which(plugin.executable):
        return Path(found)
    if plugin.cached is None:
        return None
    version = importlib.metadata.version(plugin.package)
    cached = cache / f"{plugin.cached}-v{version}" / plugin.executable
    return cached if cached.is_file() else None


def write_wrappers(folder: Path, cli: Path, cache: Path) -> dict[str, str]:
    """Puts a starter for every stand-in that is needed into a folder for PATH.

    Returns:
        What each plugin is, in words, by its executable's name.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told = {}
    for plugin in PLUGINS:
        found = official(plugin, cli, cache)
        if found is not None:
            told[plugin.executable] = f"official, {found}"
            continue
        told[plugin.executable] = "stand-in (sandbox/plugins/)"
        command = plugin.stand_in.format(python=shlex.quote(sys.executable), root=shlex.quote(str(ROOT)))
        lines = ["#!/bin/sh", f"PYTHONPATH={shlex.quote(str(ROOT))}", "export PYTHONPATH", f'exec {command} "$@"', ""]
        wrapper = folder / plugin.executable
        wrapper.write_text("\n".join(lines), encoding="utf-8")
        wrapper.chmod(0o755)
    return told
