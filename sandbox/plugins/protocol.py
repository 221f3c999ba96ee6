"""Starts a provider's stand-in with Pulumi's protocol and without Pulumi's SDK: ``… protocol MODULE ARGUMENTS``.

The official providers are binaries that start at once. A stand-in needs nothing of the SDK but the protocol's messages,
which are part of it: to import all of it takes half of a stand-in's start, and each command of the CLI starts two.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType


def without_the_sdk() -> None:
    """Has ``pulumi.runtime.proto`` imported without the packages that it is in.

    For a process that has no use for the rest: nothing else of ``pulumi`` can be imported afterwards.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name="pulumi")
    folder = Path(found.origin).parent
    for name, place in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package


if __name__ == "__main__":
    without_the_sdk()
    runpy.run_module(f"sandbox.plugins.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
