"""What Pulumi has of a stack before anything is asked of its servers: logins in its configuration, and its state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clients import recorded
from clients.errors import LabError
from clients.preflight import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clients.recovery.pulumi import Stack
    from lab.doctor.report import Notes
    from lab.settings import Settings

# Of the CLI, for a stack that was never initialized (pulumi, pkg/cmd/pulumi/stack/io.go).
NO_STACK = "no stack named"


def configuration(
    config: Mapping[str, Any], settings: Settings | None, stack: Stack, where: str
) -> Callable[[str], str | None]:
    """The way to a value by its full key, as the program has it; Pulumi is asked only for what is encrypted.

    Args:
        config: what stands under ``config:`` in the stack file.
        settings: the file's own sections, where they hold together.
        stack: whose configuration it is.
        where: the stack file's name, for messages.
    """
    decrypted: dict[str, str] = {}
    sections: dict[str, Any] = {}
    if settings is not None:
        sections = {
            "cnv-lab:vcenter": {"server": settings.vcenter.server},
            "cnv-lab:cluster": {"context": settings.cluster.context},
        }

    def get(key: str) -> str | None:
        value = sections.get(key, config.get(key))
        if not isinstance(value, dict):
            return None if value is None else str(value)
        if set(value) != {"secure"}:
            return json.dumps(value)
        if not decrypted:
            try:
                decrypted.update(stack.config())
            except LabError as error:
                raise LabError(
                    f"{key} is encrypted in {where}, and Pulumi does not decrypt it: {error}. Log in to its backend "
                    "(pulumi login) and set PULUMI_CONFIG_PASSPHRASE, or take the login from the environment."
                ) from None
        return decrypted.get(key)

    return get


def look(stack: Stack, notes: Notes) -> Recorded:
    """What the state has; nothing where there is none, or it cannot be read."""
    try:
        resources = stack.export()["deployment"].get("resources") or []
    except LabError as error:
        if NO_STACK in str(error):
            notes.note("stack.state", fine=["nothing is made yet"])
        else:
            told = " ".join(str(error).split()).rstrip(".")
            odd = f"it was not read: {told}. Until it is, what this stack itself has made shows as somebody else's."
            notes.note("stack.state", warnings=[odd])
        return Recorded()
    made = len(resources)
    notes.note("stack.state", fine=[f"{made} resources" if made else "nothing is made yet"])
    return recorded.read({item["urn"]: item for item in resources})
