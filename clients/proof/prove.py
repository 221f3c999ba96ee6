"""Proves a lab's VLANs on two hypervisors, a batch of them at a time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster.kinds import IMAGE_STREAM_TAG
from clients.cluster.session import RefusedError
from clients.errors import LabError
from clients.proof.batch import Batch
from clients.proof.pods import Pods, cleaning, sweep
from lab.proof import choice
from lab.proof.path import path
from lab.proof.pods import Run
from lab.proof.result import Result, VlanResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clients.cluster.session import Cluster
    from clients.proof.look import Look

# VLANs at a time: two pods for each, and what a watcher saw of so many goes into a termination message.
BATCH = 10
# Where `oc debug` has its image from, too: it is of the release, so that disconnected clusters have it. The other one
# is its own way out (openshift/oc, pkg/cli/debug/debug.go).
TOOLS, TOOLS_NAMESPACE = "tools:latest", "openshift"
OTHERWISE = "registry.redhat.io/rhel9/support-tools"


# Where the nodes' own pods stand if no VLAN has a namespace.
ELSEWHERE = "default"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be proved, and how; ``patience`` are the seconds that a pod has to begin."""

    vlans: Sequence[int] = ()
    namespace: str = ""
    image: str = ""
    patience: float = 180.0


def prove(look: Look, asked: Asked, report: Callable[[str], None]) -> Result:
    """Tries each VLAN, and takes away what it takes to try.

    Raises:
        LabError: it could not be tried; nothing is left.
    """
    try:
        vlans = choice.vlans(look.lab, asked.vlans, asked.namespace)
    except choice.RefusedError as error:
        raise LabError(str(error)) from None
    ways = [path(look.lab, vlan, asked.namespace) for vlan in vlans]
    namespace = next((way.namespace for way in ways if way.namespace), ELSEWHERE)
    sweep(look.cluster, look.lab.stack, report)
    image = asked.image or tools(look.cluster)
    found: list[VlanResult] = []
    for at in range(0, len(ways), BATCH):
        run = Run(stack=look.lab.stack, token=secrets.token_hex(4), image=image, nodes=look.nodes)
        pods = Pods(cluster=look.cluster, run=run, patience=asked.patience, report=report)
        with cleaning(pods):
            found += Batch(look=look, pods=pods, ways=ways[at : at + BATCH], namespace=namespace).results()
    return Result(stack=look.lab.stack, nodes=look.nodes, hosts=look.trunk.hosts, notes=look.notes, vlans=tuple(found))


def tools(cluster: Cluster) -> str:
    """The image that `oc debug` would take."""
    try:
        tag = cluster.get(IMAGE_STREAM_TAG, TOOLS, TOOLS_NAMESPACE) or {}
    except RefusedError:
        tag = {}
    return str((tag.get("image") or {}).get("dockerImageReference") or OTHERWISE)
