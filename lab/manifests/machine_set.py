"""The post's chapter "Creating a Machineset for Hypervisors".

Left out, against the post: what controllers and the API server write (``resourceVersion``, the vCPU and memoryMb
annotations) and ``creationTimestamp: null``, which no server keeps and every preview would show again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import names

if TYPE_CHECKING:
    from lab.plan import Lab

API_VERSION = "machine.openshift.io/v1beta1"
KIND = "MachineSet"


def machine_set(lab: Lab) -> dict[str, Any]:
    """The MachineSet whose Machines become hypervisors.

    Node labels come from ``template.spec.metadata`` (the nodelink controller copies them), not from
    ``template.metadata``: the policy selects nodes by the first, the MachineSet its Machines by the second.
    """
    selector = {names.CLUSTER_LABEL: lab.infra_id, names.MACHINE_SET_LABEL: lab.machine_set}
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": lab.machine_set,
            "namespace": names.MACHINE_API_NAMESPACE,
            "labels": {names.CLUSTER_LABEL: lab.infra_id, names.STACK_LABEL: lab.stack},
        },
        "spec": {
            "replicas": lab.replicas,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {
                    "labels": {
                        names.CLUSTER_LABEL: lab.infra_id,
                        names.MACHINE_ROLE_LABEL: "worker",
                        names.MACHINE_TYPE_LABEL: "worker",
                        names.MACHINE_SET_LABEL: lab.machine_set,
                    },
                },
                "spec": {
                    "metadata": {
                        "labels": {names.MACHINE_SET_LABEL: lab.machine_set, names.VIRTUALIZATION_ROLE_LABEL: ""},
                    },
                    "providerSpec": {"value": _provider_spec(lab)},
                },
            },
        },
    }


def _provider_spec(lab: Lab) -> dict[str, Any]:
    """VSphereMachineProviderSpec (openshift/api, machine/v1beta1/types_vsphereprovider.go).

    The order of ``devices`` is the order of the NICs in the node: the trunk is the second, which RHCOS calls ens224.
    """
    return {
        "apiVersion": "vsphereprovider.openshift.io/v1beta1",
        "kind": "VSphereMachineProviderSpec",
        **lab.provider_extras,
        "diskGiB": lab.disk_gib,
        "memoryMiB": lab.memory_mib,
        "network": {"devices": [{"networkName": lab.machine_network}, {"networkName": lab.port_group}]},
        "numCPUs": lab.cpus,
        "numCoresPerSocket": lab.cores_per_socket,
        "snapshot": "",
        "template": lab.template_name,
        "workspace": {
            **lab.workspace_extras,
            "datacenter": lab.datacenter,
            "datastore": lab.datastore,
            "folder": lab.folder,
            "resourcePool": lab.resource_pool,
            "server": lab.server,
        },
    }
