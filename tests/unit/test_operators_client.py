"""How operators are made and taken away, on an API server that lives in this file."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from clients.cluster import kinds, operators
from clients.cluster.operators import install, look, refuse_while_in_use, remove
from clients.cluster.session import Cluster, RefusedError
from clients.cluster.waiting import Patience
from clients.errors import LabError
from lab import manifests
from tests.unit import facts

if TYPE_CHECKING:
    from clients.cluster.kinds import Kind

NMSTATE = manifests.operators(facts.lab(operators={"mode": "manage"}))["nmstate"]
PATIENCE = Patience(minutes=1, report=lambda _: None)
VERSION = "kubernetes-nmstate-operator.4.20"
ESTABLISHED = {"conditions": [{"type": "Established", "status": "True"}]}


class Server(Cluster):
    """Keeps objects by kind and name, and what was done to them; OLM has installed what is subscribed to."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.there = {(item["kind"], item["metadata"]["name"]): deepcopy(item) for item in objects}
        self.done: list[str] = []
        self.refuses = 0

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        found = self.there.get((kind.name, name))
        if kind is kinds.CUSTOM_RESOURCE_DEFINITION:
            return {"status": ESTABLISHED}
        if found is not None and kind is kinds.SUBSCRIPTION:
            found["status"] = {"installedCSV": VERSION, "currentCSV": VERSION}
        if kind is kinds.CLUSTER_SERVICE_VERSION:
            return {"metadata": {"name": name, "namespace": namespace}, "status": {"phase": "Succeeded"}}
        return found

    def list(self, kind: Kind, *_: Any, **__: Any) -> list[dict[str, Any]]:
        if self.refuses:
            raise RefusedError("no", self.refuses, "no")
        return [item for (name, _), item in self.there.items() if name == kind.name]

    def apply(self, kind: Kind, item: dict[str, Any]) -> dict[str, Any]:
        self.done.append(f"apply {kind.name}")
        self.there[kind.name, item["metadata"]["name"]] = deepcopy(item)
        return item

    def delete(self, kind: Kind, name: str, _namespace: str | None = None) -> None:
        self.done.append(f"delete {kind.name}")
        self.there.pop((kind.name, name), None)


def without_label(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "metadata": {key: value for key, value in item["metadata"].items() if key != "labels"}}


def test_each_object_is_made_after_what_it_needs_and_the_operators_own_last() -> None:
    server = Server()
    assert install(server, NMSTATE, PATIENCE) == VERSION
    kinds_ = ["Namespace", "OperatorGroup", "Subscription", "NMState"]
    assert server.done == [f"apply {kind}" for kind in kinds_]


def test_what_this_stack_left_is_taken_up_and_a_namespace_of_somebodys_used_as_it_is() -> None:
    server = Server(without_label(NMSTATE[0]), *NMSTATE[1:])
    install(server, NMSTATE, PATIENCE)
    assert "apply Namespace" not in server.done
    assert "apply Subscription" in server.done


def test_what_somebody_made_since_preflight_is_left_alone() -> None:
    server = Server(without_label(NMSTATE[2]))
    with pytest.raises(LabError, match="Subscription kubernetes-nmstate-operator has come to be meanwhile"):
        install(server, NMSTATE, PATIENCE)
    assert "apply Subscription" not in server.done


def test_the_operators_own_object_goes_first_and_its_version_with_the_subscription() -> None:
    """Without its operator the object's finalizer would keep it; without its version OLM would keep the operator."""
    server = Server(*NMSTATE)
    remove(server, NMSTATE, PATIENCE)
    going = ["NMState", "Subscription", "ClusterServiceVersion", "OperatorGroup", "Namespace"]
    assert server.done == [f"delete {kind}" for kind in going]


def test_nothing_of_somebody_elses_is_taken_away() -> None:
    server = Server(*map(without_label, NMSTATE))
    remove(server, NMSTATE, PATIENCE)
    assert server.done == []


def test_it_stands_while_each_object_says_what_it_is_to_say() -> None:
    assert operators.stands(Server(*NMSTATE), NMSTATE)
    assert not operators.stands(Server(*NMSTATE[:3]), NMSTATE)
    *others, own = NMSTATE
    assert operators.stands(Server(*others, {**own, "spec": {"nodeSelector": {"a": "b"}}}), NMSTATE), "more is theirs"
    changed = {**NMSTATE[2], "spec": {**NMSTATE[2]["spec"], "channel": "other"}}
    assert not operators.stands(Server(*NMSTATE[:2], changed, own), NMSTATE)


def used(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": "blue"}}


def test_who_needs_the_operators_is_named_each_once() -> None:
    server = Server(
        used("VirtualMachine", "a"),
        used("VirtualMachineInstance", "a"),
        used("DataVolume", "d"),
        used("NodeNetworkConfigurationPolicy", "ours"),
        used("NodeNetworkConfigurationPolicy", "theirs"),
    )
    words = r"in use by DataVolume blue/d, VM blue/a, NodeNetworkConfigurationPolicy theirs\."
    with pytest.raises(LabError, match=words):
        refuse_while_in_use(server, ["ours"])
    refuse_while_in_use(Server(used("NodeNetworkConfigurationPolicy", "ours")), ["ours"])


def test_a_user_who_may_not_read_operators_looks_without_them() -> None:
    server = Server()
    server.refuses = 403
    assert look(server).subscriptions is None
    server.refuses = 500
    with pytest.raises(RefusedError):
        look(server)
