"""What the users of a lab do: run VMs and stop them.

A VM here is the objects that KubeVirt makes of it: VirtualMachineInstance, virt-launcher pod, disruption budget. Not
here: KubeVirt. So a VM that is to be migrated stays where it is, and no webhook words the refusal of an eviction.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox import cluster
from sandbox.command_line import Name, running
from sandbox.errors import Refusal
from sandbox.node_agent import kubelet
from sandbox.node_agent.conditions import now

if TYPE_CHECKING:
    from sandbox.api_server import ApiServer

Object = dict[str, Any]

KUBEVIRT = "kubevirt.io/v1"
MERGE_PATCH = "application/merge-patch+json"
# As virt-handler says it (pkg/virt-handler/vm.go).
NOT_SHARED = (
    "cannot migrate VMI: PVC root is not shared, live migration requires that all PVCs must be shared (using "
    "ReadWriteMany access mode)"
)

VmName = Annotated[str, typer.Argument(metavar="VM", help="The VM's name.")]
Namespace = Annotated[str, typer.Option(help="Its namespace, which must be there.")]
NodeName = Annotated[str, typer.Option(help="The hypervisor that it runs on; the first one if none is named.")]
CannotMigrate = Annotated[bool, typer.Option("--cannot-migrate", help="Its disk is not shared.")]
Evictable = Annotated[bool, typer.Option("--evictable", help="Its eviction strategy is None: a drain ends it.")]


def vm(  # noqa: PLR0913, the command line's options
    vm: VmName,
    namespace: Namespace = "default",
    node: NodeName = "",
    *,
    cannot_migrate: CannotMigrate = False,
    evictable: Evictable = False,
    name: Name = "lab",
) -> None:
    """Run a VM on a hypervisor. An eviction is to migrate it, unless it is evictable."""
    api = cluster.log_in(running(name))
    where = _hypervisor(api, node)
    metadata = {"name": vm, "namespace": namespace}
    strategy = "None" if evictable else "LiveMigrate"
    spec = {"domain": {}, "evictionStrategy": strategy}
    template = {"spec": spec}
    machine = {"apiVersion": KUBEVIRT, "kind": "VirtualMachine", "metadata": metadata}
    owner = api.create({**machine, "spec": {"runStrategy": "Always", "template": template}}, dry_run=False)
    instance = api.create(
        {
            "apiVersion": KUBEVIRT,
            "kind": "VirtualMachineInstance",
            "metadata": {**metadata, "ownerReferences": [_controller(owner)]},
            "spec": spec,
            "status": {"phase": "Running", "nodeName": where, "conditions": [_migratable(cannot=cannot_migrate)]},
        },
        dry_run=False,
    )
    labels = {"kubevirt.io/created-by": instance["metadata"]["uid"]}
    if not evictable:
        # Also for a VM that cannot be migrated (pkg/util/migrations: VMIMigratableOnEviction).
        api.create(_budget(instance, labels), dry_run=False)
    pod = api.create(_launcher(instance, where, labels), dry_run=False)
    moment = now()
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": moment}]
    status = {"phase": "Running", "startTime": moment, "conditions": conditions}
    api.request("PUT", f"{api.path(pod)}/status", body={**pod, "status": status})
    print(f"VM {namespace}/{vm} runs on {where}")


def vm_stop(vm: VmName, namespace: Namespace = "default", name: Name = "lab") -> None:
    """Stop a VM, as `virtctl stop` does: what was made of it goes."""
    api = cluster.log_in(running(name))
    metadata = {"name": vm, "namespace": namespace}
    machine = {"apiVersion": KUBEVIRT, "kind": "VirtualMachine", "metadata": metadata}
    api.request("PATCH", api.path(machine), body={"spec": {"runStrategy": "Halted"}}, content=MERGE_PATCH)
    api.request("DELETE", api.path({**machine, "kind": "VirtualMachineInstance"}))
    print(f"VM {namespace}/{vm} is stopped")


def _hypervisor(api: ApiServer, wanted: str) -> str:
    nodes = {item["metadata"]["name"]: item for item in api.request("GET", "/api/v1/nodes")["items"]}
    shares = {node: (item["status"].get("allocatable") or {}).get(kubelet.KVM, "0") for node, item in nodes.items()}
    able = sorted(node for node, found in shares.items() if found != kubelet.NO_SHARES)
    if not able or wanted not in {"", *able}:
        raise Refusal(f"no node {wanted or 'at all'} has KVM; there are: {', '.join(able) or 'none'}.")
    return wanted or able[0]


def _migratable(*, cannot: bool) -> Object:
    told = {"type": "LiveMigratable", "lastProbeTime": None, "lastTransitionTime": now()}
    if cannot:
        return {**told, "status": "False", "reason": "DisksNotLiveMigratable", "message": NOT_SHARED}
    return {**told, "status": "True"}


def _budget(instance: Object, labels: dict[str, str]) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _made_of(instance, "kubevirt-disruption-budget"),
        "spec": {"minAvailable": 1, "selector": {"matchLabels": labels}},
    }


def _launcher(instance: Object, node: str, labels: dict[str, str]) -> Object:
    vm = instance["metadata"]["name"]
    metadata = _made_of(instance, f"virt-launcher-{vm}")
    metadata["labels"] = {**labels, "kubevirt.io": "virt-launcher", "vm.kubevirt.io/name": vm}
    metadata["annotations"] = {"kubevirt.io/domain": vm}
    image = "registry.redhat.io/container-native-virtualization/virt-launcher-rhel9"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": node, "containers": [{"name": "compute", "image": image}]},
    }


def _made_of(instance: Object, prefix: str) -> Object:
    namespace = instance["metadata"]["namespace"]
    name = f"{prefix}-{secrets.token_hex(3)}"
    return {"name": name, "namespace": namespace, "ownerReferences": [_controller(instance)]}


def _controller(owner: Object) -> Object:
    metadata = owner["metadata"]
    return {
        **{key: owner[key] for key in ("apiVersion", "kind")},
        **{key: metadata[key] for key in ("name", "uid")},
        "controller": True,
    }
