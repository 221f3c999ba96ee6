"""Pods on nodes with a kernel: processes in the guest, plugged in by the attachments that `pulumi up` has made."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

NAMESPACE, ATTACHMENT = "provisioning", "vlan-1928"
NETWORKS, STATUS = "k8s.v1.cni.cncf.io/networks", "k8s.v1.cni.cncf.io/network-status"
LAST_WORDS = "/dev/termination-log"
# Seconds for twenty pods that sleep for five.
MANY = 60
MAC = "02:00:00:00:19:28"
# Sends frames until it has heard another's, and some more for one that began later; tells whose it has heard.
EXCHANGE = """
import socket, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
wire.bind(("net1", 0x88b5))
wire.settimeout(0.5)
own, end, heard, more = wire.getsockname()[4], time.time() + 30, None, 6
while time.time() < end and more:
    wire.send(b"\\xff" * 6 + own + b"\\x88\\xb5" + b"probe".ljust(50, b"\\0"))
    try:
        heard = wire.recv(2000)[6:12]
    except TimeoutError:
        pass
    more -= heard is not None
print("heard", heard)
open("/dev/termination-log", "w").write(heard.hex(":") if heard else "nobody")
raise SystemExit(0 if heard else 1)
"""
# What pods have in a guest, as one of the node's own network sees it.
LEFT = """
import json, os, subprocess
links = json.loads(subprocess.run(["ip", "-json", "link", "show", "type", "veth"], capture_output=True).stdout or "[]")
spaces = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
sockets = [line.split()[-1] for line in open("/proc/net/unix") if "@pod" in line]
told = {"veths": len(links), "namespaces": len(spaces), "sockets": sockets, "pods": len(os.listdir("/run/pods")) - 1}
open("/dev/termination-log", "w").write(json.dumps(told))
"""
# A child that nobody waits for, known by its socket.
CHILD = """
import os, socket, time
if not os.fork():
    os.setsid()
    held = socket.socket(socket.AF_UNIX)
    held.bind("\\0pod-child")
