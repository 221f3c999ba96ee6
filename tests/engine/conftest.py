"""A sandbox for each module: two seconds each, and no test meets another's leftovers."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from sandbox import lifecycle
from sandbox.instance import Instance
from tests.engine.cluster import Cluster
from tests.engine.lab import Lab
from tests.engine.vcenter import VCenter

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An empty sandbox with the installer's objects, and a stack that nothing was made of.

    A module's ``RELEASE`` is OpenShift's, its ``OPERATORS`` says whether the lab's are there.
    """
    module = re.sub(r"[^a-z0-9]+", "-", request.module.__name__.rpartition(".")[2].removeprefix("test_"))
    instance = Instance.of(f"{module[:18]}-{os.getpid()}")
    release, operators = (getattr(request.module, name, None) for name in ("RELEASE", "OPERATORS"))
    lifecycle.up(instance, lambda _: None, release, operators)
    try:
        yield Lab(instance=instance)
    finally:
        lifecycle.remove(instance)


@pytest.fixture(scope="module")
def cluster(lab: Lab) -> Cluster:
    """The cluster, read by means that the program does not have."""
    return Cluster(lab.instance.kubeconfig)


@pytest.fixture
def vcenter(lab: Lab) -> Iterator[VCenter]:
    """vCenter, read by means that the program does not have."""
    record = lab.instance.load()
    with VCenter.connect(record.ports["vcenter"], record.password, lab.instance.vcenter_ca) as session:
        yield session
