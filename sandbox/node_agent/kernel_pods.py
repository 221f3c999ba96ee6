"""The kubelets of the nodes that have a kernel: a pod there is a process in the guest, with the networks that it names.

sandbox/node_agent/containers.py says what of a pod is played. Processes run by themselves; each round looks at them.
A pod without a command is left alone: its image would have one, and `play vm` makes such pods as KubeVirt would.
"""

from __future__ import annotations

import logging
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError
from sandbox.node_agent import cluster, containers, kubelet, multus, pod_status
from sandbox.node_agent.conditions import now, seconds_since
from sandbox.node_agent.pod_sandbox import Plug, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.node_agent.cluster import Cluster, Object
    from sandbox.node_agent.events import Events
    from sandbox.node_agent.simulated import Networks

log = logging.getLogger(__name__)

# Seconds between two attempts to start a pod that could not be started.
AGAIN = 2
OVER = ("Succeeded", "Failed")


class NotStartedError(Exception):
    """Why a pod does not run: what its container waits for, and its event's reason and message."""

    def __init__(self, waits_for: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.waits_for = waits_for
        self.reason = reason


@dataclass(kw_only=True)
class Running:
    """A pod that was started, on a node."""

    node: str
    sandbox: Sandbox
    since: str
    # As time.monotonic() counts: when it is killed that has been asked to end.
    killed_at: float | None = None
    is_late: bool = False


class Kubelets:
    """Remembers what runs in the guests; both end with the agent."""

    def __init__(self, api: Cluster, networks: Networks, events: Events) -> None:
        """Takes the cluster, the nodes' networks, and who writes events."""
        self._api = api
        self._networks = networks
        self._events = events
        self._there: dict[str, Running] = {}
        self._seen: dict[str, Object] = {}
        self._next: dict[str, float] = {}

    def has(self, pod: Mapping[str, Any]) -> bool:
        """Whether the pod has something in a guest."""
        return pod["metadata"]["uid"] in self._there

    def look(self, pods: Sequence[Object]) -> None:
        """Looks at all guests, and ends what is there of pods that were deleted at once.

        Raises:
            OSError: vCenter can't be asked.
        """
        self._seen = {}
        for node in {item.node for item in self._there.values()} & set(self._networks.nodes):
            try:
                self._seen |= self._networks.nodes[node].guest.ask("look_at_pods")
            except (Refusal, CommandError) as error:
                log.warning("pods of node %s: %s", node, error)
        there = {pod["metadata"]["uid"] for pod in pods}
        for uid in set(self._there) - there:
            self._end(uid)
        self._next = {uid: moment for uid, moment in self._next.items() if uid in there}
        if self._there:
            # What passes the trunk is asked again while somebody may send.
            self._networks.regroup()

    def take_step(self, pod: Object, nodes: Mapping[str, Object]) -> None:
        """A pod's next step.

        Raises:
            ApiError: it changed meanwhile.
            OSError: vCenter can't be asked.
        """
        node, running = nodes.get(pod["spec"].get("nodeName", "")), self._there.get(pod["metadata"]["uid"])
        if running and node is None:
            # As the pod garbage collector does, which is not here.
            self._end(running.sandbox.uid)
            self._remove(pod)
        elif node is None or not kubelet.is_ready(node):
            return
        elif running:
            self._follow(pod, running, kubelet.address(node))
        elif self._is_to_start(pod):
            self._try_to_start(pod, kubelet.address(node))

    def _is_to_start(self, pod: Object) -> bool:
        is_over = "deletionTimestamp" in pod["metadata"] or _phase(pod) in OVER
        is_here = pod["spec"]["nodeName"] in self._networks.nodes and bool(containers.command(pod))
        return is_here and not is_over and self._next.get(pod["metadata"]["uid"], 0) <= time.monotonic()

    def _try_to_start(self, pod: Object, host: str) -> None:
        uid = pod["metadata"]["uid"]
        if _phase(pod) == "Running":
            # Its guest has ended, and another has its name.
            self._write(pod, pod_status.ended(pod, host, pod_status.lost()))
            return
        if _is_late(pod):
            self._write(pod, pod_status.ended(pod, host, pod_status.late(pod_status.lost())))
            return
        try:
            self._there[uid] = self._started(pod, host)
        except NotStartedError as error:
            self._next[uid] = time.monotonic() + AGAIN
            self._events.warn(pod, error.reason, str(error))
            message = "" if error.waits_for == pod_status.CREATING else str(error)
            status = pod_status.waiting(pod, host, error.waits_for, message)
            if not pod_status.same(pod.get("status") or {}, status):
                self._write(pod, status)
            return
        self._next.pop(uid, None)
        self._tell_that_it_runs(pod, self._there[uid], host)

    def _started(self, pod: Object, host: str) -> Running:
        spec, uid = pod["spec"], pod["metadata"]["uid"]
        sandbox = Sandbox(uid=uid, home=self._networks.nodes[spec["nodeName"]], is_host=bool(spec.get("hostNetwork")))
        if complaint := containers.unsupported(pod):
            raise NotStartedError("CreateContainerConfigError", "Failed", f"Error: {complaint}")
        process = containers.process(pod, host)
        # Not one frame of it goes by what the trunk let through when somebody last looked.
        self._networks.regroup()
        try:
            if not sandbox.is_host:
                sandbox.plug(pod, list(self._plugs(pod)))
        except (multus.NotPluggedError, CommandError, Refusal) as error:
            raise NotStartedError(pod_status.CREATING, "FailedCreatePodSandBox", _not_made(pod, error)) from None
        try:
            complaint = sandbox.start(process)
        except (CommandError, Refusal) as error:
            complaint = str(error)
        if complaint:
            sandbox.end()
            told = f"Error: container create failed: {complaint}"
            raise NotStartedError("CreateContainerError", "Failed", told)
        log.info("pod %s runs on node %s", _name(pod), spec["nodeName"])
        return Running(node=spec["nodeName"], sandbox=sandbox, since=now())

    def _plugs(self, pod: Object) -> Iterator[Plug]:
        for network in multus.wanted(pod):
            attachment = self._api.get(cluster.attachments_of(network.namespace), network.name)
            plugins = multus.plugins(pod, network, attachment)
            arguments = multus.arguments(pod, pod["metadata"]["uid"], network)
            yield Plug(network=network, plugins=plugins, arguments=arguments)

    def _follow(self, pod: Object, running: Running, host: str) -> None:
        """Of a pod that was started: it runs, is to end, or has ended."""
        told = self._seen.get(running.sandbox.uid)
        is_deleted = "deletionTimestamp" in pod["metadata"]
        running.is_late = running.is_late or _is_late(pod)
        if told and told["code"] is None:
            if is_deleted or running.is_late:
                _ask_to_end(pod, running)
            elif _phase(pod) != "Running":
                self._tell_that_it_runs(pod, running, host)
            return
        end = pod_status.lost()
        if told:
            end = pod_status.by_itself(told["code"], containers.last_words(pod, told), running.since, now())
        if running.is_late:
            end = pod_status.late(end)
        self._write(_with_networks(pod, running), pod_status.ended(pod, host, end))
        self._end(running.sandbox.uid)
        if is_deleted:
            self._remove(pod)

    def _tell_that_it_runs(self, pod: Object, running: Running, host: str) -> None:
        self._write(_with_networks(pod, running), pod_status.running(pod, host, running.since))

    def _write(self, pod: Object, status: Object) -> None:
        self._api.set_status(cluster.pods_of(pod["metadata"]["namespace"]), pod, status)

    def _remove(self, pod: Object) -> None:
        metadata = pod["metadata"]
        self._api.delete(cluster.pods_of(metadata["namespace"]), metadata["name"], at_once=True)
        log.info("pod %s has ended", _name(pod))

    def _end(self, uid: str) -> None:
        """What was in a guest that has ended, has gone with it."""
        running = self._there.pop(uid)
        if self._networks.nodes.get(running.node) is running.sandbox.home:
            running.sandbox.end()


def _ask_to_end(pod: Mapping[str, Any], running: Running) -> None:
    """By SIGTERM first, and by SIGKILL once its time is over."""
    moment = time.monotonic()
    if running.killed_at is None:
        usual = pod["spec"].get("terminationGracePeriodSeconds", 30)
        running.killed_at = moment + float(pod["metadata"].get("deletionGracePeriodSeconds", usual))
        running.sandbox.tell(signal.SIGTERM)
    elif moment >= running.killed_at:
        running.sandbox.tell(signal.SIGKILL)


def _with_networks(pod: Object, running: Running) -> Object:
    """Multus writes its annotation by a pod's status, as this does (network-attachment-definition-client)."""
    metadata, networks = pod["metadata"], running.sandbox.networks
    if not networks:
        return pod
    return {**pod, "metadata": {**metadata, "annotations": {**metadata["annotations"], multus.STATUS: networks}}}


def _phase(pod: Mapping[str, Any]) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def _name(pod: Mapping[str, Any]) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _is_late(pod: Mapping[str, Any]) -> bool:
    """Whether it has been active for longer than it may be."""
    limit, since = pod["spec"].get("activeDeadlineSeconds"), (pod.get("status") or {}).get("startTime")
    return limit is not None and since is not None and seconds_since(since) >= limit


def _not_made(pod: Mapping[str, Any], told: Exception) -> str:
    """As the kubelet words what the runtime (CRI-O) says of Multus' refusal."""
    metadata = pod["metadata"]
    name, namespace = metadata["name"], metadata["namespace"]
    return (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create pod network sandbox "
        f"k8s_{name}_{namespace}_{metadata['uid']}_0: error adding pod {namespace}_{name} to CNI network "
        f'"multus-cni-network": {told}'
    )
