"""What Pulumi's state of this stack holds, asked of the engine before anything is registered."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from clients.preflight import Recorded
from clients.recorded import read
from lab import adoption

# Of the engine itself; what a StackReference uses, but with every resource's outputs.
READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
# A state in a plain file is read while the engine may be writing the stack itself into it: half a file is no JSON.
UNFINISHED = "failed to load checkpoint"
TRIES, PAUSE = 50, 0.1


def recorded() -> Recorded:
    """The stack's resources as its state has them; empty before the first `up`."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found = read(_ask(stack).get("outputs") or {})
    return replace(found, adopting=bool(os.environ.get(adoption.SWITCH)))


def _ask(stack: str) -> Mapping[str, Any]:
    for _ in range(TRIES):
        try:
            answer: Mapping[str, Any] = pulumi.runtime.invoke(READ_STATE, {"stackName": stack}).value or {}
        except Exception as error:
            if UNFINISHED not in str(error):
                raise
            time.sleep(PAUSE)
        else:
            return answer
    raise pulumi.RunError(f"Pulumi's state of stack {stack} could not be read. Run the same command again.")
