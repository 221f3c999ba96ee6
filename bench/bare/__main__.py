"""A bare Pulumi program with as many resources as ours: each object of a file, and some that do nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vsphere as vsphere
from idle import Idle  # type: ignore[import-not-found]  # beside this file: where Pulumi looks

told = json.loads(Path(os.environ["BENCH_OBJECTS"]).read_text(encoding="utf-8"))
vcenter = vsphere.Provider(
    "vcenter",
    vsphere_server=os.environ["VSPHERE_SERVER"],
    user=os.environ["VSPHERE_USER"],
    password=pulumi.Output.secret(os.environ["VSPHERE_PASSWORD"]),
)
cluster = kubernetes.Provider("cluster", kubeconfig=os.environ["KUBECONFIG"], cluster_identifier="bench")
port_groups: list[pulumi.Resource] = [
    vsphere.HostPortGroup(
        f"trunk-{host}",
        name="Trunk",
        host_system_id=moid,
        virtual_switch_name=told["switch"],
        vlan_id=4095,
        allow_promiscuous=True,
        allow_forged_transmits=True,
        allow_mac_changes=True,
        opts=pulumi.ResourceOptions(provider=vcenter),
    )
    for host, moid in told["hosts"].items()
]
namespaces: dict[str, pulumi.Resource] = {}
for item in told["objects"]:
    metadata = item["metadata"]
    name = f"{item['kind']}-{metadata.get('namespace', '')}-{metadata['name']}"
    if item["kind"] == "Namespace":
        options = pulumi.ResourceOptions(provider=cluster)
        namespaces[metadata["name"]] = kubernetes.core.v1.Namespace(name, metadata=metadata, opts=options)
        continue
    needs = port_groups if item["kind"] == "MachineSet" else []
    if metadata.get("namespace") in namespaces:
        needs = [namespaces[metadata["namespace"]]]
    kubernetes.apiextensions.CustomResource(
        name,
        api_version=item["apiVersion"],
        kind=item["kind"],
        metadata=metadata,
        spec=item["spec"],
        opts=pulumi.ResourceOptions(provider=cluster, depends_on=needs),
    )
for name in told["components"]:
    pulumi.ComponentResource("bench:bare:Component", name)
for name in told["gates"]:
    Idle(name)
