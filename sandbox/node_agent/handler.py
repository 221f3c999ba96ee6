"""What nmstate's handlers do with a policy: write enactments, configure nodes in their turn, tell the outcome."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sandbox.node_agent import cluster, conditions, judgement, policies
from sandbox.node_agent.nodes import current_state
from sandbox.node_agent.simulated import NotAppliedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.node_agent.conditions import Condition
    from sandbox.node_agent.nodes import Nodes
    from sandbox.node_agent.simulated import Networks

log = logging.getLogger(__name__)

POLICY_LABEL, NODE_LABEL = "nmstate.io/policy", "nmstate.io/node"


class Handler:
    """The handlers of all nodes."""

    def __init__(self, api: Cluster, nodes: Nodes, networks: Networks) -> None:
        """Takes the cluster, who reports a node's network, and the networks themselves."""
        self._api = api
        self._nodes = nodes
        self._networks = networks

    def take_step(
        self, policy: Object, nodes: dict[str, Object], states: dict[str, Object], enactments: dict[str, Object]
    ) -> None:
        """The policy's next step.

        Args:
            policy: the policy.
            nodes: all nodes by name.
            states: all NodeNetworkStates by name; those that change are put in.
            enactments: all enactments by name.

        Raises:
            OSError: nmstate, or vCenter, can't be asked.
            Refusal: a node has ended.
        """
        name = policy["metadata"]["name"]
        ours = {_label(item, NODE_LABEL): item for item in enactments.values() if _label(item, POLICY_LABEL) == name}
        # A node that reports no network has no handler yet.
        handled = {key: node for key, node in nodes.items() if current_state(states.get(key))}
        turn = policies.in_work(policy, handled, ours)
        step = policies.step(
            policy, handled, ours, {node: self._configure(policy, nodes[node], states) for node in turn}
        )
        for node, told in step.enactments.items():
            self._enact(policy, nodes[node], ours.get(node), told)
        for node in step.dropped:
            self._api.delete(cluster.ENACTMENTS, f"{node}.{name}")
        old = (policy.get("status") or {}).get("conditions")
        if not conditions.same(old, step.policy):
            told = conditions.carried_over(old, list(step.policy))
            self._api.set_status(cluster.POLICIES, policy, {"conditions": told})
            kind = conditions.true_type(told)
            log.info("policy %s: %s: %s", name, kind, _message(told, kind))

    def sweep(self, policies_there: dict[str, Object], enactments: dict[str, Object]) -> None:
        """Deletes enactments whose policy is gone; what it did to the nodes stays."""
        for name, item in enactments.items():
            if _label(item, POLICY_LABEL) not in policies_there:
                self._api.delete(cluster.ENACTMENTS, name)
                log.info("enactment %s: its policy is gone, the node stays as it is", name)

    def _configure(self, policy: Object, node: Object, states: dict[str, Object]) -> str:
        """Brings the node's network to the desired state, or says why not; then it is as it was."""
        name = node["metadata"]["name"]
        current = current_state(states[name])
        try:
            after = self._networks.configure(node, _desired_state(policy), current)
        except NotAppliedError as error:
            return str(error)
        if after != current:
            self._nodes.report(name, after, states)
        return ""

    def _enact(self, policy: Object, node: Object, there: Object | None, told: Sequence[Condition]) -> None:
        policy_name, node_name = policy["metadata"]["name"], node["metadata"]["name"]
        name = f"{node_name}.{policy_name}"
        if there is None:
            labels = {POLICY_LABEL: policy_name, NODE_LABEL: node_name}
            metadata = {"name": name, "labels": labels, **cluster.owned_by(node)}
            item = {
                "apiVersion": cluster.HANDLER_API,
                "kind": "NodeNetworkConfigurationEnactment",
                "metadata": metadata,
            }
            there = self._api.make(cluster.ENACTMENTS, item)
        status = {
            "desiredState": _desired_state(policy),
            "features": [],
            "policyGeneration": policy["metadata"]["generation"],
            "conditions": conditions.carried_over((there.get("status") or {}).get("conditions"), list(told)),
        }
        self._api.set_status(cluster.ENACTMENTS, there, status)
        kind = conditions.true_type(told)
        log.info("enactment %s: %s: %s", name, kind, _message(told, kind))


def _desired_state(policy: Object) -> Object:
    return judgement.as_handler_reads(policy["spec"].get("desiredState") or {})


def _label(item: Object, name: str) -> str:
    return str((item["metadata"].get("labels") or {}).get(name, ""))


def _message(told: Sequence[Condition], kind: str) -> str:
    """The message of the condition that counts, on one line."""
    return " ".join(next((item["message"] for item in told if item["type"] == kind), "").split())
