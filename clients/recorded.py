"""What Pulumi's state of a stack holds, as far as preflight compares it with what is live.

Preflight must tell what this stack made from what was there before. Most objects carry a label; a port group cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients.checks.trunk import Ours
from clients.preflight import Recorded
from lab.manifests import node_network
from lab.template import Features, Made

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATOR = "pulumi-python:dynamic/cnvlab:Operator"
POLICY_REVERT = "pulumi-python:dynamic/cnvlab:PolicyRevert"
TEMPLATE = "pulumi-python:dynamic/cnvlab:Template"
HOST_PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
DISTRIBUTED_PORT_GROUP = "vsphere:index/distributedPortGroup:DistributedPortGroup"


def read(resources: Mapping[str, Mapping[str, Any]]) -> Recorded:
    """The part of a state that preflight compares with what is live."""
    standard, distributed, objects = set(), set(), set()
    ledger: frozenset[str] = frozenset()
    template: Made | None = None
    removes_operators = False
    for resource in resources.values():
        outputs = resource.get("outputs") or {}
        if resource["type"] == HOST_PORT_GROUP:
            standard.add((outputs.get("hostSystemId", ""), outputs.get("name", "")))
        elif resource["type"] == DISTRIBUTED_PORT_GROUP:
            distributed.add((outputs.get("distributedVirtualSwitchUuid", ""), outputs.get("name", "")))
        elif resource["type"] == TEMPLATE and "path" in outputs:
            template = _template(outputs)
        elif resource["type"] == OPERATOR:
            removes_operators |= bool(outputs.get("removeOnDestroy"))
        elif resource["type"].startswith("kubernetes:") and "kind" in outputs:
            metadata = outputs.get("metadata") or {}
            objects.add((outputs["kind"], metadata.get("namespace") or "", metadata.get("name") or ""))
            if outputs["kind"] == node_network.KIND:
                ledger |= node_network.read_ledger(outputs)
        elif resource["type"] == POLICY_REVERT:
            # It outlives a policy that somebody deleted and a refresh has taken out of the state.
            ledger |= set(node_network.bridges(outputs.get("spec") or {}))
    return Recorded(
        port_groups=Ours(standard=frozenset(standard), distributed=frozenset(distributed)),
        objects=frozenset(objects),
        ledger=ledger,
        template=template,
        removes_operators=removes_operators,
    )


def _template(outputs: Mapping[str, Any]) -> Made:
    return Made(
        path=outputs["path"],
        # Not in states of this program's first weeks.
        identity=outputs.get("sourceIdentity", ""),
        features=Features(
            nested_virtualization=outputs["nestedVirtualization"],
            performance_counters=outputs["performanceCounters"],
            iommu=outputs["iommu"],
            trunk_nic=outputs["trunkNic"],
        ),
    )
