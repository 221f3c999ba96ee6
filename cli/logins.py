"""Where a command that asks servers has its logins from: as ``pulumi up`` has them, or without Pulumi."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli import stack_file
from clients.credentials import Logins
from clients.recovery.pulumi import Stack

if TYPE_CHECKING:
    from collections.abc import Callable


def of(stack: str | None, file: Path | None) -> Logins:
    """The logins for a stack, or for any stack file.

    A stack has Pulumi's configuration, with its secrets. Of a file counts what stands in it in clear; the rest is the
    environment's.

    Raises:
        LabError: Pulumi gives no configuration.
    """
    get = _written(file) if file is not None else Stack(name=stack or "", folder=Path()).config().get
    return Logins(get=get, environ=os.environ)


def _written(file: Path) -> Callable[[str], str | None]:
    config = (stack_file.read_yaml(file) or {}).get("config") or {}

    def get(key: str) -> str | None:
        value = config.get(key)
        if value is None or (isinstance(value, dict) and "secure" in value):
            return None
        return value if isinstance(value, str) else json.dumps(value)

    return get
