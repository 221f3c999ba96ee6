"""The sandbox's parts in the order in which they start: command, environment, and how to tell that one is ready."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import tools
from sandbox.instance import KERNEL, LIMITED_USER, VCENTER_USER
from sandbox.ports import LOOPBACK, answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.instance import Instance, Record

MACHINE_API = "openshift-machine-api"
# Kubernetes' own: the first two delete what a deleted owner leaves behind, and empty namespaces; the Machine API relies
# on it. Then what lets the API server refuse evictions, and what issues kubelets their certificates.
CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "disruption-controller",
    "certificatesigningrequest-signing-controller",
)
FAULT_PROXY = "api-faults"
ROOT = Path(__file__).parents[1]
AUDIT_POLICY = Path(__file__).parent / "objects" / "audit.yaml"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One server or controller. ``ready`` asks without waiting; a controller that serves nothing is ready at once."""

    name: str
    command: list[str]
    ready: Callable[[], bool] = lambda: True
    environment: dict[str, str] = field(default_factory=dict)
    port: int | None = None


def servers(instance: Instance, record: Record) -> list[Part]:
    """What everything else talks to."""
    ports, pki = record.ports, instance.certificates
    store = f"http://{LOOPBACK}:{ports['etcd']}"
    api = f"https://{LOOPBACK}:{ports['kube-apiserver']}"
    vcenter = f"{LOOPBACK}:{ports['vcenter']}"
    return [
        Part(
            name="etcd",
            command=[
                str(tools.path("etcd")),
                "--name=sandbox",
                f"--data-dir={instance.data / 'etcd'}",
                f"--listen-client-urls={store}",
                f"--advertise-client-urls={store}",
                f"--listen-peer-urls=http://{LOOPBACK}:0",
                "--unsafe-no-fsync",  # nothing here must survive a power cut
                "--log-level=warn",
            ],
            ready=lambda: answers(ports["etcd"]),
            port=ports["etcd"],
        ),
        Part(
            name="vcenter",
            command=[
                str(tools.path("vcenter")),
                *("-dc", "0"),  # no datacenter of its own: the post's is put in afterwards
                *("-l", vcenter),
                *("-admin", f"{LOOPBACK}:{ports['vcenter-faults']}"),
                *("-username", VCENTER_USER),
                *("-password", record.password),
                *("-limited", f"{LIMITED_USER}:{record.limited_password}"),
                *("-ca-file", str(instance.vcenter_ca)),
            ],
            ready=lambda: instance.vcenter_ca.exists() and answers(ports["vcenter"]),
            port=ports["vcenter"],
        ),
        Part(
            name="kube-apiserver",
            command=[
                str(tools.path("kube-apiserver")),
                f"--etcd-servers={store}",
                f"--bind-address={LOOPBACK}",
                f"--advertise-address={LOOPBACK}",
                f"--secure-port={ports['kube-apiserver']}",
                f"--tls-cert-file={pki / 'apiserver.crt'}",
                f"--tls-private-key-file={pki / 'apiserver.key'}",
                f"--client-ca-file={pki / 'ca.crt'}",
                f"--service-account-issuer={api}",
                f"--service-account-key-file={pki / 'service-accounts.pub'}",
                f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
                "--service-cluster-ip-range=10.96.0.0/24",
                "--authorization-mode=Node,RBAC",
                f"--audit-policy-file={AUDIT_POLICY}",
                f"--audit-log-path={instance.audit_log}",
                # No pod has a use for an account: on kernel nodes they only run what they are told.
                "--disable-admission-plugins=ServiceAccount",
                # It would register 127.0.0.1 as the cluster's endpoint, and fail.
                "--endpoint-reconciler-type=none",
            ],
            ready=lambda: answers(ports["kube-apiserver"]),
            port=ports["kube-apiserver"],
        ),
    ]


def controllers(instance: Instance, record: Record) -> list[Part]:
    """What acts on the objects; started when the objects' kinds are known to the API server."""
    ports = record.ports
    kubeconfig = f"--kubeconfig={instance.kubeconfig}"
    return [
        Part(
            name="kube-controller-manager",
            command=[
                str(tools.path("kube-controller-manager")),
                kubeconfig,
                f"--bind-address={LOOPBACK}",
                "--secure-port=0",
                "--leader-elect=false",
                f"--root-ca-file={instance.certificates / 'ca.crt'}",
                f"--controllers={','.join(CONTROLLERS)}",
                f"--cluster-signing-cert-file={instance.certificates / 'ca.crt'}",
                f"--cluster-signing-key-file={instance.certificates / 'ca.key'}",
            ],
        ),
        Part(
            name="machineset",
            command=[
                str(tools.path("machineset")),
                kubeconfig,
                f"--namespace={MACHINE_API}",
                f"--health-addr={LOOPBACK}:{ports['machineset-health']}",
                f"--webhook-port={ports['webhooks']}",
                f"--webhook-cert-dir={instance.certificates / 'webhook'}",
                "-v=2",
            ],
            ready=lambda: answers(ports["machineset-health"]) and answers(ports["webhooks"]),
            port=ports["webhooks"],
        ),
        Part(
            name="vsphere",
            command=[
                str(tools.path("vsphere")),
                kubeconfig,
                f"--namespace={MACHINE_API}",
                f"--health-addr={LOOPBACK}:{ports['vsphere-health']}",
                "--metrics-bind-address=0",
                "-v=2",
            ],
            ready=lambda: answers(ports["vsphere-health"]),
            port=ports["vsphere-health"],
        ),
        Part(name="nodelink-controller", command=[str(tools.path("nodelink-controller")), kubeconfig, "-v=2"]),
        Part(
            name="node-agent",
            command=[
                *(sys.executable, "-m", "sandbox.node_agent"),
                *("--kubeconfig", str(instance.kubeconfig)),
                *("--vcenter", f"{LOOPBACK}:{ports['vcenter']}"),
                *("--ca", str(instance.vcenter_ca)),
                *("--nmstatectl", str(tools.path("nmstatectl"))),
                *("--approver-off", str(instance.approver_off)),
                *("--olm", str(instance.olm)),
                *(("--door", str(instance.door)) if record.nodes == KERNEL else ()),
            ],
            environment={
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
                "VSPHERE_USER": VCENTER_USER,
                "VSPHERE_PASSWORD": record.password,
            },
        ),
    ]


def extras(instance: Instance, record: Record) -> list[Part]:
    """What starts when it is asked for."""
    ports = record.ports
    return [
        Part(
            name=FAULT_PROXY,
            command=[
                *(sys.executable, "-m", "sandbox.fault_proxy"),
                *(f"{LOOPBACK}:{ports[name]}" for name in (FAULT_PROXY, "api-faults-rules", "kube-apiserver")),
                str(instance.certificates),
            ],
            ready=lambda: answers(ports["api-faults-rules"]) and answers(ports[FAULT_PROXY]),
            environment={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            port=ports[FAULT_PROXY],
        )
    ]


# The API server's clients first, then the servers: nothing is to wait for a partner that is gone.
STOPPING_ORDER = (
    FAULT_PROXY,
    "node-agent",
    "nodelink-controller",
    "vsphere",
    "machineset",
    "kube-controller-manager",
    "vcenter",
    "kube-apiserver",
    "etcd",
)
# Have something to give back: guests with a kernel, a session.
END_GENTLY = (FAULT_PROXY, "node-agent")
