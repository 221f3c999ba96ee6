"""`python -m lab prove` on a real API server, where no pod ever begins: what is refused, and that nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import trouble
from tests.engine.commands import command
from tests.engine.plays import play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

NOT_TRIED = 2


@pytest.fixture(scope="module", autouse=True)
def stands(lab: Lab) -> None:
    """The post's lab on two hypervisors."""

    def two(config: dict[str, Any]) -> None:
        config["hypervisors"]["replicas"] = 2

    lab.edit(two)
    lab.up().succeeded()


def refused(lab: Lab, *words: str) -> str:
    run = command(lab, "prove", "--stack", lab.stack, *words)
    assert run.code == NOT_TRIED, run.output
    trouble.note(run.output)
    return run.refused()


def test_pods_that_nobody_begins_are_waited_for_and_taken_away(lab: Lab, cluster: Cluster) -> None:
    """Kubelets are simulated here."""
    told = refused(lab, "--vlan", "1928", "--wait", "3")
    assert "did not do its part: it did not begin within 3 seconds: no kubelet has begun it" in told
    assert cluster.items("v1", "Pod", labels="cnv-lab/prove") == []


def test_a_vlan_that_the_stack_file_does_not_have_is_named(lab: Lab) -> None:
    assert "has no VLAN 7; its VLANs are 1925-1928" in refused(lab, "--vlan", "7")


def test_who_has_the_rules_of_a_lab_alone_is_told_what_more_it_takes(lab: Lab, cluster: Cluster) -> None:
    play(lab, "limit")
    cluster.delete("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "cnv-lab-prove")
    told = refused(lab.as_limited(), "--vlan", "1928")
    assert "this user may not create, delete, patch pods. Give it the rules of docs/rbac.yaml" in told
    assert "may not use securitycontextconstraints.security.openshift.io" in told


def test_with_one_hypervisor_there_is_no_wire_to_prove(lab: Lab) -> None:
    (node, _) = lab.outputs()["nodes"]
    assert f"{node} is the only one that can be used" in refused(lab, "--node", node)
    assert "no hypervisor of this stack has that name" in refused(lab, "--node", node, "--node", "goat")
