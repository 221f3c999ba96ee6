"""The trunk on a distributed switch: who makes it, who sets it, and what waits for it; and one that exists."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from clients.vcenter import port_group_settings
from clients.vcenter.distributed import Settings
from components.dynamic.access import ACCESS
from lab.trunk import ALL, MAC_LEARNING, SECURITY, Security
from tests.components import fixtures, programs, wire
from tests.components.run import DYNAMIC, MACHINE_SET, PORT_GROUP, TEARDOWN_CHECK, TEMPLATE

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Run

GROUP = "vsphere:index/distributedPortGroup:DistributedPortGroup"
SETTINGS = f"{DYNAMIC}PortGroupSettings"
SWITCH = {"kind": "distributed", "name": "VDS"}
SHUT = Security(promiscuous=False, forged_transmits=False, mac_changes=False, mac_learning=False)


@pytest.fixture
def distributed(engine: Engine) -> Run:
    return engine.run(programs.chain(fixtures.lab(trunk={"switch": SWITCH})))


def test_one_port_group_is_made_on_the_switch_that_preflight_found(distributed: Run) -> None:
    assert not distributed.of(PORT_GROUP)
    assert distributed.one(GROUP).inputs == {
        "distributedVirtualSwitchUuid": "a uuid",
        "name": "Trunk",
        "description": "The trunk of OpenShift hypervisors, made by Pulumi stack cnv-lab.lab.",
        "vlanRanges": [{"minVlan": 1925, "maxVlan": 1928}],
    }


def test_the_provider_never_changes_what_it_made(distributed: Run) -> None:
    """It would send all of it, under a version that is old by then; the settings' own resource changes it.

    Nor is the name changed in place: Machines are on it.
    """
    request = distributed.one(GROUP).request
    assert set(request.ignoreChanges) == {"vlanRanges", "activeUplinks", "standbyUplinks", "description"}
    assert list(request.replaceOnChanges) == ["name"]


def test_its_settings_are_told_in_words_that_a_preview_shows(distributed: Run) -> None:
    inputs = distributed.one(SETTINGS).inputs
    assert (inputs["vlans"], inputs["macLearning"], inputs["forgedTransmits"]) == ("1925-1928", True, True)
    assert inputs["portGroup"] == "id of trunk-port-group"


@pytest.mark.parametrize("later", [TEMPLATE, MACHINE_SET])
def test_template_and_machines_wait_for_the_port_group_and_its_settings(distributed: Run, later: str) -> None:
    assert distributed.urns(GROUP, SETTINGS) <= distributed.one(later).waits_for


def test_of_an_existing_trunk_nothing_is_made_and_a_destroy_asks_nothing(engine: Engine) -> None:
    """What others have on it stays where it is."""
    for switch in ({}, {"switch": SWITCH}):
        run = engine.run(programs.chain(fixtures.lab(trunk={**switch, "ownership": "existing"})))
        assert not [*run.of(PORT_GROUP), *run.of(GROUP), *run.of(SETTINGS)]
        assert run.one(TEARDOWN_CHECK).inputs["portGroup"] == ""


@pytest.mark.parametrize(
    ("key", "value", "replaces"),
    [
        ("vlans", "7", []),
        ("macLearning", False, []),
        ("promiscuous", True, []),
        ("forgedTransmits", False, []),
        ("server", "vcenter.example", []),
        ("portGroup", "dvportgroup-2", ["portGroup"]),
        ("portGroup", wire.UNKNOWN, ["portGroup"]),
    ],
)
def test_settings_change_in_place_and_go_with_their_port_group(
    distributed: Run, key: str, value: object, replaces: list[str]
) -> None:
    item = distributed.one(SETTINGS)
    assert not wire.diff(item, item.inputs).changes
    found = wire.diff(item, item.inputs, **{key: value})
    assert (found.changes, found.replaces) == (True, replaces)


def test_they_are_written_as_they_are_wanted(distributed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine hands over floats, and 4096.0 addresses are none that vCenter takes."""
    asked: list[Any] = []
    monkeypatch.setattr(ACCESS, "vcenter", lambda _server: nullcontext())
    monkeypatch.setattr(port_group_settings, "ensure", lambda _, *what: asked.append(what))
    item = distributed.one(SETTINGS)
    made = wire.provider(item).create(wire.wire(item.inputs))
    changed = wire.provider(item).update("an id", {}, wire.wire(item.inputs))
    wanted = Settings(ranges=((1925, 1928),), security=SECURITY[MAC_LEARNING])
    assert asked == [(item.inputs["portGroup"], wanted)] * 2
    assert isinstance(asked[0][1].security.limit, int)
    assert made.outs == changed.outs == item.inputs


@pytest.mark.parametrize("live", [Settings(ranges=ALL, security=SHUT), Settings(ranges=None, security=SHUT)])
def test_a_refresh_reads_what_somebody_made_of_them(
    distributed: Run, monkeypatch: pytest.MonkeyPatch, live: Settings
) -> None:
    monkeypatch.setattr(ACCESS, "vcenter", lambda _server: nullcontext())
    monkeypatch.setattr(port_group_settings, "read", lambda *_: live)
    item = distributed.one(SETTINGS)
    found = wire.provider(item).read("an id", wire.wire(item.inputs))
    assert found.outs is not None
    assert found.outs["vlans"] == ("1-4094" if live.ranges else "none")
    assert wire.diff(item, found.outs).changes


def test_of_a_port_group_that_is_gone_they_are_gone(distributed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ACCESS, "vcenter", lambda _server: nullcontext())
    monkeypatch.setattr(port_group_settings, "read", lambda *_: None)
    item = distributed.one(SETTINGS)
    found = wire.provider(item).read("an id", wire.wire(item.inputs))
    assert (found.id, found.outs) == ("", {})
