"""Asks nmstate's own parser, in a process of its own: needs neither NetworkManager nor rights."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

if TYPE_CHECKING:
    from sandbox.node_agent.network import State

# The parser's release, which a handler reports.
VERSION = "2.2.62"
# Seconds. Some hundredths are usual; 4094 VLANs with their bridges take a minute on a slow machine.
PATIENCE = 180


class Output(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads the parser's YAML 1.2: in PyYAML's own 1.1 the name `on` and the MAC 11:22:33:44:55:06 are no texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


Output.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Output.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
Output.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


class RefusedError(Exception):
    """What the parser has against a state, in its own words."""


def read(nmstatectl: Path, desired: Any, current: State) -> State:
    """The desired state as nmstate reads it: numbers are numbers, ports and states are spelled out.

    Raises:
        RefusedError: nmstate doesn't take it.
        OSError: the parser can't be run, or doesn't end.
    """
    with tempfile.TemporaryDirectory() as folder:
        there, wanted = Path(folder) / "current.json", Path(folder) / "desired.json"
        there.write_text(json.dumps(current), encoding="utf-8")
        wanted.write_text(json.dumps(desired), encoding="utf-8")
        try:
            done = subprocess.run(
                [nmstatectl, "-q", "validate", "-c", there, wanted],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OSError(f"nmstatectl validate did not end within {PATIENCE} s") from None
    if done.returncode:
        raise RefusedError(done.stderr.strip())
    state: State = yaml.load(done.stdout, Loader=Output)  # noqa: S506  it builds nothing but plain values
    return state
