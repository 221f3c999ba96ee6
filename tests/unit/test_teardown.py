"""Before a destroy: what is told, of both servers at once, and which VMs on the trunk are in its way."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from clients import teardown
from clients.credentials import Logins
from clients.errors import LabError
from clients.teardown import Standing

STANDING = Standing(
    server="vcenter.example",
    datacenter="Garden",
    cluster="Goat",
    port_group="Trunk",
    machine_set="hub-cnv",
    template="hub-rhcos-cnv",
)
LOGINS = Logins(get={"vsphere:user": "me", "vsphere:password": "secret"}.get, environ={})


class Servers:
    """Both, with what is on them; or what they answer instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machines: list[str] | LabError = ["hub-cnv-4xk2p"]
        self.on_the_trunk: list[str] | LabError = ["hub-cnv-4xk2p", "hub-rhcos-cnv"]
        monkeypatch.setattr("clients.cluster.session.connect", lambda _: nullcontext("cluster"))
        monkeypatch.setattr("clients.vcenter.session.connect", lambda _: nullcontext("vcenter"))
        monkeypatch.setattr("clients.cluster.fleet.machines", self._machines)
        monkeypatch.setattr("clients.vcenter.inventory.vms_on", self._vms_on)

    def _machines(self, _cluster: object, name: str) -> list[dict[str, Any]]:
        assert name == "hub-cnv"
        if isinstance(self.machines, LabError):
            raise self.machines
        return [{"metadata": {"name": machine}} for machine in self.machines]

    def _vms_on(self, _vcenter: object, *place: str) -> list[str]:
        assert place == ("Garden", "Goat", "Trunk")
        if isinstance(self.on_the_trunk, LabError):
            raise self.on_the_trunk
        return self.on_the_trunk


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    return Servers(monkeypatch)


def told() -> str:
    with pytest.raises(LabError) as error:
        teardown.check(LOGINS, STANDING)
    return str(error.value)


def test_the_stacks_own_vms_are_in_nobodys_way(servers: Servers) -> None:
    teardown.check(LOGINS, STANDING)


def test_what_an_exchange_of_the_template_left_behind_is_ours(servers: Servers) -> None:
    """It goes with the template."""
    servers.on_the_trunk = ["hub-rhcos-cnv", "hub-rhcos-cnv.new", "hub-rhcos-cnv.old"]
    teardown.check(LOGINS, STANDING)


def test_neither_servers_trouble_hides_the_others(servers: Servers) -> None:
    servers.machines, servers.on_the_trunk = LabError("no cluster"), LabError("no vCenter")
    assert told().splitlines()[:2] == ["no cluster", "no vCenter"]


@pytest.mark.parametrize("which", ["machines", "on_the_trunk"])
def test_one_server_is_not_enough(servers: Servers, which: str) -> None:
    """With half an answer, everybody else's VM would be a stranger's, or none."""
    setattr(servers, which, LabError("no answer"))
    assert told() == f"no answer\n{teardown.NEEDS_BOTH}"


def test_a_strangers_vm_on_the_trunk_is_named(servers: Servers) -> None:
    servers.on_the_trunk = ["router", "hub-cnv-4xk2p", "hub-rhcos-cnv", "hub-cnv-old"]
    assert "on it is hub-cnv-old, router, which this stack did not make" in told()


def test_of_many_strangers_some_are_named(servers: Servers) -> None:
    servers.on_the_trunk = [f"vm-{number}" for number in range(9)]
    assert "vm-4 and 4 more" in told()
    assert "vm-5" not in told()


def test_what_is_on_a_trunk_of_somebody_elses_is_in_nobodys_way(servers: Servers) -> None:
    """It stays; vCenter must answer all the same."""
    servers.on_the_trunk = LabError("asked for it")
    teardown.check(LOGINS, replace(STANDING, port_group=""))
