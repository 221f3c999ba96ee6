"""The agent's round: look at the cluster, do what kubelets and handlers would have done since the last look."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.api_server import ApiError
from sandbox.errors import Refusal
from sandbox.node_agent import cluster, cluster_networks, nodes, pods
from sandbox.node_agent.certificates import Certificates
from sandbox.node_agent.cluster import CONFLICT, NOT_FOUND, Cluster
from sandbox.node_agent.events import Events
from sandbox.node_agent.handler import Handler
from sandbox.node_agent.kernel_pods import Kubelets
from sandbox.node_agent.nodes import Nodes
from sandbox.node_agent.olm import Lifecycle
from sandbox.node_agent.operands import Operands
from sandbox.node_agent.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.api_server import ApiServer
    from sandbox.node_agent.cluster import Object
    from sandbox.node_agent.machines import VCenter
    from sandbox.node_agent.simulated import Networks
    from sandbox.operators import Switches

log = logging.getLogger(__name__)

API_SERVER = "API server"


class Agent:
    """Remembers nothing between rounds but what it has complained about, and the certificates that it asked for."""

    def __init__(
        self, api: ApiServer, vcenter: VCenter, networks: Networks, approver_off: Path, switches: Switches
    ) -> None:
        """Takes the servers, the nodes' networks, and the files that switch approval and installations."""
        self._api = Cluster(api)
        self._certificates = Certificates(self._api, approver_off)
        self._nodes = Nodes(self._api, vcenter, self._certificates, networks)
        self._lifecycle = Lifecycle(self._api, switches)
        self._operands = Operands(self._api, vcenter)
        self._handler = Handler(self._api, self._nodes, networks)
        events = Events(self._api)
        self._scheduler = Scheduler(self._api, networks, events)
        self._kubelets = Kubelets(self._api, networks, events)
        self._networks = networks
        self._troubles: dict[str, str] = {}

    def round(self) -> None:
        """One look, and all that follows from it. What fails is told once, and is tried again in the next round.

        Nodes are read before Machines: a Node that the Machine API deleted in between is not made anew, for its
        Machine is then seen to be leaving.
        """
        try:
            there = self._api.all(cluster.NODES)
            states = self._api.all(cluster.STATES)
            machines = self._api.all(cluster.MACHINES)
            running = self._api.each(cluster.PODS)
            enactments = self._api.all(cluster.ENACTMENTS)
            policies = self._api.all(cluster.POLICIES)
            nmstates = self._api.each(cluster.NMSTATES)
            hcos = self._api.each(cluster.HYPERCONVERGEDS)
            networks = self._api.all(cluster.CLUSTER_NETWORKS)
        except (ApiError, Refusal) as error:
            self._trouble(API_SERVER, type(error).__name__, str(error))
            return
        self._mended(API_SERVER)
        # Handlers come with NMState's conditions.
        handled = any((item.get("status") or {}).get("conditions") for item in nmstates)
        for name, machine in machines.items():
            if nodes.runs_without_node(machine, there, states, handled=handled):
                with self._isolated(f"Machine {name}"):
                    self._nodes.boot(machine, there, states, handled=handled, hcos=hcos)
        with self._isolated("virt-handler"):
            self._operands.start_virt_handler(hcos, there)
        with self._isolated("certificates"):
            self._certificates.approve()
        with self._isolated("pods"):
            pods.end_deleted(self._api, [pod for pod in running if not self._kubelets.has(pod)], there)
        self._networks.keep(there)
        self._run_pods(running, there)
        for name, node in there.items():
            if nodes.has_lost_its_machine(node, machines):
                with self._isolated(f"node {name}"):
                    self._nodes.leave(node)
        for name, policy in policies.items():
            with self._isolated(f"policy {name}"):
                self._handler.take_step(policy, there, states, enactments)
        with self._isolated("enactments"):
            self._handler.sweep(policies, enactments)
        for name, item in networks.items():
            with self._isolated(f"network {name}"):
                cluster_networks.take_step(self._api, item, running)
        with self._isolated("operators"):
            self._run_operators(nmstates, hcos, there)

    def _run_pods(self, pods: list[Object], there: dict[str, Object]) -> None:
        with self._isolated("pods in guests"):
            self._kubelets.look(pods)
        for pod in pods:
            with self._isolated(f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"):
                # One that is bound just now is not any more what was read.
                if not self._scheduler.take_step(pod, there, pods):
                    self._kubelets.take_step(pod, there)

    def _run_operators(self, nmstates: list[Object], hcos: list[Object], there: dict[str, Object]) -> None:
        subscriptions, versions = self._api.each(cluster.SUBSCRIPTIONS), self._api.each(cluster.VERSIONS)
        plans, groups = self._api.each(cluster.PLANS), self._api.each(cluster.GROUPS)
        for subscription in subscriptions:
            with self._isolated(f"Subscription {subscription['metadata']['name']}"):
                self._lifecycle.take_step(subscription, plans, versions)
        for version in versions:
            with self._isolated(f"operator {version['metadata']['name']}"):
                self._lifecycle.install(version, groups)
        for item in nmstates:
            with self._isolated("NMState"):
                self._operands.nmstate(item, versions)
        for item in hcos:
            with self._isolated("HyperConverged"):
                self._operands.hyperconverged(item, versions, there)

    @contextmanager
    def _isolated(self, what: str) -> Iterator[None]:
        """One object's trouble is not the others'."""
        try:
            yield
        except ApiError as error:
            # It changed, or went, since it was read: the next round sees it as it is.
            if error.status not in {NOT_FOUND, CONFLICT}:
                self._trouble(what, error.reason, str(error))
        except (Refusal, OSError, ValueError) as error:
            self._trouble(what, type(error).__name__, str(error))
        else:
            self._mended(what)

    def _trouble(self, what: str, kind: str, told: str) -> None:
        """Said once for each kind of trouble: a message may have a time or an address in it."""
        if self._troubles.get(what) != kind:
            self._troubles[what] = kind
            log.warning("%s: %s: going on trying", what, told)

    def _mended(self, what: str) -> None:
        if self._troubles.pop(what, None):
            log.info("%s: all is well again", what)
