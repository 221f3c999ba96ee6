"""`python -m sandbox play …`, as a user types it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox.parts import ROOT
from tests.engine.cluster import MACHINE_API

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab


def play(lab: Lab, *words: str) -> str:
    """Does it to this sandbox, and gives what it says."""
    command = [sys.executable, "-m", "sandbox", "play", *words, "--name", lab.instance.name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def look_again(cluster: Cluster, machine_set: str) -> None:
    """Lets the Machine API look at its Machines now: it tries failures again at growing intervals."""
    for machine in cluster.machines(machine_set):
        body = {"metadata": {"annotations": {"tests/look": str(machine["metadata"]["resourceVersion"])}}}
        name = machine["metadata"]["name"]
        cluster.patch("machine.openshift.io/v1beta1", "Machine", name, body, MACHINE_API)
