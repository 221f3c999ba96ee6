"""The rule that keeps hypervisors apart: made, brought up to date and taken away, and never somebody else's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyVmomi import vim

from clients.errors import LabError
from clients.vcenter import anti_affinity, tasks
from clients.vcenter.anti_affinity import Place

PLACE = Place(datacenter="Garden", cluster="Goat", folder="/Garden/vm/hub", rule="cnv-lab.lab hub-cnv")
OTHERS = vim.cluster.AntiAffinityRuleSpec(key=1, name="etcd", enabled=True, vm=[vim.VirtualMachine("vm-9", None)])


class VCenter:
    """One cluster with DRS, and the VMs of these names."""

    def __init__(self, *names: str, drs: bool = True) -> None:
        self.cluster: Any = vim.ClusterComputeResource("domain-c7", None)
        self.vms = {name: vim.VirtualMachine(f"vm-{name}", None) for name in names}
        self.rules: list[Any] = [OTHERS]
        self.drs = drs
        self.told: list[str] = []
        self.report = self.told.append

    def find(self, path: str) -> Any:
        return self.cluster if path == "/Garden/host/Goat" else self.vms.get(path.removeprefix("/Garden/vm/hub/"))

    def read(self, item: Any, path: str) -> dict[str, Any]:
        assert item is self.cluster
        return {path: self.rules if path.endswith("rule") else self.drs}

    def properties(self, vms: list[Any], _paths: list[str]) -> list[dict[str, Any]]:
        names = {vm._GetMoId(): name for name, vm in self.vms.items()}
        return [{"name": names[vm._GetMoId()]} if vm._GetMoId() in names else {} for vm in vms]

    def change(self, spec: Any, *, modify: bool) -> None:
        assert modify, "else the cluster's whole configuration would be replaced"
        (change,) = spec.rulesSpec
        if change.operation == "remove":
            self.rules = [rule for rule in self.rules if rule.key != change.removeKey]
            return
        if change.operation == "add":
            change.info.key = 9
        self.rules = [*(rule for rule in self.rules if rule.key != change.info.key), change.info]

    def kept_apart(self) -> dict[str, list[str]]:
        return {rule.name: [vm._GetMoId() for vm in rule.vm] for rule in self.rules}


@pytest.fixture(autouse=True)
def no_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "run", lambda _vcenter, call, _doing: call())


@pytest.fixture
def vcenter(monkeypatch: pytest.MonkeyPatch) -> VCenter:
    found = VCenter("a", "b", "c")
    monkeypatch.setattr(
        vim.ClusterComputeResource,
        "ReconfigureComputeResource_Task",
        lambda _, spec, modify: found.change(spec, modify=modify),
    )
    return found


def keep_apart(vcenter: VCenter, *names: str) -> None:
    anti_affinity.keep_apart(cast("Any", vcenter), PLACE, names)


def are_apart(vcenter: VCenter, *names: str) -> bool:
    return anti_affinity.are_apart(cast("Any", vcenter), PLACE, names)


def test_a_rule_is_made_and_later_brought_up_to_date(vcenter: VCenter) -> None:
    assert not are_apart(vcenter, "a", "b")
    keep_apart(vcenter, "b", "a")
    assert are_apart(vcenter, "a", "b")
    keep_apart(vcenter, "b", "c")
    assert vcenter.kept_apart() == {"etcd": ["vm-9"], PLACE.rule: ["vm-b", "vm-c"]}


def test_a_rule_is_not_mandatory_so_that_few_hosts_can_run_many_hypervisors(vcenter: VCenter) -> None:
    keep_apart(vcenter, "a", "b")
    assert (vcenter.rules[-1].enabled, vcenter.rules[-1].mandatory) == (True, False)


@pytest.mark.parametrize("names", [("a",), ()])
def test_fewer_than_two_need_no_rule_and_the_one_that_is_there_goes(vcenter: VCenter, names: tuple[str, ...]) -> None:
    keep_apart(vcenter, "a", "b")
    keep_apart(vcenter, *names)
    assert vcenter.rules == [OTHERS]
    assert are_apart(vcenter, *names)


def test_a_rule_that_somebody_switched_off_or_left_with_other_vms_is_seen(vcenter: VCenter) -> None:
    keep_apart(vcenter, "a", "b")
    assert not are_apart(vcenter, "a", "c")
    assert not are_apart(vcenter, "a"), "it is to go"
    vcenter.rules[-1].enabled = False
    assert not are_apart(vcenter, "a", "b")


def test_a_vm_that_is_gone_is_no_longer_in_it(vcenter: VCenter) -> None:
    keep_apart(vcenter, "a", "b")
    del vcenter.vms["b"]
    assert not are_apart(vcenter, "a", "b")


def test_a_destroy_takes_the_rule_and_leaves_the_others(vcenter: VCenter) -> None:
    keep_apart(vcenter, "a", "b")
    for _ in range(2):
        anti_affinity.let_go(cast("Any", vcenter), PLACE)
    assert vcenter.rules == [OTHERS]
    vcenter.cluster = None
    anti_affinity.let_go(cast("Any", vcenter), PLACE)


def test_a_cluster_without_drs_is_told(vcenter: VCenter) -> None:
    vcenter.drs = False
    keep_apart(vcenter, "a", "b")
    (line,) = vcenter.told
    assert "DRS is off in cluster Goat" in line


def test_what_is_not_there_is_told(vcenter: VCenter) -> None:
    with pytest.raises(LabError, match="VM d is not in folder /Garden/vm/hub"):
        keep_apart(vcenter, "a", "d")
    vcenter.cluster = SimpleNamespace()
    with pytest.raises(LabError, match="Goat is no cluster of hosts"):
        keep_apart(vcenter, "a", "b")
