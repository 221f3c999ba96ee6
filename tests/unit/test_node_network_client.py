"""What a destroy does with a policy's bridges, and an `up` with a policy that failed before: each case, no server."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from clients.cluster import node_network, waiting
from clients.cluster.node_network import Rollout
from clients.cluster.session import RefusedError
from clients.cluster.waiting import Patience
from clients.errors import LabError
from lab.manifests import policy as manifest
from tests.components.wire import LiveCluster
from tests.unit import facts
from tests.unit.test_readiness_network import condition, enactment

SPEC = manifest(facts.lab())["spec"]
LABELS = SPEC["nodeSelector"]
ROLLOUT = Rollout(policy="ens224-policy", uid="u", nic="ens224", spec=SPEC, revert="auto")
KEPT = "br-1928, ens224.1928 stay on n-1"


class Cluster(LiveCluster):
    """Handlers that take every change at once, on nodes that are Ready; admission that may say no at first."""

    def __init__(self, *nodes: dict[str, Any], policy: bool = True) -> None:
        live = {**manifest(facts.lab()), "status": {}}
        live["metadata"] = {**live["metadata"], "uid": "u", "generation": 1}
        super().__init__(objects=[*nodes, *([copy.deepcopy(live)] if policy else [])])
        self.patches: list[Any] = []
        self.busy = 0
        self.failing = 0

    @property
    def policy(self) -> dict[str, Any]:
        return next(item for item in self.objects if item["kind"] == "NodeNetworkConfigurationPolicy")

    def merge(self, _kind: Any, _name: str, patch: dict[str, Any]) -> None:
        if self.busy:
            self.busy -= 1
            raise RefusedError("no", 403, "policy ens224-policy is still in progress")
        self.patches.append(patch["spec"]["desiredState"])
        self.policy["spec"].update(patch["spec"])
        self.policy["metadata"]["generation"] += 1
        self.settle()

    def settle(self) -> None:
        """Each Ready node's report on the policy as it is."""
        reason = "FailedToConfigure" if self.failing else "SuccessfullyConfigured"
        self.policy["status"] = {"conditions": [condition("Available", str(not self.failing), reason)]}
        kind = "Failing" if self.failing else "Available"
        self.failing = max(self.failing - 1, 0)
        others = [item for item in self.objects if item["kind"] != "NodeNetworkConfigurationEnactment"]
        ready = [
            item for item in others if item["kind"] == "Node" and item["status"]["conditions"][0]["status"] == "True"
        ]
        reports = [enactment(kind, item["metadata"]["name"], self.policy["metadata"]["generation"]) for item in ready]
        for item in reports:
            item["kind"] = "NodeNetworkConfigurationEnactment"
            item["metadata"]["labels"]["nmstate.io/policy"] = "ens224-policy"
        self.objects = [*others, *reports]


def node(name: str = "n-1", ready: str = "True", **metadata: Any) -> dict[str, Any]:
    status = {"conditions": [condition("Ready", ready)]}
    return {"kind": "Node", "metadata": {"name": name, "labels": LABELS, **metadata}, "status": status}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "INTERVAL", 0)
    monkeypatch.setattr(node_network, "INTERVAL", 0)


def taken_back(cluster: Cluster, rollout: Rollout = ROLLOUT) -> list[str]:
    told: list[str] = []
    node_network.take_back(cluster, rollout, Patience(minutes=0, report=told.append))  # type: ignore[arg-type]
    return told


def test_nodes_that_stay_are_taken_back_with_the_nic_up() -> None:
    cluster = Cluster(node())
    assert taken_back(cluster) == []
    (desired,) = cluster.patches
    states = [(item["name"], item["state"]) for item in desired["interfaces"]]
    assert states == [("ens224", "up"), ("br-1928", "absent"), ("ens224.1928", "absent")]


@pytest.mark.parametrize(
    ("name", "interfaces", "first"),
    [
        ("n-1", ["ens192", "ens224"], "ens224"),
        ("n-1", ["ens192"], "br-1928"),
        ("n-1", [], "ens224"),
        ("n-9", ["ens192"], "ens224"),
    ],
    ids=["there", "not there", "no report", "on a node of somebody else's"],
)
def test_a_nic_that_a_node_has_not_is_not_asked_for(name: str, interfaces: list[str], first: str) -> None:
    """nmstate would refuse the whole, and leave the others' bridges."""
    state = {"currentState": {"interfaces": [{"name": item} for item in interfaces]}}
    cluster = Cluster(node(), {"kind": "NodeNetworkState", "metadata": {"name": name}, "status": state})
    taken_back(cluster)
    assert cluster.patches[0]["interfaces"][0]["name"] == first


