"""Sees a node network policy into force, and takes back what it put on the nodes before it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster.kinds import ENACTMENT, MACHINE, MACHINE_SET, NETWORK_STATE, NODE, POLICY
from clients.cluster.session import RefusedError
from clients.cluster.waiting import INTERVAL, wait_for
from clients.errors import LabError
from lab import names, readiness
from lab.manifests import node_network

if TYPE_CHECKING:
    from collections.abc import Collection

    from clients.cluster.session import Cluster, Object
    from clients.cluster.waiting import Patience
    from lab.readiness import Verdict

# Of kubernetes-nmstate's admission: a spec must not change while nodes are still being configured.
IN_PROGRESS = "still in progress"


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """What Pulumi's state keeps of a policy that was brought into force.

    ``uid`` is the very object: one made anew under the same name is left alone. ``revert`` is ``auto``, ``always`` or
    ``never``: what happens to the nodes' interfaces when it goes.
    """

    policy: str
    uid: str
    nic: str
    spec: Object
    revert: str


def bring_into_force(cluster: Cluster, wanted: Object, patience: Patience) -> None:
    """Waits until every Ready node that the policy selects has it.

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
    selector = wanted["spec"]["nodeSelector"]
    if live["spec"].get("desiredState") != wanted["spec"]["desiredState"]:
        _change(cluster, wanted, patience)
    elif isinstance(judge(cluster, name, selector), readiness.Failed):
        _try_again(cluster, wanted, patience)
    ready = wait_for(lambda: judge(cluster, name, selector), patience)
    if len(readiness.ready_nodes(nodes := _nodes(cluster, selector))) < len(nodes):
        patience.report(ready.message)  # it names those that were left out


def judge(cluster: Cluster, name: str, selector: dict[str, str]) -> Verdict:
    """The verdict of this moment."""
    return readiness.node_network(cluster.get(POLICY, name), enactments(cluster, name), _nodes(cluster, selector))


def enactments(cluster: Cluster, name: str) -> list[Object]:
    """What has become of the policy on each node."""
    return cluster.list(ENACTMENT, labels={"nmstate.io/policy": name})


def wait_until_changeable(cluster: Cluster, name: str, patience: Patience) -> None:
    """Waits until nodes are done with the policy as it is: before, its admission refuses every change.

    Raises:
        LabError: at the end of the time.
    """
    wait_for(lambda: readiness.changeable(cluster.get(POLICY, name)), patience)


def take_back(cluster: Cluster, rollout: Rollout, patience: Patience) -> None:
    """Makes all that the policy ever put on its nodes absent, leaves the NIC up and bare, and waits for it.

    With ``auto`` nodes that go or are out of reach are not waited for, and nothing is changed where all are; with
    ``always`` every node is waited for.

    Raises:
        LabError: with nmstate's own words, or at the end of the time with the nodes that have not done it.
    """
    name, live = rollout.policy, cluster.get(POLICY, rollout.policy)
    if live is not None and rollout.uid != live["metadata"]["uid"]:
        return
    selector = (rollout.spec if live is None else live["spec"]).get("nodeSelector") or {}
    nodes = _nodes(cluster, selector)
    if not nodes:
        # No node has anything to take back, and a policy without nodes never gets further than NoMatchingNode.
        return
    ledger = node_network.in_order(node_network.read_ledger(live) | set(node_network.bridges(rollout.spec)))
    kept = f"{_interfaces(rollout.nic, ledger)} stay on {', '.join(sorted(node['metadata']['name'] for node in nodes))}"
    if live is None:
        patience.report(f"warning: policy {name} is gone already, somebody deleted it, so {kept}")
        return
    if rollout.revert == "never":
        patience.report(f"revertOnDestroy: never, so {kept}")
        return
    leaving = _leaving(cluster, nodes, rollout.revert)
    told = "; ".join(f"{node} {reason}" for node, reason in leaving.items())
    if len(leaving) == len(nodes):
        patience.report(f"policy {name} is not taken back, for no node stays: {told}")
        return
    if leaving:
        patience.report(f"policy {name} is taken back from the nodes that stay; not waited for: {told}")
    staying = {node["metadata"]["name"] for node in nodes} - leaving.keys()
    mtu = node_network.usual_mtu(live["spec"], rollout.nic)
    is_there = _is_on_all(cluster, rollout.nic, staying)
    desired = node_network.reverted(rollout.nic, ledger, mtu=mtu, nic_is_there=is_there)
    if live["spec"].get("desiredState") != desired:
        _change(cluster, {"metadata": {"name": name}, "spec": {"desiredState": desired}}, patience)
    wait_for(lambda: _judge_taken_back(cluster, rollout, selector), patience)


def _judge_taken_back(cluster: Cluster, rollout: Rollout, selector: dict[str, str]) -> Verdict:
    nodes = _nodes(cluster, selector)
    leaving = _leaving(cluster, nodes, rollout.revert)
    staying = [node for node in nodes if node["metadata"]["name"] not in leaving]
    return readiness.taken_back(cluster.get(POLICY, rollout.policy), enactments(cluster, rollout.policy), staying)


def _is_on_all(cluster: Cluster, nic: str, nodes: Collection[str]) -> bool:
    """Whether each node reports the NIC; one that reports nothing is taken to have it."""
    for state in cluster.list(NETWORK_STATE):
        interfaces = ((state.get("status") or {}).get("currentState") or {}).get("interfaces") or []
        if state["metadata"]["name"] in nodes and interfaces and nic not in {item["name"] for item in interfaces}:
            return False
    return True


def _leaving(cluster: Cluster, nodes: list[Object], revert: str) -> dict[str, str]:
    """The nodes that are not waited for, with the reason."""
    if revert == "always":
        return {}
    machine_sets = {item["metadata"]["name"]: item for item in cluster.list(MACHINE_SET, names.MACHINE_API_NAMESPACE)}
    return readiness.going(nodes, cluster.list(MACHINE, names.MACHINE_API_NAMESPACE), machine_sets)


def _interfaces(nic: str, ledger: list[str]) -> str:
    return ", ".join(item["name"] for part in node_network.absent(nic, ledger) for item in part["interfaces"])


def _try_again(cluster: Cluster, wanted: Object, patience: Patience) -> None:
    """Brings into force what failed before: what was in the way may be mended by now.

    Nodes try a spec that failed (or that they were not tried on) again only when it changes. The interfaces in another
    order are a change, and mean the same.
    """
    name, desired = wanted["metadata"]["name"], wanted["spec"]["desiredState"]
    patience.report(f"policy {name} has failed; trying it again")
    turned = {**desired, "interfaces": desired["interfaces"][::-1]}
    _change(cluster, {**wanted, "spec": {**wanted["spec"], "desiredState": turned}}, patience)
    wait_for(lambda: judge(cluster, name, wanted["spec"]["nodeSelector"]), patience)
    _change(cluster, wanted, patience)


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


def _nodes(cluster: Cluster, selector: dict[str, str]) -> list[Object]:
    """The nodes that the policy selects, Ready or not."""
    return cluster.list(NODE, labels=selector)
