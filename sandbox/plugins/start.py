"""Starts a stand-in's process with less work than Python and Pulumi's SDK would have: ``… start MODULE ARGUMENTS``.

The official plugins are binaries that start at once. A command of the CLI starts four, and the language's host twice:
the first is only asked about itself. What their stand-ins take is mostly importing.
"""

from __future__ import annotations

import gc
import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType

# Python looks for garbage whenever there are 700 more objects. Importing makes many and no garbage, and spent an eighth
# of its time on looking.
OBJECTS_BETWEEN_COLLECTIONS = 20_000
# What these need of the SDK are the protocol's messages: half of their start would be for the rest.
PROTOCOL_ALONE = frozenset({"kubernetes_provider", "vsphere_provider"})


def without_the_sdk() -> None:
    """Has a module of ``pulumi.runtime.proto`` imported without the packages that it is in, and without all others.

    For a process that has no use for the rest: nothing else of ``pulumi`` can be imported afterwards.
    """
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name="pulumi")
    folder = Path(found.origin).parent
    for place in (folder, folder / "runtime", folder / "runtime" / "proto"):
        package = ModuleType(".".join(place.relative_to(folder.parent).parts))
        package.__path__ = [str(place)]
        sys.modules[package.__name__] = package


if __name__ == "__main__":
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    module = sys.argv.pop(1)
    if module in PROTOCOL_ALONE:
        without_the_sdk()
    runpy.run_module(f"sandbox.plugins.{module}", run_name="__main__", alter_sys=True)
