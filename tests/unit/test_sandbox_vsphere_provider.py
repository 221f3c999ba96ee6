"""The stand-in for the vSphere provider: what can be told without a vCenter."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN
from pyVmomi import vim

from sandbox.plugins import vsphere_provider
from sandbox.plugins.properties import Properties, from_struct, to_struct
from sandbox.plugins.vsphere_provider import HOST_PORT_GROUP, VSphereProvider
from tests.unit.fakes import Aborted, Context

TRUNK = {"hostSystemId": "host-1", "name": "Trunk", "virtualSwitchName": "vSwitch0", "vlanId": 4095}


class FakeHost:
    """A host's network system, with the vSphere API's own types."""

    def __init__(self) -> None:
        self.groups: dict[str, Any] = {}

    @property
    def networkInfo(self) -> SimpleNamespace:  # noqa: N802  vSphere's name
        groups = [
            SimpleNamespace(spec=spec, computedPolicy=None, key=f"key-vim.host.PortGroup-{name}", port=[])
            for name, spec in self.groups.items()
        ]
        return SimpleNamespace(portgroup=groups)

    def AddPortGroup(self, spec: Any) -> None:  # noqa: N802
        if spec.name in self.groups:
            raise vim.fault.AlreadyExists(name=spec.name)
        self.groups[spec.name] = spec

    def UpdatePortGroup(self, name: str, spec: Any) -> None:  # noqa: N802
        self.groups[name] = spec

    def RemovePortGroup(self, name: str) -> None:  # noqa: N802
        if name not in self.groups:
            raise vim.fault.NotFound(msg="The object or item referred to could not be found.")
        del self.groups[name]


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def provider(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> VSphereProvider:
    monkeypatch.setattr(VSphereProvider, "_network", lambda _self, _properties: host)
    return VSphereProvider()


def check(news: Properties, kind: str = HOST_PORT_GROUP) -> tuple[Properties, dict[str, str]]:
    """The inputs as they are taken, and the reasons for which they aren't, by property."""
    request = provider_pb2.CheckRequest(type=kind, news=to_struct(news))
    answer = VSphereProvider().Check(request, Context())
    return from_struct(answer.inputs), {failure.property: failure.reason for failure in answer.failures}


def diff(**news: Any) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(old_inputs=to_struct(TRUNK), news=to_struct({**TRUNK, **news}))
    return VSphereProvider().Diff(request, Context())


def create(provider: VSphereProvider, *, preview: bool = False, **news: Any) -> tuple[str, Properties]:
    request = provider_pb2.CreateRequest(properties=to_struct({**TRUNK, **news}), preview=preview)
    answer = provider.Create(request, Context())
    return answer.id, from_struct(answer.properties)


def test_a_trunk_is_taken_as_it_is() -> None:
    assert check(TRUNK) == (TRUNK, {})


def test_a_port_group_without_a_vlan_is_untagged() -> None:
    inputs, reasons = check({key: value for key, value in TRUNK.items() if key != "vlanId"})
    assert (inputs["vlanId"], reasons) == (0, {})


def test_all_that_is_unknown_or_missing_is_named_at_once() -> None:
    reasons = check({"vlanId": 1, "activeNics": ["vmnic0"], "shapingEnabled": True})[1]
    assert set(reasons) == {"activeNics", "shapingEnabled", "hostSystemId", "name", "virtualSwitchName"}


@pytest.mark.parametrize(
    ("vlan", "taken"), [(-1, False), (0, True), (1928, True), (4094, True), (4095, True), (4096, False)]
)
def test_a_vlan_id_is_between_0_and_4095(vlan: int, *, taken: bool) -> None:
    reasons = check({**TRUNK, "vlanId": vlan})[1]
    assert reasons == ({} if taken else {"vlanId": f"expected vlan_id to be in the range (0 - 4095), got {vlan}"})


def test_what_a_preview_does_not_know_yet_is_taken() -> None:
    assert check({**TRUNK, "vlanId": UNKNOWN, "hostSystemId": UNKNOWN})[1] == {}


def test_any_other_resource_is_refused_by_name() -> None:
    with pytest.raises(Aborted, match="doesn't know vsphere:index/virtualMachine:VirtualMachine"):
        check({}, "vsphere:index/virtualMachine:VirtualMachine")


@pytest.mark.parametrize("key", ["hostSystemId", "name", "virtualSwitchName"])
def test_another_host_name_or_switch_replaces_the_port_group(key: str) -> None:
    answer = diff(**{key: "other"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == ([key], False)
    assert answer.detailedDiff[key].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE


def test_vlan_and_permissions_change_in_place() -> None:
    answer = diff(vlanId=0, allowPromiscuous=True)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.diffs), list(answer.replaces)) == (["allowPromiscuous", "vlanId"], [])


