"""The stack's configuration as Pulumi hands it to the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config

from clients import yaml_file
from lab import names

PREFIX = f"{names.PROJECT}:"


def value(key: str) -> str | None:
    """One value by its full key (``vsphere:user``), decrypted; sections are JSON."""
    found = config.get_config(key)
    return None if found is None else str(found)


def sections() -> dict[str, Any]:
    """Everything under ``cnv-lab:``, known or not: an unknown key is a mistake that the settings tell.

    A section that was encrypted comes as it stands in the file, for the settings to refuse.
    """
    keys = {**config.get_config_env(), **config.CONFIG.get()}
    return {
        key.removeprefix(PREFIX): {"secure": ""} if config.is_config_secret(key) else _parsed(value(key) or "")
        for key in sorted(keys)
        if key.startswith(PREFIX)
    }


def folder() -> Path:
    """Where the stack file lies: beside Pulumi.yaml, or where that says.

    Not the folder that the program runs in, which is another one where Pulumi.yaml says ``main``. Which file
    ``--config-file`` names, Pulumi does not tell.
    """
    root = Path(pulumi.get_root_directory() or ".")
    project = root / "Pulumi.yaml"
    return root / (yaml_file.read(project).get("stackConfigDir") or "") if project.is_file() else root


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
