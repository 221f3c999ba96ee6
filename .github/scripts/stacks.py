"""Which labs a change is about: prints their stacks as JSON. Standard library only; runs before anything is installed.

Reads changed paths, a line each, from standard input, and from $STACKS the stacks that are deployed from this
repository, as JSON. A stack file stands for its stack; a change to the program is about all of them.
"""

from __future__ import annotations

import json
import os
import re
import sys

# What `pulumi up` runs.
PROGRAM = re.compile(r"(?:__main__\.py|Pulumi\.yaml|requirements\.txt|(?:lab|clients|components)/.+)")
STACK_NAME = re.compile(r"[A-Za-z0-9._-]+")


def affected(changed: list[str], stacks: list[str]) -> list[str]:
    """Of these stacks, those that the change is about, in their order."""
    if any(PROGRAM.fullmatch(path) for path in changed):
        return stacks
    return [stack for stack in stacks if f"Pulumi.{stack}.yaml" in changed]


def main() -> None:
    """Ends with a message where $STACKS is no list of names."""
    stacks = json.loads(os.environ.get("STACKS") or "[]")
    if not isinstance(stacks, list) or not all(isinstance(name, str) and STACK_NAME.fullmatch(name) for name in stacks):
        sys.exit('The repository\'s variable CNV_LAB_STACKS must be a JSON list of stacks: ["mylab"]')
    sys.stdout.write(json.dumps(affected(sys.stdin.read().splitlines(), stacks)) + "\n")


if __name__ == "__main__":
    main()
