"""What a proof begins with: two hypervisors, and as much as vCenter tells of the wire between them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clients import first_look
from clients.cluster import facts as cluster_facts
from clients.cluster import node_network
from clients.errors import LabError
from clients.proof import look as looking
from clients.vcenter import inventory
from tests.unit import facts, test_existing_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

READY: Any = {"conditions": [{"type": "Ready", "status": "True"}]}
LABELS = {"machine.openshift.io/cluster-api-machineset": "hub-cnv", **test_existing_nodes.LABEL}


def hypervisor(name: str) -> Any:
    return {"metadata": {"name": name, "labels": LABELS}, "status": READY}


def enactment(node: str) -> Any:
    return {
        "metadata": {"labels": {"nmstate.io/node": node}},
        "status": {"conditions": [{"type": "Available", "status": "True"}]},
    }


@contextmanager
def looked(
    monkeypatch: pytest.MonkeyPatch, vcenter: Any, hosts: dict[str, str], settings: Any = None
) -> Iterator[looking.Look]:
    """A look at a cluster with three hypervisors, and at a vCenter or what stands in the place of one."""

    def log_in(*_: Any) -> Any:
        if isinstance(vcenter, Exception):
            raise vcenter
        return vcenter

    there = facts.cluster(nodes=facts.by_name(*map(hypervisor, "abc")), infra_id="hub")
    monkeypatch.setattr(first_look, "log_in_to_cluster", lambda *_: "a session")
    monkeypatch.setattr(first_look, "log_in_to_vcenter", log_in)
    monkeypatch.setattr(cluster_facts, "take", lambda _: there)
    monkeypatch.setattr(node_network, "enactments", lambda *_: [*map(enactment, "abc")])
    monkeypatch.setattr(inventory, "take", lambda *_: facts.inventory())
    monkeypatch.setattr(looking, "hosts_of", lambda *_: hosts)
    yield looking.look(
        None,  # type: ignore[arg-type]
        settings or facts.settings_of(),
        stack=facts.STACK,
        where=facts.WHERE,
        logins=None,  # type: ignore[arg-type]
        nodes=(),
    )


def test_vcenter_tells_of_hosts_and_of_the_port_group(monkeypatch: pytest.MonkeyPatch) -> None:
    with looked(monkeypatch, "a session", {"a": "goat-1", "b": "goat-1", "c": "goat-2"}) as seen:
        assert (seen.nodes, seen.trunk.hosts, seen.notes) == (("a", "c"), ("goat-1", "goat-2"), ())
        assert seen.trunk.found is not None


def test_two_on_one_host_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with looked(monkeypatch, "a session", dict.fromkeys("abc", "goat-1")) as seen:
        assert "both nodes are on ESXi host goat-1: the physical switch between hosts is not tried" in seen.notes[0]


def test_without_vcenter_it_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with looked(monkeypatch, LabError("vCenter vc cannot be reached."), {}) as seen:
        assert seen.nodes == ("a", "b")
        assert seen.trunk.found is None
        assert seen.notes[0] == "vCenter was not asked: vCenter vc cannot be reached."
        assert "different ESXi hosts is not known" in seen.notes[1]


def test_of_hypervisors_that_exist_no_vcenter_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with looked(monkeypatch, AssertionError("it was asked"), {}, test_existing_nodes.parse()) as seen:
        assert (seen.nodes, seen.trunk.hosts, seen.trunk.found) == (("a", "b"), ("", ""), None)
        assert seen.notes == ("vCenter was not asked: the hypervisors exist, and nothing is made in vSphere",)
