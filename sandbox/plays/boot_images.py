"""What a cluster's owner does about boot images."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox import boot_images, cluster
from sandbox.command_line import Name, running
from sandbox.errors import Refusal


def skew_enforcement(
    mode: Annotated[str, typer.Argument(help=f"One of {', '.join(boot_images.MODES)}.")], name: Name = "lab"
) -> None:
    """Choose how the cluster watches the age of its boot images, as `oc patch machineconfiguration cluster` does."""
    if mode not in boot_images.MODES:
        raise Refusal(f"{mode!r} is none of {', '.join(boot_images.MODES)}.")
    instance = running(name)
    boot_images.enforce_skew(cluster.log_in(instance), instance.load().release, mode)
    print(f"boot-image skew enforcement is {mode}")
