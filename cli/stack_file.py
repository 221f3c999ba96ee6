"""Reads a stack file from disk, without Pulumi and without any server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from clients.errors import LabError
from lab import names, settings

if TYPE_CHECKING:
    from pathlib import Path

    from lab.settings import Settings

PREFIX = f"{names.PROJECT}:"


class _OneOfEach(yaml.SafeLoader):
    """Refuses a key that stands twice, as Pulumi does: PyYAML alone would take the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:str":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


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
    """The file's settings.

    Raises:
        LabError: when it cannot be read as a stack file.
        SettingsError: with every mistake in it.
    """
    document = read_yaml(path)
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict) or not any(str(key).startswith(PREFIX) for key in config):
        raise LabError(f"{path.name} has no {PREFIX}… keys under config:. Begin with a copy of Pulumi.lab.yaml.")
    raw = {key.removeprefix(PREFIX): value for key, value in config.items() if str(key).startswith(PREFIX)}
    stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml").removesuffix(".yml")
    return StackFile(name=path.name, stack=f"{names.PROJECT}.{stack}", settings=settings.parse(raw, where=path.name))


def read_yaml(path: Path) -> Any:
    """A YAML (or JSON) file.

    Raises:
        LabError: when it is not there, or not YAML, or YAML that Python has no value for (the 13th month).
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_OneOfEach)  # noqa: S506  a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path} cannot be read: {error}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LabError(f"{path.name} is not YAML: {' '.join(str(error).split())}.") from None
