"""A distributed port group's settings: read as they are, written by one call, whoever else writes meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import distributed, port_group_settings, tasks
from clients.vcenter.distributed import Settings
from lab.trunk import ALL, MAC_LEARNING, PROMISCUOUS, SECURITY, Security

SWITCH = vim.dvs.VmwareDistributedVirtualSwitch
WANTED = Settings(ranges=((7, 7), (1925, 1928)), security=SECURITY[MAC_LEARNING])


class PortGroup:
    """One in vCenter: takes changes under its current version only, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ports = SWITCH.VmwarePortConfigPolicy(vlan=SWITCH.TrunkVlanSpec(vlanId=[vim.NumericRange(start=1, end=9)]))
        self.version = 1
        self.asked: list[Any] = []
        # Changes by others that come between our look and our call.
        self.others = 0
        self.is_deaf = False
        self.content = SimpleNamespace(propertyCollector=SimpleNamespace(_stub=None))
        monkeypatch.setattr(tasks, "run", self._run)
        monkeypatch.setattr(
            vim.dvs.DistributedVirtualPortgroup, "ReconfigureDVPortgroup_Task", lambda _, spec: self.asked.append(spec)
        )

    def read(self, _item: Any, _path: str) -> dict[str, Any]:
        config = SimpleNamespace(name="Trunk", configVersion=str(self.version), defaultPortConfig=self.ports)
        return {"config": config}

    def _run(self, _vcenter: Any, call: Any, _doing: str, *, passing: Any) -> None:
        assert passing == (vim.fault.ConcurrentAccess,)
        call()
        if self.others:
            self.others, self.version = self.others - 1, self.version + 1
            raise vim.fault.ConcurrentAccess
        assert self.asked[-1].configVersion == str(self.version)
        self.version += 1
        if not self.is_deaf:
            self.ports = self.asked[-1].defaultPortConfig


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> PortGroup:
    return PortGroup(monkeypatch)


def ensure(group: PortGroup, wanted: Settings = WANTED) -> None:
    port_group_settings.ensure(cast("Any", group), "dvportgroup-9", wanted)


def test_vlans_and_learning_are_one_change_and_then_none(group: PortGroup) -> None:
    ensure(group)
    ensure(group)
    (spec,) = group.asked
    policy = spec.defaultPortConfig.macManagementPolicy
    assert (policy.allowPromiscuous, policy.forgedTransmits, policy.macLearningPolicy.limit) == (False, True, 4096)
    assert [(ids.start, ids.end) for ids in spec.defaultPortConfig.vlan.vlanId] == [(7, 7), (1925, 1928)]
    assert spec.defaultPortConfig.securityPolicy is None, "one name for a setting: two of them have disagreed"


def test_promiscuous_mode_ends_the_learning(group: PortGroup) -> None:
    ensure(group)
    ensure(group, Settings(ranges=ALL, security=SECURITY[PROMISCUOUS]))
    policy: Any = group.ports.macManagementPolicy
    assert (policy.allowPromiscuous, policy.macLearningPolicy.enabled) == (True, False)


def test_a_change_that_somebody_elses_overtook_is_made_again_to_what_is_there_now(group: PortGroup) -> None:
    group.others = 2
    ensure(group)
    assert [spec.configVersion for spec in group.asked] == ["1", "2", "3"]


def test_a_change_that_never_comes_about_is_told(group: PortGroup) -> None:
    group.is_deaf = True
    with pytest.raises(LabError, match=r"port group Trunk is .* and does not become .*See its recent tasks"):
        ensure(group)
    assert len(group.asked) == port_group_settings.TRIES


def test_a_port_group_that_is_gone_reads_so_and_is_told(group: PortGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise vmodl.fault.ManagedObjectNotFound

    monkeypatch.setattr(group, "read", gone)
    assert port_group_settings.read(cast("Any", group), "dvportgroup-9") is None
    with pytest.raises(LabError, match="port group dvportgroup-9 is gone"):
        ensure(group)


def settings(**ports: Any) -> Settings:
    return distributed.settings(SimpleNamespace(defaultPortConfig=SWITCH.VmwarePortConfigPolicy(**ports)))


def test_ranges_are_read_in_order_and_one_vlan_is_no_trunk() -> None:
    ids = [vim.NumericRange(start=7, end=9), vim.NumericRange(start=1, end=2)]
    assert settings(vlan=SWITCH.TrunkVlanSpec(vlanId=ids)).ranges == ((1, 2), (7, 9))
    assert settings(vlan=SWITCH.VlanIdSpec(vlanId=7)).ranges is None


def test_a_limit_policy_in_capitals_is_the_same() -> None:
    """As PowerCLI's examples write it."""
    learning = SWITCH.MacLearningPolicy(enabled=True, allowUnicastFlooding=True, limit=4096, limitPolicy="ALLOW")
    policy = SWITCH.MacManagementPolicy(
        allowPromiscuous=False, forgedTransmits=True, macChanges=True, macLearningPolicy=learning
    )
    assert settings(macManagementPolicy=policy).security == SECURITY[MAC_LEARNING]


def test_a_switch_that_is_too_old_to_learn_is_read_by_the_older_name() -> None:
    yes = vim.BoolPolicy(value=True)
    found = settings(securityPolicy=SWITCH.SecurityPolicy(allowPromiscuous=yes, forgedTransmits=yes))
    expected = Security(promiscuous=True, forged_transmits=True, mac_changes=False, mac_learning=False)
    assert found.security == expected
