"""Where a command that asks servers has its logins from: as ``pulumi up`` has them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cli import stack_file
from clients.credentials import Logins
from clients.doctor.stack import configuration
from clients.recovery.pulumi import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from cli.stack_file import StackFile


def of(path: Path, found: StackFile) -> Logins:
    """The stack file's configuration, and the environment; Pulumi is asked for what is encrypted, when it is needed."""
    stack = Stack(name=found.stack.partition(".")[2], folder=path.parent)
    config = stack_file.read_yaml(path)["config"]
    return Logins(get=configuration(config, found.settings, stack, found.name), environ=os.environ)
