"""How the client waits for hypervisors: what it asks, whom, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clients.cluster import fleet, hypervisors, kinds, waiting
from clients.cluster.session import RefusedError
from clients.cluster.waiting import Patience
from clients.errors import LabError
from lab.readiness import Origin
from tests.unit.machines import facts, machine, node, nodes, running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.readiness import Facts

NAME = "hub-cnv"
LOST = Origin(template="/Garden/vm/hub/rhcos-cnv", template_nested=False, template_marked=True, vm_nested=False)
STARTING = Origin(template="/Garden/vm/hub/rhcos-cnv", template_nested=True, template_marked=True, vm_nested=True)


class Cluster:
    """A MachineSet of which two are wanted, and that an autoscaler may change."""

    def __init__(self) -> None:
        self.replicas = 2
        template: Any = {"spec": {"providerSpec": {"value": {}}}}
        self.machine_set: Any = {"metadata": {"name": NAME, "uid": "u"}, "spec": {"template": template}}

    def get(self, kind: Any, _name: str, _namespace: str) -> Any:
        assert kind is kinds.MACHINE_SET
        return {**self.machine_set, "spec": {**self.machine_set["spec"], "replicas": self.replicas}}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr(waiting, "INTERVAL", 0)
    return Cluster()


def seen(monkeypatch: pytest.MonkeyPatch, *looks: Facts) -> None:
    """What each look sees; the last one for ever."""
    left = list(looks)
    monkeypatch.setattr(fleet, "coming", lambda *_: left.pop(0) if len(left) > 1 else left[0])


def bring_up(cluster: Cluster, origin: Origin | None, asked: list[str]) -> hypervisors.Hypervisors:
    def ask_vcenter(found: dict[str, Any]) -> Origin | None:
        asked.append(found["metadata"]["name"])
        return origin

    return hypervisors.bring_up(cluster, NAME, Patience(minutes=1, report=lambda _: None), ask_vcenter)  # type: ignore[arg-type]


def test_vcenter_is_asked_why_a_node_has_no_kvm_and_its_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    seen(monkeypatch, facts([running("m-1"), running("m-2")], nodes(node("m-1"), node("m-2", kvm="0"))))
    asked: list[str] = []
    with pytest.raises(LabError, match="has lost nested virtualization"):
        bring_up(cluster, LOST, asked)
    assert asked == ["m-2"]


@pytest.mark.parametrize("origin", [STARTING, None])
def test_vcenter_is_asked_once_for_each_machine(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster, origin: Origin | None
) -> None:
    """Repeats of a refused login lock the account."""
    starting = facts([running("m-1"), running("m-2")], nodes(node("m-1"), node("m-2", kvm="0")))
    well = facts([running("m-1"), running("m-2")], nodes(node("m-1"), node("m-2")))
    seen(monkeypatch, starting, starting, starting, well)
    asked: list[str] = []
    if origin is None:
        with pytest.raises(LabError, match="has no /dev/kvm"):
            bring_up(cluster, origin, asked)
    else:
        assert bring_up(cluster, origin, asked).nodes == ("m-1", "m-2")
    assert asked == ["m-2"]


def test_vcenter_is_not_asked_when_all_is_well(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> None:
    seen(monkeypatch, facts([running("m-1"), running("m-2")], nodes(node("m-1"), node("m-2"))))
    asked: list[str] = []
    bring_up(cluster, LOST, asked)
    assert asked == []


def test_replicas_that_change_while_it_waits_count(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> None:
    """An autoscaler's: with the number of the beginning it would wait for ever."""
    there = nodes(node("m-1"))

    def coming(*_: Any) -> Facts:
        cluster.replicas = 1
        return facts([running("m-1")], there)

    monkeypatch.setattr(fleet, "coming", coming)
    assert bring_up(cluster, None, []).nodes == ("m-1",)


class Server:
    """Lists what it has; refuses kinds that the user may not read."""

    def __init__(self, have: Mapping[str, list[Any]], status: int = 403) -> None:
        self.have, self.status = have, status
        self.asked: list[tuple[str, str | None, Any]] = []

    def list(self, kind: Any, namespace: str | None = None, _labels: Any = None, fields: Any = None) -> list[Any]:
        self.asked.append((kind.name, namespace, fields))
        if kind.name not in self.have:
            raise RefusedError("no", self.status, "cannot list")
        return self.have[kind.name]


def test_what_only_explains_may_be_refused_and_the_wait_goes_on() -> None:
    server = Server({"Machine": [running()], "Node": [node("m-1")]})
    found = fleet.coming(server, NAME)  # type: ignore[arg-type]
    assert (found.machines, list(found.nodes)) == ([running()], ["m-1"])
    assert (list(found.events), list(found.requests)) == ([], [])
    gone = fleet.going(server, NAME)  # type: ignore[arg-type]
    assert (gone.machines, list(gone.pods)) == ([running()], [])


def test_a_server_in_trouble_is_not_taken_for_one_that_has_nothing_to_tell() -> None:
    server = Server({"Machine": [running()], "Node": [node("m-1")]}, status=500)
    with pytest.raises(RefusedError):
        fleet.coming(server, NAME)  # type: ignore[arg-type]


def test_a_drain_looks_at_the_pods_of_its_nodes_and_at_what_keeps_them() -> None:
    pod = {"metadata": {"name": "p", "namespace": "blue"}}
    have = {"Machine": [running(), machine("m-2")], "Node": [], "Event": [], "Pod": [pod]}
    server = Server({**have, "PodDisruptionBudget": [], "VirtualMachineInstance": []})
    assert fleet.going(server, NAME).pods == [pod]  # type: ignore[arg-type]
    assert ("Pod", None, {"spec.nodeName": "m-1"}) in server.asked
    assert ("PodDisruptionBudget", "blue", None) in server.asked
    assert ("VirtualMachineInstance", "blue", None) in server.asked
    assert ("Event", "openshift-machine-api", {"involvedObject.kind": "Machine", "type": "Warning"}) in server.asked


def test_when_all_machines_are_gone_nothing_more_is_asked() -> None:
    server = Server({"Machine": []})
    fleet.going(server, NAME)  # type: ignore[arg-type]
    assert [kind for kind, *_ in server.asked] == ["Machine"]