time.sleep(600)
"""
NOTHING = {"veths": 0, "namespaces": 0, "sockets": [], "pods": 0}


class Pods:
    """Makes pods, and looks at them."""

    def __init__(self, cluster: Cluster, nodes: list[str]) -> None:
        self.cluster, self.nodes = cluster, nodes
        self.made: list[str] = []

    def make(self, name: str, script: str, networks: str = "", node: int | None = 0, **spec: Any) -> None:
        container = {"name": "c", "image": "any", "command": ["python3", "-c", script], **spec.pop("container", {})}
        self.cluster.create(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {NETWORKS: networks}},
                "spec": {
                    "restartPolicy": "Never",
                    "terminationGracePeriodSeconds": 1,
                    "containers": [container],
                    **({} if node is None else {"nodeName": self.nodes[node]}),
                    **spec,
                },
            }
        )
        self.made.append(name)

    def get(self, name: str) -> dict[str, Any] | None:
        return self.cluster.get("v1", "Pod", name, NAMESPACE)

    def status(self, name: str) -> dict[str, Any]:
        pod = self.get(name)
        assert pod is not None
        return dict(pod["status"])

    def phase(self, name: str, *phases: str) -> dict[str, Any]:
        """Its status, once it is in one of the phases."""
        until(lambda: self.status(name)["phase"] in phases, f"pod {name} is {phases}")
        return self.status(name)

    def waits(self, name: str) -> dict[str, Any]:
        """The state of a container that was not started; its event comes first."""
        (told,) = until(lambda: self.status(name).get("containerStatuses"), f"the kubelet tells of pod {name}")
        return dict(told["state"]["waiting"])

    def ended(self, name: str) -> dict[str, Any]:
        """How it ended."""
        (told,) = self.phase(name, "Succeeded", "Failed")["containerStatuses"]
        return dict(told["state"]["terminated"])

    def events(self, name: str, reason: str) -> list[str]:
        found = self.cluster.items("v1", "Event", NAMESPACE)
        return [item["message"] for item in found if (item["involvedObject"]["name"], item["reason"]) == (name, reason)]

    def delete(self, *names: str) -> None:
        for name in names:
            self.cluster.delete("v1", "Pod", name, NAMESPACE)
            self.made.remove(name)
        until(lambda: not any(self.get(name) for name in names), f"{names} are gone")

    def left(self, node: int = 0) -> dict[str, Any]:
        """What pods have in a guest."""
        self.make("left", LEFT, node=node, hostNetwork=True)
        told = self.ended("left")["message"]
        self.delete("left")
        return dict(json.loads(told))


@pytest.fixture
def pods(lab: Lab, cluster: Cluster) -> Iterator[Pods]:
    found = Pods(cluster, lab.outputs()["nodes"])
    yield found
    if found.made:
        found.delete(*found.made)


def test_two_pods_on_two_nodes_hear_each_other_through_the_attachment(pods: Pods) -> None:
    pods.make("one", EXCHANGE, ATTACHMENT, node=0)
    wanted = json.dumps([{"name": ATTACHMENT, "namespace": NAMESPACE, "interface": "net1", "mac": MAC}])
    pods.make("two", EXCHANGE, wanted, node=1)
    heard = {name: pods.ended(name) for name in ("one", "two")}
    assert {item["exitCode"] for item in heard.values()} == {0}, heard
    told = {name: json.loads(pods.get(name)["metadata"]["annotations"][STATUS]) for name in heard}  # type: ignore[index]
    (one,), (two,) = told["one"], told["two"]
    assert two == {"name": f"{NAMESPACE}/{ATTACHMENT}", "interface": "net1", "mac": MAC, "dns": {}}
    assert (heard["one"]["message"], heard["two"]["message"]) == (MAC, one["mac"])


def test_a_pod_tells_how_it_ended(pods: Pods) -> None:
    pods.make("good", "open('/dev/termination-log', 'w').write('all is well')")
    pods.make("bad", "import sys; print('no way'); sys.exit(3)")
    pods.make(
        "chatty", "print('first'); raise SystemExit(1)", container={"terminationMessagePolicy": "FallbackToLogsOnError"}
    )
    path = "/run/own/words"
    pods.make("long", f"open('{path}', 'w').write('a' + 'b' * 4096)", container={"terminationMessagePath": path})
    good, bad = pods.ended("good"), pods.ended("bad")
    assert (good["exitCode"], good["reason"], good["message"]) == (0, "Completed", "all is well")
    assert good["startedAt"] <= good["finishedAt"]
    assert (bad["exitCode"], bad["reason"], bad.get("message")) == (3, "Error", None)
    assert pods.ended("chatty")["message"] == "first\n"
    assert pods.ended("long")["message"] == "b" * 4096
    assert [pods.status(name)["phase"] for name in ("good", "bad")] == ["Succeeded", "Failed"]
    ready = {item["type"]: item.get("reason") for item in pods.status("bad")["conditions"]}["Ready"]
    assert ready == "PodFailed"


def test_a_pod_has_its_own_network_unless_it_has_the_nodes(pods: Pods) -> None:
    script = f"import os; open('{LAST_WORDS}', 'w').write(' '.join(sorted(os.listdir('/sys/class/net'))))"
    pods.make("own", script, f"{ATTACHMENT}@wire, {NAMESPACE}/{ATTACHMENT}")
    pods.make("nodes", script, hostNetwork=True)
    assert pods.ended("own")["message"] == "lo net2 wire"
    assert {"ens192", "ens224", "br-1928"} <= set(pods.ended("nodes")["message"].split())
    status = pods.status("nodes")
    assert status["podIP"] == status["hostIP"]


def test_an_environment_and_a_host_name_are_the_pods(pods: Pods) -> None:
    env = [{"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    command = ["sh", "-c", f'echo "$(hostname) $WHERE $0" > {LAST_WORDS}', "$(WHERE)"]
    pods.make("told", "", container={"env": env, "command": command})
    assert pods.ended("told")["message"].split() == ["told", pods.nodes[0], pods.nodes[0]]


def test_an_attachment_that_is_not_there_is_told_until_it_is(pods: Pods) -> None:
    pods.make("early", "pass", "vlan-4000")
    (told,) = until(lambda: pods.events("early", "FailedCreatePodSandBox"), "an event")
    assert "cannot find a network-attachment-definition (vlan-4000) in namespace (provisioning)" in told
    assert pods.waits("early") == {"reason": "ContainerCreating"}
    assert pods.status("early")["phase"] == "Pending"
    made = pods.cluster.attachment(NAMESPACE, ATTACHMENT)
    assert made is not None
    metadata = {"name": "vlan-4000", "namespace": NAMESPACE}
    pods.cluster.create({**made, "metadata": metadata})
    assert pods.ended("early")["exitCode"] == 0
    pods.cluster.delete("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-4000", NAMESPACE)


def test_a_plugins_refusal_is_told_in_its_own_words_and_leaves_nothing(pods: Pods) -> None:
    config = {"cniVersion": "0.3.1", "name": "none", "type": "bridge", "bridge": "br-1928", "vlan": 5000}
    metadata = {"name": "refused", "namespace": NAMESPACE}
    kind = {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition"}
    pods.cluster.create({**kind, "metadata": metadata, "spec": {"config": json.dumps(config)}})
    pods.make("refused", "pass", f"{ATTACHMENT}, refused")
    (told,) = until(lambda: pods.events("refused", "FailedCreatePodSandBox"), "an event")
    assert "invalid VLAN ID 5000 (must be between 0 and 4094)" in told
    pods.phase("refused", "Pending")
    assert pods.left() == NOTHING
    pods.cluster.delete("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "refused", NAMESPACE)


def test_a_program_that_is_not_there_is_told(pods: Pods) -> None:
    pods.make("lost", "", container={"command": ["no-such-program"]})
    (told,) = until(lambda: pods.events("lost", "Failed"), "an event")
    assert "executable file `no-such-program` not found in $PATH: No such file or directory" in told
    assert pods.waits("lost")["reason"] == "CreateContainerError"


def test_what_is_not_played_is_told(pods: Pods) -> None:
    pods.make("always", "pass", restartPolicy="Always")
    (told,) = until(lambda: pods.events("always", "Failed"), "an event")
    assert "restartPolicy Always" in told
    assert pods.status("always")["phase"] == "Pending"


def test_a_pod_past_its_deadline_has_failed(pods: Pods) -> None:
    pods.make("late", "import time; time.sleep(600)", activeDeadlineSeconds=2)
    status = pods.phase("late", "Failed")
    assert status["reason"] == "DeadlineExceeded"
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137


def test_a_deleted_pod_is_asked_to_end_and_leaves_nothing(pods: Pods) -> None:
    polite = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); time.sleep(600)"
    pods.make("polite", polite, ATTACHMENT, terminationGracePeriodSeconds=100)
    pods.make("stubborn", CHILD, hostNetwork=True)
    for name in ("polite", "stubborn"):
        pods.phase(name, "Running")
    until(lambda: pods.left()["sockets"] == ["@pod-child"], "the child holds its socket")
    there = pods.left()
    assert (there["veths"], there["namespaces"], there["pods"]) == (1, 1, 2)
    pods.delete("polite", "stubborn")
    assert pods.left() == NOTHING


def test_a_pod_that_is_deleted_at_once_leaves_nothing(pods: Pods) -> None:
    pods.make("gone", "import time; time.sleep(600)", ATTACHMENT)
    pods.phase("gone", "Running")
    pods.cluster.delete("v1", "Pod", "gone", NAMESPACE, at_once=True)
    pods.made.remove("gone")
    until(lambda: pods.left() == NOTHING, "nothing is left")


def test_a_pod_without_a_node_is_bound_where_its_bridge_is(pods: Pods) -> None:
    selector = {"kubernetes.io/hostname": pods.nodes[1]}
    pods.make("bound", "pass", ATTACHMENT, node=None, nodeSelector=selector)
    assert pods.ended("bound")["exitCode"] == 0
    bound = pods.get("bound")
    assert bound is not None
    assert bound["spec"]["nodeName"] == pods.nodes[1]
    lacking = {"bridge.network.kubevirt.io/br-4000": "1"}
    container = {"resources": {"requests": lacking, "limits": lacking}}
    pods.make("unbound", "pass", node=None, nodeSelector=selector, container=container)
    (told,) = until(lambda: pods.events("unbound", "FailedScheduling"), "an event")
    assert "1 Insufficient bridge.network.kubevirt.io/br-4000" in told
    (condition,) = pods.status("unbound")["conditions"]
    assert (condition["reason"], condition["message"]) == ("Unschedulable", told)


def test_twenty_pods_run_at_once(pods: Pods) -> None:
    began, names = time.monotonic(), [f"many-{number}" for number in range(20)]
    for number, name in enumerate(names):
        pods.make(name, "import time; time.sleep(5)", ATTACHMENT, node=number % 2)
    assert {pods.ended(name)["exitCode"] for name in names} == {0}
    assert time.monotonic() - began < MANY
