"""What Pulumi's state of this stack holds, asked of the engine before anything is registered.

Preflight must tell what this stack made from what was there before. Most objects carry a label; a port group cannot.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pulumi

from clients.checks.trunk import Ours
from clients.preflight import Recorded
from lab.manifests import node_network
from lab.template import Features, Made

OPERATOR = "pulumi-python:dynamic/cnvlab:Operator"
POLICY_REVERT = "pulumi-python:dynamic/cnvlab:PolicyRevert"
TEMPLATE = "pulumi-python:dynamic/cnvlab:Template"
HOST_PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
DISTRIBUTED_PORT_GROUP = "vsphere:index/distributedPortGroup:DistributedPortGroup"
# Of the engine itself; what a StackReference uses, but with every resource's outputs.
READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
# A state in a plain file is read while the engine may be writing the stack itself into it: half a file is no JSON.
UNFINISHED = "failed to load checkpoint"
TRIES, PAUSE = 50, 0.1


def recorded() -> Recorded:
    """The stack's resources as its state has them; empty before the first `up`."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return read(_ask(stack).get("outputs") or {})


def _ask(stack: str) -> Mapping[str, Any]:
    for _ in range(TRIES):
        try:
            answer: Mapping[str, Any] = pulumi.runtime.invoke(READ_STATE, {"stackName": stack}).value or {}
        except Exception as error:
            if UNFINISHED not in str(error):
                raise
            time.sleep(PAUSE)
        else:
            return answer
    raise pulumi.RunError(f"Pulumi's state of stack {stack} could not be read. Run the same command again.")


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
