"""What the program learns of Pulumi's own state before it registers anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from clients.preflight import Recorded
from clients.recorded import DISTRIBUTED_PORT_GROUP, read
from components import recorded
from lab.template import Features, Made
from tests.components.recorder import World
from tests.components.run import (
    ATTACHMENT,
    DYNAMIC,
    HYPERVISOR_ROLLOUT,
    MACHINE_SET,
    NAMESPACE,
    POLICY,
    POLICY_REVERT,
    PORT_GROUP,
    STACK_TYPE,
    TEMPLATE,
)

if TYPE_CHECKING:
    from tests.components.recorder import Engine

STATE: dict[str, Any] = {
    "the stack": {"type": STACK_TYPE, "outputs": {"policy": "ens224-policy"}},
    "a provider": {"type": "pulumi:providers:kubernetes", "outputs": {"kubeconfig": "x"}},
    "a port group": {"type": PORT_GROUP, "outputs": {"hostSystemId": "host-21", "name": "Trunk"}},
    "a MachineSet": {
        "type": MACHINE_SET,
        "outputs": {
            "kind": "MachineSet",
            "metadata": {"name": "hub-7vxwj-cnv", "namespace": "openshift-machine-api"},
        },
    },
    "its rollout": {"type": HYPERVISOR_ROLLOUT, "outputs": {"machineSet": "hub-7vxwj-cnv"}},
    "the policy": {
        "type": POLICY,
        "outputs": {
            "kind": "NodeNetworkConfigurationPolicy",
            "metadata": {"name": "ens224-policy", "annotations": {"cnv-lab/vlans": "1925,1999"}},
        },
    },
    "a namespace": {"type": NAMESPACE, "outputs": {"kind": "Namespace", "metadata": {"name": "provisioning"}}},
    "the template": {
        "type": TEMPLATE,
        "outputs": {
            "path": "/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv",
            "sourceIdentity": "RHCOS 9.6.1 (502b)",
            "nestedVirtualization": True,
            "performanceCounters": False,
            "iommu": True,
            "trunkNic": "Trunk",
        },
    },
    "a failed one": {"type": ATTACHMENT, "outputs": None},
}
HALF_WRITTEN = "failed to load checkpoint: unexpected end of JSON input"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "PAUSE", 0)
    monkeypatch.setattr(recorded, "TRIES", 4)


def ask(engine: Engine, world: World) -> Recorded:
    """The answer of the engine in this world."""
    answers: list[Recorded] = []
    engine.run(lambda: answers.append(recorded.recorded()), world)
    return answers[0]


def test_port_groups_are_told_by_host_and_name(engine: Engine) -> None:
    """They carry no mark: only the state tells ours from an administrator's."""
    assert ask(engine, World(state=STATE)).port_groups.standard == {("host-21", "Trunk")}


def test_a_distributed_port_group_is_told_by_switch_and_name() -> None:
    outputs = {"distributedVirtualSwitchUuid": "uuid-1", "name": "Trunk"}
    state = {"urn": {"type": DISTRIBUTED_PORT_GROUP, "outputs": outputs}}
    assert read(state).port_groups.distributed == {("uuid-1", "Trunk")}


def test_kubernetes_objects_are_told_by_kind_namespace_and_name(engine: Engine) -> None:
    assert ask(engine, World(state=STATE)).objects == {
        ("MachineSet", "openshift-machine-api", "hub-7vxwj-cnv"),
        ("NodeNetworkConfigurationPolicy", "", "ens224-policy"),
        ("Namespace", "", "provisioning"),
    }


def test_the_ledger_outlives_a_policy_that_somebody_deleted(engine: Engine) -> None:
    """The bridges are still on the nodes, and the live annotation is gone with the policy."""
    assert ask(engine, World(state=STATE)).ledger == {"br-1925", "br-1999"}


def test_the_ledger_outlives_a_refresh_that_found_the_policy_gone(engine: Engine) -> None:
    """`up --refresh` takes it out of the state before the program runs; its rollout stays."""
    state = {name: item for name, item in STATE.items() if name != "the policy"}
    interfaces = [{"name": "ens224"}, {"name": "br-1925"}, {"name": "br-1999", "state": "absent"}, {"name": "br-ex"}]
    spec = {"desiredState": {"interfaces": interfaces}}
    rollout = {"type": POLICY_REVERT, "outputs": {"policy": "ens224-policy", "spec": spec}}
    assert ask(engine, World(state={**state, "its rollout": rollout})).ledger == {"br-1925", "br-1999"}


def test_operators_that_would_go_with_the_stack_are_told(engine: Engine) -> None:
    operator = {"type": f"{DYNAMIC}Operator", "outputs": {"operator": "nmstate", "removeOnDestroy": True}}
    assert ask(engine, World(state={**STATE, "nmstate": operator})).removes_operators
    assert not ask(engine, World(state=STATE)).removes_operators


def test_the_template_is_told_as_it_was_made(engine: Engine) -> None:
    """What vCenter has is compared with it, before anything is planned."""
    features = Features(nested_virtualization=True, performance_counters=False, iommu=True, trunk_nic="Trunk")
    path = "/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv"
    assert ask(engine, World(state=STATE)).template == Made(path=path, identity="RHCOS 9.6.1 (502b)", features=features)


@pytest.mark.parametrize("lost", ["path", "sourceIdentity"])
def test_a_template_of_an_older_state_or_one_that_failed_stops_nothing(engine: Engine, lost: str) -> None:
    outputs = {key: value for key, value in STATE["the template"]["outputs"].items() if key != lost}
    found = ask(engine, World(state={"the template": {"type": TEMPLATE, "outputs": outputs}})).template
    assert (found is None) == (lost == "path")
    assert found is None or found.identity == ""


def test_before_the_first_up_nothing_is_recorded(engine: Engine) -> None:
    assert ask(engine, World()) == Recorded()


def test_the_engine_is_asked_for_this_very_stack(engine: Engine) -> None:
    world = World(state=STATE)
    ask(engine, world)
    assert [call.args for call in world.asked] == [{"stackName": "organization/cnv-lab/lab"}]


def test_a_state_that_is_half_written_is_read_again(engine: Engine) -> None:
    """A state in a plain file is written by the engine while the program already runs."""
    world = World(state=STATE, hiccups=(HALF_WRITTEN,) * 3)
    assert ask(engine, world).port_groups.standard
    assert len(world.asked) == 4


def test_a_state_that_stays_half_written_is_told_with_what_to_do(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError, match=r"organization/cnv-lab/lab could not be read\. Run the same command"):
        ask(engine, World(state=STATE, hiccups=(HALF_WRITTEN,) * 4))


def test_any_other_error_is_told_at_once(engine: Engine) -> None:
    """A backend that refuses the login does not get better by asking again, and one answer is enough."""
    world = World(state=STATE, hiccups=("403 Forbidden",))
    with pytest.raises(Exception, match="403 Forbidden"):
        ask(engine, world)
    assert len(world.asked) == 1


def test_what_is_nobodys_counts_as_the_stacks_only_while_somebody_adopts(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not ask(engine, World(state=STATE)).adopting
    monkeypatch.setenv("CNV_LAB_ADOPTING", "1")
    assert ask(engine, World(state=STATE)).adopting
