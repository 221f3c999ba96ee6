"""Reads YAML as Pulumi does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from clients.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


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


def read(path: Path) -> Any:
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
