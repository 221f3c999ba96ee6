"""How a policy comes into force on two nodes: a change that comes too early, a node that fails, one not tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import background
from tests.engine.worker import set_network

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

MACHINE_SET = "hub-7vxwj-cnv"
POLICY = "ens224-policy"
AGENT = "node-agent"


@pytest.fixture(autouse=True, scope="module")
def two_hypervisors(lab: Lab) -> None:
    """Configured one after the other."""

    def change(config: dict[str, Any]) -> None:
        config["hypervisors"]["replicas"] = 2
        config["nodeNetwork"]["maxUnavailable"] = 1

    lab.edit(change)
    lab.up().succeeded()


def nodes_of(cluster: Cluster) -> list[str]:
    return sorted(str(machine["status"]["nodeRef"]["name"]) for machine in cluster.machines(MACHINE_SET))


def test_a_change_of_a_policy_that_is_still_in_progress_is_made_when_the_nodes_are_done(
    lab: Lab, cluster: Cluster
) -> None:
    """Its admission refuses it before: whoever adds a VLAN and a hypervisor at once would meet that at random."""
    lab.stop(AGENT)
    progressing = {"type": "Available", "status": "Unknown", "reason": "ConfigurationProgressing"}
    status = {"status": {"conditions": [progressing]}}
    cluster.patch_status("nmstate.io/v1", "NodeNetworkConfigurationPolicy", POLICY, status)
    lab.edit(lambda config: config["vlans"].append({"id": 1929, "name": "storage"}))
    with background.pulumi(lab, "up") as up:
        try:
            up.told(f"policy {POLICY} is still in progress; waiting to change it")
        finally:
            lab.start(AGENT)
        told = up.finished().succeeded().output
    assert "retrying update" in told
    assert told.partition("Diagnostics:")[0].count("still in progress; waiting") == 1, "said once"
    for node in nodes_of(cluster):
        assert "br-1929" in cluster.interfaces(node)


def test_a_node_that_fails_is_told_apart_from_one_that_is_not_tried_and_the_next_up_tries_both(
    lab: Lab, cluster: Cluster
) -> None:
    """By themselves nodes try a spec again only when it changes."""
    failing, spared = nodes_of(cluster)
    interfaces = [*cluster.interfaces(failing).values()]
    taken = {"name": "mine", "type": "vlan", "state": "up", "vlan": {"base-iface": "ens224", "id": 1930}}
    set_network(cluster, failing, [*interfaces, taken])
    lab.edit(lambda config: config["vlans"].append({"id": 1930, "name": "backup"}))
    told = lab.up().refused()
    assert f"policy {POLICY} failed on node {failing}: " in told
    assert "File exists" in told, "in nmstate's own words"
    assert f"not tried on {spared}: aborted because {failing} failed" in told
    set_network(cluster, failing, interfaces)
    lab.up().succeeded()
    for node in (failing, spared):
        assert "br-1930" in cluster.interfaces(node)
    lab.preview("--refresh", "--expect-no-changes").succeeded()