def test_what_the_annotation_has_lost_is_known_by_the_state() -> None:
    cluster = Cluster(node())
    cluster.policy["metadata"]["annotations"] = {}
    taken_back(cluster)
    assert "br-1928" in {item["name"] for item in cluster.patches[0]["interfaces"]}


@pytest.mark.parametrize(
    ("there", "reason"),
    [(node(ready="Unknown"), "n-1 is not Ready"), (node(deletionTimestamp="now"), "n-1 is being deleted")],
)
def test_auto_changes_nothing_where_no_node_stays_and_says_so(there: dict[str, Any], reason: str) -> None:
    cluster = Cluster(there)
    assert taken_back(cluster) == [f"policy ens224-policy is not taken back, for no node stays: {reason}"]
    assert cluster.patches == []


def test_auto_waits_for_those_that_stay_and_names_the_others() -> None:
    cluster = Cluster(node(), node("n-2", ready="Unknown"))
    (line,) = taken_back(cluster)
    assert line.endswith("taken back from the nodes that stay; not waited for: n-2 is not Ready")
    assert len(cluster.patches) == 1


def test_always_waits_for_a_node_that_is_not_ready_until_the_time_is_up() -> None:
    cluster = Cluster(node(), node("n-2", ready="Unknown"))
    with pytest.raises(LabError, match=r"taken back from 1 of 2 nodes; n-2 is not Ready"):
        taken_back(cluster, replace(ROLLOUT, revert="always"))


def test_never_changes_nothing_and_says_what_stays() -> None:
    cluster = Cluster(node())
    assert taken_back(cluster, replace(ROLLOUT, revert="never")) == [f"revertOnDestroy: never, so {KEPT}"]
    assert cluster.patches == []


def test_a_policy_that_somebody_deleted_is_no_error_and_what_stays_is_told() -> None:
    (line,) = taken_back(Cluster(node(), policy=False))
    assert line.startswith("warning: policy ens224-policy is gone already")
    assert line.endswith(KEPT)


def test_without_nodes_there_is_nothing_to_say() -> None:
    for cluster in (Cluster(), Cluster(policy=False)):
        assert taken_back(cluster) == []


def test_a_policy_made_anew_under_the_same_name_is_left_alone() -> None:
    cluster = Cluster(node())
    assert taken_back(cluster, replace(ROLLOUT, uid="another")) == []
    assert cluster.patches == []


def brought(cluster: Cluster, minutes: float = 1) -> list[str]:
    told: list[str] = []
    wanted = {"metadata": {"name": "ens224-policy"}, "spec": SPEC}
    node_network.bring_into_force(cluster, wanted, Patience(minutes=minutes, report=told.append))  # type: ignore[arg-type]
    return told


def test_a_change_that_is_refused_for_nodes_at_work_is_tried_again_and_told_once() -> None:
    cluster = Cluster(node())
    cluster.policy["spec"]["desiredState"] = {"interfaces": []}
    cluster.busy = 3
    assert brought(cluster) == ["policy ens224-policy is still in progress; waiting to change it"]
    assert cluster.patches == [SPEC["desiredState"]]


def test_a_policy_that_failed_before_is_tried_again_and_ends_as_it_was_written() -> None:
    """Nodes try a spec again only when it changes."""
    cluster = Cluster(node())
    cluster.failing = 1
    cluster.settle()
    assert brought(cluster) == ["policy ens224-policy has failed; trying it again"]
    assert len(cluster.patches) == 2
    assert cluster.policy["spec"] == SPEC


def test_a_policy_that_fails_again_ends_the_wait() -> None:
    cluster = Cluster(node())
    cluster.failing = 2
    cluster.settle()
    with pytest.raises(LabError, match="policy ens224-policy failed on node n-1"):
        brought(cluster)


def test_nodes_that_were_left_out_are_told_at_the_end() -> None:
    cluster = Cluster(node(), node("n-2", ready="Unknown"))
    cluster.settle()
    assert brought(cluster) == ["policy ens224-policy is in force on 1 node; n-2 is not Ready, and left out"]
