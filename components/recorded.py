"""What Pulumi's state of this stack holds, asked of the engine before anything is registered.

Preflight must tell what this stack made from what was there before. Most objects carry a label; a port group cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from clients.preflight import Recorded
from lab.manifests import node_network

HOST_PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
# Of the engine itself; what a StackReference uses, but with every resource's outputs.
READ_STATE = "pulumi:pulumi:readStackResourceOutputs"


def recorded() -> Recorded:
    """The stack's resources as its state has them; empty before the first `up`."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke(READ_STATE, {"stackName": stack}).value or {}
    return read(answer.get("outputs") or {})


def read(resources: Mapping[str, Mapping[str, Any]]) -> Recorded:
    """The part of a state that preflight compares with what is live."""
    port_groups, objects = set(), set()
    ledger: frozenset[int] = frozenset()
    for resource in resources.values():
        outputs = resource.get("outputs") or {}
        if resource["type"] == HOST_PORT_GROUP:
            port_groups.add((outputs.get("hostSystemId", ""), outputs.get("name", "")))
        elif resource["type"].startswith("kubernetes:") and "kind" in outputs:
            metadata = outputs.get("metadata") or {}
            objects.add((outputs["kind"], metadata.get("namespace") or "", metadata.get("name") or ""))
            if outputs["kind"] == node_network.KIND:
                ledger = node_network.read_ledger(outputs)
    return Recorded(port_groups=frozenset(port_groups), objects=frozenset(objects), ledger=ledger)
