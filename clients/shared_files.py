"""Reads the files that a stack file extends, and gives the settings that they mean together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clients import yaml_file
from clients.errors import LabError
from lab import settings, sharing
from lab.mistakes import Mistake, SettingsError
from lab.sharing import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.settings import Settings


def parse(raw: Mapping[str, Any], *, where: str, folder: Path) -> Settings:
    """The settings of a stack file and of what it extends.

    Args:
        raw: the stack file's sections, without their prefix.
        where: its name, for messages.
        folder: the one that it lies in.

    Raises:
        LabError: a shared file cannot be read as one.
        SettingsError: with every mistake, each told of the file that it stands in.
    """
    return settings.parse(raw, where=where, shared=_shared(Layer(where=where, raw=raw), folder))


def _shared(stack_file: Layer, folder: Path) -> list[Layer]:
    """What it extends, and what that extends, the farthest first."""
    found = [stack_file]
    while (written := sharing.extended(found[-1])) is not None:
        where = os.path.normpath(Path(found[-1].where).parent / written)
        chain = [layer.where for layer in found]
        if where in chain:
            reason = f"these files extend each other in a circle: {' → '.join([*chain, where])}"
            raise _refused(chain[-1], written, reason, "Take the key out of one of them")
        found.append(_read(folder, where, of=chain[-1], written=written))
    return found[:0:-1]


def _read(folder: Path, where: str, *, of: str, written: str) -> Layer:
    path = folder / where
    if not path.is_file():
        reason = f"there is no such file in {path.parent}" if path.parent.is_dir() else f"there is no {path.parent}"
        raise _refused(of, written, reason, f"Correct the path, which begins at the folder of {Path(of).name}")
    document = yaml_file.read(path)
    config = document.get(sharing.CONFIG) if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise LabError(
            f"{where}, which {of} extends, has no keys under {sharing.CONFIG}: it takes the shape of a stack file. "
            f"Write its {sharing.PREFIX}… keys there."
        )
    return sharing.shared(config, where, [str(key) for key in document if key != sharing.CONFIG])


def _refused(where: str, written: str, reason: str, remedy: str) -> SettingsError:
    mistake = Mistake(key=f"{sharing.PREFIX}{sharing.KEY}", value=written, reason=reason, remedy=remedy)
    return SettingsError(where, [mistake])
