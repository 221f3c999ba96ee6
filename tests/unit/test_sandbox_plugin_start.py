"""A stand-in that needs no more starts with the protocol alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.plugins.choice import PLUGINS
from sandbox.plugins.start import PROTOCOL_ALONE

# Which of the SDK's modules are there when a stand-in is: its messages, and the two empty packages that they are in.
LOADED = """
import importlib, sys
from sandbox.plugins.start import without_the_sdk
without_the_sdk()
module = importlib.import_module(f"sandbox.plugins.{sys.argv[1]}")
sdk = {name for name in sys.modules if name.split(".")[0] == "pulumi"}
print(*sorted(name for name in sdk if not name.startswith("pulumi.runtime.proto")))
print(module.provider_pb2.DiffRequest(id="x", urn="y").SerializeToString().hex())
"""


@pytest.mark.parametrize("name", sorted(PROTOCOL_ALONE))
def test_a_stand_in_speaks_the_sdks_protocol_without_the_sdk(name: str) -> None:
    told = subprocess.run([sys.executable, "-c", LOADED, name], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "pulumi pulumi.runtime",
        provider_pb2.DiffRequest(id="x", urn="y").SerializeToString().hex(),
    ]
    (plugin,) = [plugin for plugin in PLUGINS if plugin.stand_in.endswith(name)]
    assert plugin.stand_in == f"{{python}} -m sandbox.plugins.start {name}"
