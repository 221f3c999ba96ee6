"""Reads a stack file from disk, without Pulumi and without any server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients import shared_files
from clients.errors import LabError
from clients.yaml_file import read as read_yaml
from lab import names

if TYPE_CHECKING:
    from pathlib import Path

    from lab.settings import Settings

__all__ = ["StackFile", "find", "read", "read_yaml"]

PREFIX = f"{names.PROJECT}:"


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """One ``Pulumi.<stack>.yaml``: its settings, and the stack's full name ``<project>.<stack>``."""

    name: str
    stack: str
    settings: Settings


def find(folder: Path, stack: str) -> Path:
    """The file of this stack.

    Raises:
        LabError: naming the stacks that there are.
    """
    path = folder / f"Pulumi.{stack}.yaml"
    if path.is_file():
        return path
    there = sorted(file.name.split(".")[1] for file in folder.glob("Pulumi.*.yaml"))
    raise LabError(f"there is no {path.name} here. Stacks with a file: {', '.join(there) or 'none'}.")


def read(path: Path) -> StackFile:
    """The settings of the file, and of what it extends.

    Raises:
        LabError: when it cannot be read as a stack file.
        SettingsError: with every mistake.
    """
    document = read_yaml(path)
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict) or not any(str(key).startswith(PREFIX) for key in config):
        raise LabError(f"{path.name} has no {PREFIX}… keys under config:. Begin with a copy of Pulumi.lab.yaml.")
    raw = {key.removeprefix(PREFIX): value for key, value in config.items() if str(key).startswith(PREFIX)}
    stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml").removesuffix(".yml")
    found = shared_files.parse(raw, where=path.name, folder=path.parent)
    return StackFile(name=path.name, stack=f"{names.PROJECT}.{stack}", settings=found)
