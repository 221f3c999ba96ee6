"""What a cluster's administrators, and its own troubles, do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sandbox import cluster
from sandbox.command_line import Name, running
from sandbox.instance import VCENTER_USER
from sandbox.node_agent import kubelet
from sandbox.node_agent.conditions import now
from sandbox.parts import MACHINE_API
from sandbox.ports import LOOPBACK

MERGE_PATCH = "application/merge-patch+json"
LOGIN = f"/api/v1/namespaces/{MACHINE_API}/secrets/vsphere-cloud-credentials"
MACHINE_SETS = f"/apis/machine.openshift.io/v1beta1/namespaces/{MACHINE_API}/machinesets"
# As a kubelet says it whose container runtime has stopped.
NOT_READY = ("False", "KubeletNotReady", "container runtime is down")


class Switch(StrEnum):
    """A part that does its work, or doesn't."""

    ON = "on"
    OFF = "off"


class Health(StrEnum):
    """What a node says of itself."""

    READY = "ready"
    NOT_READY = "not-ready"


State = Annotated[Switch, typer.Argument(help="on is how a sandbox starts.")]
NodeName = Annotated[str, typer.Argument(metavar="NODE", help="The node's name.")]
NodeHealth = Annotated[Health, typer.Argument(help="What its kubelet says.")]
MachineSetName = Annotated[str, typer.Argument(metavar="MACHINESET", help="The MachineSet that it scales.")]
Replicas = Annotated[int, typer.Option(help="What it scales to.")]


def csr_approval(state: State, name: Name = "lab") -> None:
    """The machine-approver approves kubelets' certificates, or nobody does."""
    switch = running(name).approver_off
    if state is Switch.OFF:
        switch.touch()
    else:
        switch.unlink(missing_ok=True)
    print(f"kubelets' certificate requests {'wait for somebody' if state is Switch.OFF else 'are approved'}")


def vcenter_login(state: State, name: Name = "lab") -> None:
    """The Machine API has its login for vCenter in its Secret, or somebody took it out."""
    instance = running(name)
    login = {"username": VCENTER_USER, "password": instance.load().password}
    body: dict[str, Any]
    if state is Switch.OFF:
        body = {"data": {f"{LOOPBACK}.{key}": None for key in login}}
    else:
        body = {"stringData": {f"{LOOPBACK}.{key}": value for key, value in login.items()}}
    cluster.log_in(instance).request("PATCH", LOGIN, body=body, content=MERGE_PATCH)
    print(f"Secret vsphere-cloud-credentials has {'no' if state is Switch.OFF else 'the'} login for {LOOPBACK}")


def node(node: NodeName, health: NodeHealth, name: Name = "lab") -> None:
    """A node falls ill, or is well again."""
    api = cluster.log_in(running(name))
    path = f"/api/v1/nodes/{node}"
    there = api.request("GET", path)
    status, reason, message = NOT_READY if health is Health.NOT_READY else kubelet.HEALTHY["Ready"]
    told = {"status": status, "reason": reason, "message": message, "lastTransitionTime": now()}
    conditions = [{**item, **told} if item["type"] == "Ready" else item for item in there["status"]["conditions"]]
    api.request("PUT", f"{path}/status", body={**there, "status": {**there["status"], "conditions": conditions}})
    print(f"node {node} is {health}")


def autoscale(machine_set: MachineSetName, replicas: Replicas = 2, name: Name = "lab") -> None:
    """A MachineAutoscaler takes over a MachineSet, and scales it."""
    api = cluster.log_in(running(name))
    target = {"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet", "name": machine_set}
    autoscaler = {
        "apiVersion": "autoscaling.openshift.io/v1beta1",
        "kind": "MachineAutoscaler",
        "metadata": {"name": machine_set, "namespace": MACHINE_API},
        "spec": {"minReplicas": 1, "maxReplicas": max(replicas, 1), "scaleTargetRef": target},
    }
    api.apply(autoscaler, force=True)
    body = {"spec": {"replicas": replicas}}
    api.request("PATCH", f"{MACHINE_SETS}/{machine_set}", body=body, content=MERGE_PATCH)
    print(f"MachineSet {machine_set} is autoscaled: {replicas} replicas")
