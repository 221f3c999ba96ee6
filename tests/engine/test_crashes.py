"""kill -9 at named points, and the way on: nothing is left over, nothing is there twice, nothing is unknown."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox import project
from tests.engine import crash
from tests.engine.cluster import INTERVAL, PATIENCE
from tests.engine.crash import Scene
from tests.engine.lab import Run
from tests.engine.vcenter import VCenter
from tests.engine.worker import settled

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.crash import Point
    from tests.engine.lab import Lab

# What is another one each time: the name of a Machine, its VM and its node, and the template's mark.
HYPERVISOR = re.compile(rf"({crash.MACHINE_SET})-[a-z0-9]{{5}}\b")
MARK = re.compile(r'"id": "[0-9a-f-]{36}"')


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is there before a lab is made, and with one."""

    nothing: Counter[str]
    lab: Counter[str]


def everything(cluster: Cluster, vcenter: VCenter) -> Counter[str]:
    """All of vCenter, and the names of the cluster's objects: how often each is there."""
    found = [*map(str, vcenter.inventory().items()), *cluster.everything()]
    return Counter(MARK.sub("", HYPERVISOR.sub(r"\1-x", item)) for item in found)


def becomes(cluster: Cluster, vcenter: VCenter, expected: Counter[str]) -> None:
    """Waits until it is there, and nothing else: controllers may still be at work."""
    deadline = time.monotonic() + PATIENCE
    while (found := everything(cluster, vcenter)) != expected:
        assert time.monotonic() < deadline, f"too much: {found - expected}, missing: {expected - found}"
        time.sleep(INTERVAL)


@pytest.fixture(scope="module")
def known(lab: Lab, cluster: Cluster) -> Known:
    record = lab.instance.load()
    with VCenter.connect(record.ports["vcenter"], record.password, lab.instance.vcenter_ca) as vcenter:
        settled(cluster)
        nothing = everything(cluster, vcenter)
        lab.up().succeeded()
        stands = everything(cluster, vcenter)
        lab.destroy().succeeded()
        becomes(cluster, vcenter, nothing)
    return Known(nothing=nothing, lab=stands)


def recover(lab: Lab) -> Run:
    """`make recover`, as docs/recover.md has it for a sandbox."""
    done = subprocess.run(
        ["make", "-C", str(project.ROOT), "recover", f"STACK={lab.stack}", "YES=--yes"],
        env={**os.environ, **project.environment(lab.instance, lab.instance.load())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(code=done.returncode, output=done.stdout)


@pytest.mark.parametrize("point", crash.POINTS, ids=lambda point: point.name)
def test_a_run_that_died_is_gone_on_from(
    lab: Lab, cluster: Cluster, vcenter: VCenter, known: Known, point: Point
) -> None:
    stands = bool(lab.resources())
    if stands != (point.of == "destroy"):
        (lab.destroy() if stands else lab.up()).succeeded()
    point.dies(Scene(lab=lab, cluster=cluster, vcenter=vcenter))
    for command in point.way_on:
        run = recover(lab) if command == "recover" else getattr(lab, command)()
        run.succeeded()
    if point.way_on[-1] == "up":
        becomes(cluster, vcenter, known.lab)
        lab.preview("--refresh", "--expect-no-changes").succeeded()
    else:
        becomes(cluster, vcenter, known.nothing)
        assert lab.resources() == []
    if "recover" in point.way_on:
        assert "pending operations from previous deployment" not in run.output, "the engine has nothing to warn of"
