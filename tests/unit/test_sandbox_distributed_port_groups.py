"""The stand-in's distributed port groups: what the official provider does, its weak sides included."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from pyVmomi import vim, vmodl

from sandbox import inventory
from sandbox.errors import Refusal
from sandbox.plugins import distributed_port_groups as groups
from sandbox.plugins.properties import from_struct, to_struct
from sandbox.plugins.vsphere_provider import VSphereProvider
from tests.unit.fakes import Aborted, Context

INPUTS = {groups.SWITCH: "uuid-1", "name": "Trunk", "vlanRanges": [{"minVlan": 1925, "maxVlan": 1928}]}
WHOLE = {**INPUTS, **groups.DEFAULTS}
URN = f"urn:pulumi:s::p::a$b${groups.TYPE}::trunk"
SWITCH = vim.dvs.VmwareDistributedVirtualSwitch


class FakeGroup:
    """One in vCenter, which counts its changes."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.version = 4
        no = vim.BoolPolicy(value=False)
        self.ports = SWITCH.VmwarePortConfigPolicy(
            vlan=SWITCH.TrunkVlanSpec(vlanId=[vim.NumericRange(start=1, end=4094)]),
            securityPolicy=SWITCH.SecurityPolicy(allowPromiscuous=no, forgedTransmits=no, macChanges=no),
        )

    @property
    def config(self) -> SimpleNamespace:
        return SimpleNamespace(
            key="dvportgroup-9",
            name="Trunk",
            description="whose it is",
            type="earlyBinding",
            autoExpand=True,
            numPorts=8,
            vmVnicNetworkResourcePoolKey=None,
            configVersion=str(self.version),
            distributedVirtualSwitch=SimpleNamespace(uuid="uuid-1"),
            defaultPortConfig=self.ports,
        )

    def ReconfigureDVPortgroup_Task(self, spec: Any) -> Any:  # noqa: N802  vSphere's name
        self.asked.append(spec)
        if spec.configVersion != str(self.version):
            raise vim.fault.ConcurrentAccess

    def Destroy_Task(self) -> None:  # noqa: N802
        raise vim.fault.ResourceInUse(name="Trunk")


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> FakeGroup:
    fake = FakeGroup()
    monkeypatch.setattr(groups, "_object", lambda *_: fake)
    monkeypatch.setattr(inventory, "result", lambda task: task)
    return fake


def test_defaults_are_filled_in_as_the_official_provider_does() -> None:
    answer = VSphereProvider().Check(provider_pb2.CheckRequest(type=groups.TYPE, news=to_struct(INPUTS)), Context())
    assert (from_struct(answer.inputs), [*answer.failures]) == (WHOLE, [])


def test_what_is_unknown_missing_or_no_vlan_is_named_at_once() -> None:
    reasons = groups.check({"vlanId": 7, "vlanRanges": [{"minVlan": 1, "maxVlan": 4095}]})[1]
    assert set(reasons) == {"vlanId", groups.SWITCH, "name", "vlanRanges"}


def test_another_switch_replaces_it_and_another_name_does_not() -> None:
    def replaces(**news: Any) -> list[str]:
        request = provider_pb2.DiffRequest(urn=URN, old_inputs=to_struct(WHOLE), news=to_struct({**WHOLE, **news}))
        return list(VSphereProvider().Diff(request, Context()).replaces)

    assert replaces(name="Other") == []
    assert replaces(**{groups.SWITCH: "uuid-2"}) == [groups.SWITCH]


def test_uplinks_that_are_left_out_show_as_a_change_after_each_refresh_unless_they_are_ignored(
    group: FakeGroup,
) -> None:
    state = groups.read(None, "dvportgroup-9")
    answer = groups.diff(state, WHOLE, WHOLE, [])
    assert list(answer.diffs) == ["activeUplinks", "standbyUplinks"]
    assert not groups.diff(state, WHOLE, WHOLE, groups.UPLINKS).diffs
    assert not groups.diff(WHOLE, WHOLE, WHOLE, []).diffs, "not before the first refresh"


def test_an_update_sends_back_what_the_state_has_and_is_refused_once_anybody_else_has_changed_it(
    group: FakeGroup,
) -> None:
    """The two reasons for which the program leaves changes to a resource of its own."""
    state = groups.read(None, "dvportgroup-9")
    groups.update(None, "dvportgroup-9", state, WHOLE)
    assert group.asked[0].defaultPortConfig.securityPolicy.forgedTransmits.value is False
    group.version += 1
    with pytest.raises(Refusal, match="error waiting for portgroup update to complete: ConcurrentAccess"):
        groups.update(None, "dvportgroup-9", state, WHOLE)


def test_one_in_use_stays_with_an_error(group: FakeGroup) -> None:
    with pytest.raises(Refusal, match="error waiting for portgroup deletion to complete: ResourceInUse"):
        groups.delete(None, "dvportgroup-9")


def test_one_that_is_gone_is_an_error_of_read_and_delete(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        @property
        def config(self) -> Any:
            raise vmodl.fault.ManagedObjectNotFound

    monkeypatch.setattr(groups, "_object", lambda *_: Gone())
    for step in (groups.read, groups.delete):
        with pytest.raises(Refusal, match='could not find portgroup "dvportgroup-9"'):
            step(None, "dvportgroup-9")


def test_a_preview_touches_nothing_and_without_a_login_nothing_is_made() -> None:
    request = provider_pb2.CreateRequest(urn=URN, properties=to_struct(WHOLE), preview=True)
    assert VSphereProvider().Create(request, Context()).id == ""
    request.preview = False
    with pytest.raises(Aborted, match="the provider has not been configured"):
        VSphereProvider().Create(request, Context())
