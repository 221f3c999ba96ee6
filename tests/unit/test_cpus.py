"""What is asked of vCenter about hosts' CPUs, and what an answer that leaves something open means."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pyVmomi import vim

from clients.errors import LabError
from clients.vcenter import cpus, inventory
from lab.doctor.verdicts import HostCpu
from tests.unit import facts

GUEST = "coreos64Guest"
NESTED, COUNTERS = "capability.nestedHVSupported", "capability.vPMCSupported"


class Browser:
    """The cluster's environment browser."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def QueryConfigOptionEx(self, query: Any) -> Any:  # noqa: N802, the API's name
        self.asked.append(query)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class VCenter:
    """A cluster with one host; the template is the installer's."""

    def __init__(self, browser: Browser, **host: Any) -> None:
        self.browser, self.host = browser, {"name": "goat-1", **host}

    def read(self, item: Any, *_paths: str) -> Any:
        if item == "cluster":
            return {"host": [vim.HostSystem("host-1")], "environmentBrowser": self.browser}
        return {cpus.GUEST: GUEST, cpus.HARDWARE: "vmx-15"}

    def properties(self, _hosts: Any, _paths: Any) -> list[Any]:
        return [self.host]


def told(monkeypatch: pytest.MonkeyPatch, vcenter: VCenter, cluster: str | None = "cluster", **template: bool) -> Any:
    monkeypatch.setattr(inventory, "find_cluster", lambda *_: cluster)
    monkeypatch.setattr(inventory, "find_vm", lambda *_: "source")
    return cpus.cpus(vcenter, facts.lab(template=template))  # type: ignore[arg-type]


def descriptors(*found: tuple[str, bool | None]) -> Any:
    option = {key: None if value is None else SimpleNamespace(supported=value) for key, value in found}
    return SimpleNamespace(
        guestOSDescriptor=[SimpleNamespace(id=key, vvtdSupported=value) for key, value in option.items()]
    )


def test_a_host_is_what_its_capability_says(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(descriptors())
    found = told(monkeypatch, VCenter(browser, **{NESTED: True, COUNTERS: False}))
    assert found == [HostCpu(name="goat-1", nested=True, counters=False)]
    assert browser.asked == [], "the stack file asks for no IOMMU"


def test_a_host_that_is_away_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, VCenter(Browser(descriptors()))) == [HostCpu(name="goat-1")]


def test_where_there_is_no_cluster_there_are_no_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, VCenter(Browser(descriptors())), cluster=None) == []


@pytest.mark.parametrize(
    ("answer", "iommu"),
    [
        (descriptors(("other", True), (GUEST, False)), False),
        (descriptors((GUEST, True)), True),
        (descriptors((GUEST, None)), None),
        (descriptors(("other", True)), None),
        (AttributeError("type object has no attribute 'brandNew'"), None),
    ],
)
def test_an_iommu_is_asked_for_the_templates_guest_on_its_hardware(
    monkeypatch: pytest.MonkeyPatch, answer: Any, iommu: object
) -> None:
    browser = Browser(answer)
    (host,) = told(monkeypatch, VCenter(browser), iommu=True)
    assert host.iommu is iommu
    (query,) = browser.asked
    assert (query.key, query.guestId, query.host._GetMoId()) == ("vmx-15", [GUEST], "host-1")


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = vim.fault.NoPermission(privilegeId="System.Read")
    with pytest.raises(LabError, match="refused to tell what its hosts can do: this user lacks the privilege"):
        told(monkeypatch, VCenter(Browser(refused)), iommu=True)