def test_the_same_inputs_are_no_change() -> None:
    assert diff().changes == provider_pb2.DiffResponse.DIFF_NONE


def test_options_are_checked_and_change_nothing_that_was_made() -> None:
    news = to_struct({"user": "u", "password": "p", "vsphereServer": "s", "vimKeepAlive": 1})
    answer = VSphereProvider().CheckConfig(provider_pb2.CheckRequest(news=news), Context())
    assert [failure.property for failure in answer.failures] == ["vimKeepAlive"]
    request = provider_pb2.DiffRequest(olds=to_struct({"vsphereServer": "a"}), news=to_struct({"vsphereServer": "b"}))
    assert list(VSphereProvider().DiffConfig(request, Context()).replaces) == []


def test_a_permission_that_is_not_given_is_a_plain_no(provider: VSphereProvider, host: FakeHost) -> None:
    """Not the switch's: the official provider writes it so."""
    made = create(provider, allowMacChanges=True)[1]
    security = host.groups["Trunk"].policy.security
    assert (security.allowPromiscuous, security.forgedTransmits, security.macChanges) == (False, False, True)
    assert (made["allowPromiscuous"], made["allowForgedTransmits"], made["allowMacChanges"]) == (False, False, True)


def test_the_id_names_host_and_port_group(provider: VSphereProvider) -> None:
    named, made = create(provider)
    assert named == "tf-HostPortGroup:host-1:Trunk"
    assert {key: made[key] for key in TRUNK} == TRUNK


def test_a_preview_touches_no_host(provider: VSphereProvider, host: FakeHost) -> None:
    assert create(provider, preview=True) == ("", TRUNK)
    request = provider_pb2.UpdateRequest(news=to_struct(TRUNK), preview=True)
    assert from_struct(provider.Update(request, Context()).properties) == TRUNK
    assert host.groups == {}


def test_create_refuses_what_exists(provider: VSphereProvider, host: FakeHost) -> None:
    create(provider, vlanId=7)
    with pytest.raises(Aborted, match="error adding port group: AlreadyExists"):
        create(provider)
    assert host.groups["Trunk"].vlanId == 7


def test_an_update_writes_the_whole_specification(provider: VSphereProvider, host: FakeHost) -> None:
    create(provider, allowPromiscuous=True)
    request = provider_pb2.UpdateRequest(news=to_struct({**TRUNK, "vlanId": 5}))
    assert from_struct(provider.Update(request, Context()).properties)["vlanId"] == 5
    assert host.groups["Trunk"].policy.security.allowPromiscuous is False


def test_a_port_group_that_is_gone_is_an_error_of_read_and_delete(provider: VSphereProvider) -> None:
    """As with the official provider, which never drops it from the state by itself."""
    with pytest.raises(Aborted, match="could not find port group Trunk"):
        provider.Read(provider_pb2.ReadRequest(id="x", inputs=to_struct(TRUNK)), Context())
    with pytest.raises(Aborted, match="error deleting port group: NotFound: The object or item"):
        provider.Delete(provider_pb2.DeleteRequest(properties=to_struct(TRUNK)), Context())


def test_a_read_gives_the_live_values_of_what_was_given(provider: VSphereProvider) -> None:
    create(provider, vlanId=5)
    answer = provider.Read(provider_pb2.ReadRequest(id="x", inputs=to_struct(TRUNK)), Context())
    assert from_struct(answer.inputs) == {**TRUNK, "vlanId": 5}
    with pytest.raises(Aborted, match="can't import"):
        provider.Read(provider_pb2.ReadRequest(id="x"), Context())


def test_a_provider_that_was_not_configured_says_so() -> None:
    request = provider_pb2.CreateRequest(properties=to_struct(TRUNK))
    with pytest.raises(Aborted, match="the provider has not been configured"):
        VSphereProvider().Create(request, Context())


def test_a_login_with_something_unknown_waits_for_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vsphere_provider, "_log_in", lambda _config: pytest.fail("logged in"))
    request = provider_pb2.ConfigureRequest(args=to_struct({"password": UNKNOWN}))
    assert VSphereProvider().Configure(request, Context()).supportsPreview


def test_a_vcenter_that_is_not_there_is_told_in_a_line() -> None:
    request = provider_pb2.ConfigureRequest(args=to_struct({"vsphereServer": "127.0.0.1:1", "user": "u"}))
    with pytest.raises(Aborted, match=r"^error setting up new vSphere SOAP client: ConnectionRefusedError: .*refused"):
        VSphereProvider().Configure(request, Context())
