"""What is measured apart: what processes load, the settings' validation, the policy, and the template's lookups."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

from bench import labs, lookups
from bench.labs import Size
from lab import capacity, manifests, names
from lab.manifests.bridging import DESIGNS
from sandbox import tools
from sandbox.errors import Refusal
from sandbox.node_agent import judgement, network, nmstatectl
from sandbox.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.instance import Instance

ALL = names.VLAN_ID_MAX - labs.FIRST_VLAN + 1
# Each in a process of its own: what one shares with another (pydantic, urllib3) is in both.
LOADED = {
    "Python itself": "sys",
    "Pulumi's SDKs, which `bare` loads as well": "pulumi, pulumi_kubernetes, pulumi_vsphere",
    "the stack file's model": "lab.settings",
    "the cluster's client (kubernetes)": "kubernetes.config",
    "vCenter's client (pyVmomi)": "pyVmomi",
}
# The least of so many tries counts: what is more is other work's.
TRIES = 5
NODE = network.first_state("192.168.4.61", ("00:0c:29:00:00:01", "00:0c:29:00:00:02"))


def lines(instance: Instance, sizes: Sequence[int], crowds: Sequence[int]) -> Iterator[str]:
    """All that is told of them, in seconds by the clock."""
    yield from loading()
    yield ""
    yield "Settings and policy; nmstate judges it for a node without bridges:"
    yield ""
    yield "| VLANs | design | stack file read and completed | policy rendered | nmstatectl validate |"
    yield "| --- | --- | --- | --- | --- |"
    yield from (
        _policy(Size(vlans=vlans, design=design))
        for vlans in sorted({*sizes, ALL})
        for design in DESIGNS
        if design != "per-vlan" or vlans <= capacity.limit(design)
    )
    yield from ("", "What preflight asks of vCenter, without the login:", "")
    yield from ("| other VMs in the template's folder | calls | all of preflight |", "| --- | --- | --- |")
    there = 0
    for count in crowds:
        lookups.crowd(instance, there + 1, count)
        there = count
        with _Clock() as clock:
            asked = lookups.asked(instance, labs.stack_file(Size(vlans=4)))
        yield f"| {count} | {len(asked)} | {clock.seconds:.2f} s |"


def loading() -> Iterator[str]:
    """What a process takes before it does anything."""
    yield from ("What a process loads, whatever the lab's size:", "", "| loaded | CPU |", "| --- | --- |")
    yield from (f"| {what} | {_loading(modules):.2f} s |" for what, modules in LOADED.items())


def _loading(modules: str) -> float:
    """Seconds of CPU for a process that loads these and ends.

    Raises:
        Refusal: one of them can't be loaded.
    """
    found = []
    for _ in range(TRIES):
        process = subprocess.Popen([sys.executable, "-c", f"import {modules}"], cwd=ROOT)
        # Of this process alone: whoever asks may have other children that end meanwhile.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Refusal(f"{modules} can't be loaded")
        found.append(used.ru_utime + used.ru_stime)
    return min(found)


def _policy(size: Size) -> str:
    raw = labs.raw(labs.stack_file(size))
    with _Clock() as reading:
        lab = labs.completed(labs.parsed(raw))
    with _Clock() as rendering:
        policy = manifests.policy(lab)
    desired = judgement.as_handler_reads(policy["spec"]["desiredState"])
    with _Clock() as judging:
        nmstatectl.read(tools.path("nmstatectl"), desired, NODE)
    cells = f"{reading.seconds:.2f} s | {rendering.seconds:.3f} s | {judging.seconds:.2f} s"
    return f"| {size.vlans} | {size.design} | {cells} |"


class _Clock:
    """Seconds that a block took."""

    seconds = 0.0

    def __enter__(self) -> Self:
        self.seconds = -time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += time.monotonic()
