"""A destroy: what each dynamic resource does with what the state kept for it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from components.dynamic.access import ACCESS
from tests.components import wire
from tests.components.run import GUARD, HYPERVISOR_DRAIN, POLICY_REVERT, TEMPLATE
from tests.unit.test_retirement import multus, pod
from tests.unit.test_retirement import vm as user

if TYPE_CHECKING:
    from tests.components.run import Registration, Run

ID = "an id"
THERE = {"namespace": "provisioning"}


def test_the_hypervisors_are_taken_down_by_the_very_object_that_was_brought_up(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    name, uid, patience = asked(monkeypatch, run.one(HYPERVISOR_DRAIN), "clients.cluster.hypervisors.take_down")
    assert (name, uid) == ("hub-7vxwj-cnv", "uid of hub-7vxwj-cnv")
    assert (patience.minutes, patience.command) == (45, "destroy")


@pytest.mark.parametrize("revert", ["always", "auto"])
def test_the_bridges_are_taken_back_as_the_state_says(monkeypatch: pytest.MonkeyPatch, run: Run, revert: str) -> None:
    item = run.one(POLICY_REVERT)
    inputs = {**item.inputs, "revertOnDestroy": revert}
    rollout, patience = asked(monkeypatch, item, "clients.cluster.node_network.take_back", inputs)
    assert (rollout.policy, rollout.uid, rollout.nic) == ("ens224-policy", "uid of ens224-policy", "ens224")
    assert (rollout.spec, rollout.revert) == (item.inputs["spec"], revert)
    assert (patience.minutes, patience.command) == (20, "destroy")


def test_the_template_is_deleted_by_its_own_id(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Not by its path alone: somebody else's may be there by now."""
    path, identity = asked(monkeypatch, run.one(TEMPLATE), "clients.vcenter.template_swap.delete")
    assert (path, identity) == ("/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv", ID)


@pytest.mark.parametrize("kind", ["VirtualMachine", "PersistentVolumeClaim", "Pod"])
def test_a_guard_keeps_a_namespace_that_somebody_uses(monkeypatch: pytest.MonkeyPatch, run: Run, kind: str) -> None:
    with pytest.raises(Exception, match=f"namespace provisioning is not deleted, it holds {kind} fedora"):
        destroy(monkeypatch, run, "provisioning-guard", {"kind": kind, "metadata": {"name": "fedora", **THERE}})


def test_a_guard_lets_an_empty_namespace_go(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """The stack's own objects, and what lives elsewhere, are in nobody's way."""
    ours = {"kind": "Pod", "metadata": {"name": "ours", "labels": {"cnv-lab/stack": "cnv-lab.lab"}, **THERE}}
    elsewhere = {"kind": "VirtualMachine", "metadata": {"name": "fedora", "namespace": "shared"}}
    destroy(monkeypatch, run, "provisioning-guard", ours, elsewhere)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"kind": "VirtualMachine", **user(multus("vlan-1925"), namespace="shared")}, "VirtualMachine fedora"),
        ({"kind": "Pod", **pod("other, vlan-1925@net1", "shared")}, "Pod probe"),
    ],
    ids=["VM", "pod"],
)
def test_a_guard_keeps_the_networks_in_somebodys_namespace_while_they_are_used(
    monkeypatch: pytest.MonkeyPatch, run: Run, item: dict[str, Any], words: str
) -> None:
    told = f"the networks in namespace shared are not deleted, in use by {words} on vlan-1925"
    with pytest.raises(Exception, match=told):
        destroy(monkeypatch, run, "shared-guard", item)


def test_a_guard_lets_the_networks_go_that_nobody_uses(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Whatever else lives in a namespace that stays."""
    elsewhere = {"kind": "VirtualMachine", **user(multus("vlan-1925"), namespace="red")}
    other = {"kind": "VirtualMachine", **user(multus("storage"), namespace="shared")}
    destroy(monkeypatch, run, "shared-guard", elsewhere, other)


def destroy(monkeypatch: pytest.MonkeyPatch, run: Run, name: str, *objects: dict[str, Any]) -> None:
    cluster = wire.LiveCluster(objects=objects)
    monkeypatch.setattr(ACCESS, "cluster", lambda: nullcontext(cluster))
    guard = run.one(GUARD, name)
    wire.provider(guard).delete("an id", wire.wire(guard.inputs))


def asked(
    monkeypatch: pytest.MonkeyPatch, item: Registration, client: str, state: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    """What the client is asked for when the resource is deleted, after the session."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ACCESS, "cluster", nullcontext)
    monkeypatch.setattr(ACCESS, "vcenter", lambda _server=None: nullcontext())
    monkeypatch.setattr(client, lambda _session, *rest: found.append(rest))
    wire.provider(item).delete(ID, wire.wire(state or item.inputs))
    return found[0]
