"""Sees a node network policy into force, and takes back what it put on the nodes before it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clients.cluster.kinds import ENACTMENT, NODE, POLICY
from clients.cluster.session import RefusedError
from clients.cluster.waiting import INTERVAL, wait_for
from clients.errors import LabError
from lab import readiness
from lab.manifests import node_network

if TYPE_CHECKING:
    from clients.cluster.session import Cluster, Object
    from clients.cluster.waiting import Patience
    from lab.readiness import Verdict

# Of kubernetes-nmstate's admission: a spec must not change while nodes are still being configured.
IN_PROGRESS = "in progress"


def bring_into_force(cluster: Cluster, wanted: Object, patience: Patience) -> tuple[str, ...]:
    """Waits until every Ready node that the policy selects has it, and gives their names.

    A destroy that died half-way leaves a policy that takes everything back; Pulumi would see no difference between its
    state and the stack file. So the live object is first made the wanted one.

    Raises:
        LabError: with nmstate's own words, as soon as a node fails.
    """
    name = wanted["metadata"]["name"]
    live = cluster.get(POLICY, name)
    if live is None:
        raise LabError(
            f"policy {name} is in Pulumi's state and not in the cluster: somebody deleted it. "
            "Run `pulumi up --refresh`, which makes it anew."
        )
    if live["spec"].get("desiredState") != wanted["spec"]["desiredState"]:
        _change(cluster, wanted, patience)
    selector = wanted["spec"]["nodeSelector"]
    wait_for(lambda: judge(cluster, name, selector), patience)
    return tuple(sorted(_ready_nodes(cluster, selector)))


def judge(cluster: Cluster, name: str, selector: dict[str, str]) -> Verdict:
    """The verdict of this moment."""
    return readiness.node_network(
        cluster.get(POLICY, name), enactments(cluster, name), len(_ready_nodes(cluster, selector))
    )


def enactments(cluster: Cluster, name: str) -> list[Object]:
    """What has become of the policy on each node."""
    return cluster.list(ENACTMENT, labels={"nmstate.io/policy": name})


def take_back(cluster: Cluster, name: str, uid: str | None, nic: str, patience: Patience) -> None:
    """Makes all that the policy ever put on its nodes absent, leaves the NIC up and bare, and waits for it.

    Args:
        cluster: the session.
        name: the policy.
        uid: the very object that was brought into force; one made anew under the same name is left alone. None: any.
        nic: the trunk NIC.
        patience: how long to wait, and who is told for what.
    """
    live = cluster.get(POLICY, name)
    if live is None or uid not in {None, live["metadata"]["uid"]}:
        return
    selector = live["spec"].get("nodeSelector") or {}
    if not cluster.list(NODE, labels=selector):
        # No node has anything to take back, and a policy without nodes never gets further than NoMatchingNode.
        return
    desired = node_network.reverted(nic, node_network.read_ledger(live))
    if live["spec"].get("desiredState") != desired:
        reverted = {"metadata": {"name": name}, "spec": {"desiredState": desired}}
        _change(cluster, reverted, patience)
    wait_for(lambda: judge(cluster, name, selector), patience)


def _change(cluster: Cluster, wanted: Object, patience: Patience) -> None:
    """Changes the live policy's desired state, once its admission lets it."""
    deadline = patience.deadline()
    patch = {"spec": {"desiredState": wanted["spec"]["desiredState"]}}
    told = False
    while True:
        try:
            cluster.merge(POLICY, wanted["metadata"]["name"], patch)
        except RefusedError as error:
            if IN_PROGRESS not in error.reason or time.monotonic() > deadline:
                raise
            if not told:
                patience.report(f"policy {wanted['metadata']['name']} is still in progress; waiting to change it")
            told = True
            time.sleep(INTERVAL)
        else:
            return


def _ready_nodes(cluster: Cluster, selector: dict[str, str]) -> list[str]:
    """The nodes that a policy's verdict counts: kubernetes-nmstate leaves those that are not Ready out of it."""
    return [
        node["metadata"]["name"]
        for node in cluster.list(NODE, labels=selector)
        if any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in (node.get("status") or {}).get("conditions") or []
        )
    ]
