"""The agent's round: look at the cluster, do what kubelets and handlers would have done since the last look."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sandbox.api_server import ApiError
from sandbox.node_agent import conditions, judgement, kubelet, policies

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.api_server import ApiServer
    from sandbox.node_agent.machines import Hardware, VCenter

Object = dict[str, Any]

MACHINES = "/apis/machine.openshift.io/v1beta1/machines"
NODES = "/api/v1/nodes"
POLICIES = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
ENACTMENTS = "/apis/nmstate.io/v1beta1/nodenetworkconfigurationenactments"
STATES = "/apis/nmstate.io/v1beta1/nodenetworkstates"
HANDLER_API = "nmstate.io/v1beta1"
MERGE_PATCH = "application/merge-patch+json"
NOT_FOUND, CONFLICT = 404, 409
RUNNING_PHASES = {"Provisioned", "Running"}


class Agent:
    """Remembers nothing between rounds but what a machine's hardware is."""

    def __init__(self, api: ApiServer, vcenter: VCenter, nmstatectl: Path) -> None:
        """Takes the two servers and nmstate's parser."""
        self._api = api
        self._vcenter = vcenter
        self._nmstatectl = nmstatectl
        self._hardware: dict[str, Hardware] = {}

    def round(self) -> None:
        """One look, and all that follows from it.

        Raises:
            ApiError: the API server said no to something.
            Refusal: it can't be reached.
            OSError: vCenter can't be reached.
        """
        nodes = {item["metadata"]["name"]: item for item in self._list(NODES)}
        states = {item["metadata"]["name"]: item for item in self._list(STATES)}
        for machine in self._list(MACHINES):
            phase = (machine.get("status") or {}).get("phase")
            name = machine["metadata"]["name"]
            starting = phase in RUNNING_PHASES and "deletionTimestamp" not in machine["metadata"]
            if starting and machine["spec"].get("providerID") and (name not in nodes or name not in states):
                self._boot(machine, nodes, states)
        enactments = self._list(ENACTMENTS)
        policy_names = set()
        for policy in self._list(POLICIES):
            policy_names.add(policy["metadata"]["name"])
            self._take_step(policy, nodes, states, enactments)
        for item in enactments:
            if item["metadata"]["labels"]["nmstate.io/policy"] not in policy_names:
                self._delete(f"{ENACTMENTS}/{item['metadata']['name']}")

    def _boot(self, machine: Object, nodes: dict[str, Object], states: dict[str, Object]) -> None:
        """The machine's kubelet registers it, and its handler reports the network."""
        name, provider_id = machine["metadata"]["name"], machine["spec"]["providerID"]
        hardware = self._hardware.get(provider_id) or self._vcenter.hardware(provider_id)
        if hardware is None:
            return
        self._hardware[provider_id] = hardware
        if name not in nodes:
            taken = {_address(node) for node in nodes.values()}
            made = self._api.request("POST", NODES, body=kubelet.node(name, provider_id, hardware))
            status = kubelet.node_status(name, kubelet.free_address(taken), hardware)
            nodes[name] = self._patch(f"{NODES}/{name}/status", {"status": status})
            print(f"node {name} is Ready", {"uid": made["metadata"]["uid"], "kvm": hardware.nested_virtualization})
        if name not in states:
            owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": nodes[name]["metadata"]["uid"]}
            state = {
                "apiVersion": HANDLER_API,
                "kind": "NodeNetworkState",
                "metadata": {"name": name, "ownerReferences": [owner]},
            }
            self._api.request("POST", STATES, body=state)
            states[name] = self._report(name, kubelet.first_state(_address(nodes[name]), hardware))

    def _report(self, name: str, current: Object) -> Object:
        status = {
            "currentState": current,
            "handlerNmstateVersion": "2.2.62",
            "hostNetworkManagerVersion": "1.46.0",
            "lastSuccessfulUpdateTime": conditions.now(),
        }
        return self._patch(f"{STATES}/{name}/status", {"status": status})

    def _take_step(
        self, policy: Object, nodes: dict[str, Object], states: dict[str, Object], enactments: list[Object]
    ) -> None:
        name = policy["metadata"]["name"]
        ours = {
            item["metadata"]["labels"]["nmstate.io/node"]: item
            for item in enactments
            if item["metadata"]["labels"]["nmstate.io/policy"] == name
        }
        desired = judgement.as_handler_reads(policy["spec"].get("desiredState") or {})
        # A node without a reported network has no handler yet.
        with_handler = {key: node for key, node in nodes.items() if key in states}
        step = policies.step(policy, with_handler, ours, lambda node: self._configure(node, desired, states))
        for node, told in step.enactments.items():
            self._enact(policy, nodes[node], ours.get(node), desired, told)
        for node in step.dropped:
            self._delete(f"{ENACTMENTS}/{node}.{name}")
        if not conditions.same((policy.get("status") or {}).get("conditions"), step.policy):
            self._patch(f"{POLICIES}/{name}/status", {"status": {"conditions": step.policy}})
            print(f"policy {name}: {conditions.true_type(step.policy)}: {step.policy[0]['message']}")

    def _configure(self, node: str, desired: Object, states: dict[str, Object]) -> str:
        """Brings the node's network to the desired state, or says why not."""
        current = states[node]["status"]["currentState"]
        said = judgement.parser_says(self._nmstatectl, desired, current)
        complaints = [said] if said else list(judgement.complaints(desired, current))
        if complaints:
            return f"error reconciling NodeNetworkConfigurationPolicy on node {node}: {'; '.join(complaints)}"
        states[node] = self._report(node, judgement.merged(current, desired))
        return ""

    def _enact(
        self, policy: Object, node: Object, there: Object | None, desired: Object, told: list[conditions.Condition]
    ) -> None:
        metadata = node["metadata"]
        name = f"{metadata['name']}.{policy['metadata']['name']}"
        if there is None:
            owner = {"apiVersion": "v1", "kind": "Node", "name": metadata["name"], "uid": metadata["uid"]}
            labels = {"nmstate.io/policy": policy["metadata"]["name"], "nmstate.io/node": metadata["name"]}
            body = {
                "apiVersion": HANDLER_API,
                "kind": "NodeNetworkConfigurationEnactment",
                "metadata": {"name": name, "labels": labels, "ownerReferences": [owner]},
            }
            self._api.request("POST", ENACTMENTS, body=body)
        status = {
            "conditions": told,
            "desiredState": desired,
            "desiredStateMetaInfo": {"time": conditions.now(), "version": "2.2.62"},
            "policyGeneration": policy["metadata"]["generation"],
        }
        self._patch(f"{ENACTMENTS}/{name}/status", {"status": status})
        kind = conditions.true_type(told)
        print(f"enactment {name}: {kind}", next(item["message"] for item in told if item["type"] == kind))

    def _list(self, path: str) -> list[Object]:
        return list(self._api.request("GET", path)["items"])

    def _patch(self, path: str, body: Object) -> Object:
        return self._api.request("PATCH", path, body=body, content=MERGE_PATCH)

    def _delete(self, path: str) -> None:
        """Deletes what may be gone already: with its node, by the garbage collector."""
        with suppress(ApiError):
            self._api.request("DELETE", path)


def _address(node: Object) -> str:
    addresses = (node.get("status") or {}).get("addresses") or []
    return next((str(item["address"]) for item in addresses if item["type"] == "InternalIP"), "")
