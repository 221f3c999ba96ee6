"""What takes a while to be there: a node, for all files that ask for it, and a sandbox whose nodes have a kernel."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import lifecycle
from sandbox.instance import Instance
from tests.engine import lab as engine
from tests.engine.cluster import Cluster
from tests.engine.lab import Lab
from tests.node.box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds for a run of Pulumi's, on a machine that has other work as well.
PATIENCE = 500


def two_hypervisors(config: dict[str, Any]) -> None:
    config["hypervisors"]["replicas"] = 2


@pytest.fixture(scope="package")
def box() -> Iterator[Box]:
    """A node as whoever had it last left it: each begins by `begin` or `wipe`."""
    with Box("node") as box:
        yield box


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for each file: the post's lab on two hypervisors, after `up`; which waits for kernels to boot."""
    instance = Instance.of(f"kernel-{os.getpid()}")
    lifecycle.up(instance, lambda _: None, nodes="kernel")
    patched = pytest.MonkeyPatch()
    patched.setattr(engine, "PATIENCE", PATIENCE)
    try:
        lab = Lab(instance=instance)
        lab.edit(two_hypervisors)
        lab.up().succeeded()
        yield lab
    finally:
        patched.undo()
        lifecycle.remove(instance)


@pytest.fixture(scope="module")
def cluster(lab: Lab) -> Cluster:
    return Cluster(lab.instance.kubeconfig)
