"""An engine for each test; nothing of one test's settings is left for the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.components.programs import chain
from tests.components.recorder import Engine, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.components.run import Run

# Of whoever runs the tests: the providers, and the program, would take logins from them.
LOGINS = ("KUBECONFIG", "VSPHERE_SERVER", "VSPHERE_USER", "VSPHERE_PASSWORD", "VSPHERE_ALLOW_UNVERIFIED_SSL")


@pytest.fixture(scope="package", autouse=True)
def no_logins() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for variable in LOGINS:
            monkeypatch.delenv(variable, raising=False)
        yield


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="package")
def run() -> Run:
    """The post's lab as an `up` asks for it; for reading only."""
    return Engine().run(chain())


@pytest.fixture(scope="package")
def preview() -> Run:
    """The same as a first preview asks for it."""
    return Engine().run(chain(), World(preview=True))
