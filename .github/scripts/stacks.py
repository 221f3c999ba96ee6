"""Which labs a change is about: prints their stacks as JSON. Standard library only; runs before anything is installed.

Reads changed paths, a line each, from standard input, and from $STACKS the stacks that are deployed from this
repository, as JSON. A stack file stands for its stack, and so does every file that it extends; a change to the program
is about all of them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

# What `pulumi up` runs.
PROGRAM = re.compile(r"(?:__main__\.py|Pulumi\.yaml|requirements\.txt|(?:lab|clients|components)/.+)")
STACK_NAME = re.compile(r"[A-Za-z0-9._-]+")
# As it is usually written; where it is written in another way, any change is taken to be about the stack.
EXTENDS = re.compile(r"""^ +["']?cnv-lab:extends["']?: +(["']?)([\w./-][\w./ -]*?)\1 *(?:#.*)?$""", re.MULTILINE)
ANYTHING = "anything"


def affected(changed: list[str], stacks: list[str]) -> list[str]:
    """Of these stacks, those that the change is about, in their order."""
    if any(PROGRAM.fullmatch(path) for path in changed):
        return stacks
    touched = {*changed, ANYTHING} if changed else set()
    return [stack for stack in stacks if touched & files(f"Pulumi.{stack}.yaml")]


def files(stack_file: str) -> set[str]:
    """The file, those that it extends, and what cannot be read from here as ``ANYTHING``."""
    found, path = {stack_file}, Path(stack_file)
    while path.is_file():
        text = path.read_text(encoding="utf-8")
        written = EXTENDS.findall(text)
        if len(written) != text.count("cnv-lab:extends"):
            return {*found, ANYTHING}
        if not written:
            break
        path = Path(os.path.normpath(path.parent / written[0][1]))
        if path.as_posix() in found:
            break
        found.add(path.as_posix())
    return found


def main() -> None:
    """Ends with a message where $STACKS is no list of names."""
    stacks = json.loads(os.environ.get("STACKS") or "[]")
    if not isinstance(stacks, list) or not all(isinstance(name, str) and STACK_NAME.fullmatch(name) for name in stacks):
        sys.exit('The repository\'s variable CNV_LAB_STACKS must be a JSON list of stacks: ["mylab"]')
    sys.stdout.write(json.dumps(affected(sys.stdin.read().splitlines(), stacks)) + "\n")


if __name__ == "__main__":
    main()
