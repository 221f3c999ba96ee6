"""The pods of a proof: two virtual machines' stand-ins for each VLAN, and one in each node's own network.

Each runs lab/proof/probe.py, which its command carries, and ends with its result as termination message: so it takes
no exec, no logs, no ConfigMap, and no image of our own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lab import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.proof.path import VlanPath

Manifest = dict[str, Any]

# Of which run a pod is; pods of one that died are found by it.
RUN_LABEL = "cnv-lab/prove"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
# The card in the pod; eth0 is the cluster network's.
CARD = "net1"
MESSAGE = "/dev/termination-log"
SCRIPT = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")
# RHEL 8 may have no other Python than the system's own.
START = f"""\
for python in python3 /usr/libexec/platform-python; do
  command -v $python >/dev/null && exec $python -c "$0" "$1" {MESSAGE}
done
echo '{{"error": "the image has no Python 3"}}' >{MESSAGE}"""
# Seconds that frames are sent and waited for, between cards and between virtual machines; that a watcher waits for its
# virtual machines to have begun and ended; and after which the kubelet ends what nobody else has.
CARDS_SECONDS, MACHINES_SECONDS, WATCH_SECONDS, DEADLINE = 15, 20, 60, 600
# Seconds that one who has heard all goes on for the other's sake, and of silence after which a watcher has seen it all.
LINGER_SECONDS, QUIET_SECONDS = 3, 4
SIDES = (0, 1)


class Selection(BaseModel):
    """How a pod asks Multus for a network (k8s.v1.cni.cncf.io, NetworkSelectionElement)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    namespace: str
    interface: Annotated[str, Field(max_length=names.INTERFACE_NAME_MAX)] = CARD
    mac: Annotated[str, Field(pattern=r"^02(:[0-9a-f]{2}){5}$")]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: whose it is, by which its frames and pods are known, with which image, on which two nodes."""

    stack: str
    token: str
    image: str
    nodes: tuple[str, str]


def mac_address(run: Run, vlan: int, side: int) -> str:
    """A virtual machine's: locally administered, of this run alone, for switches remember addresses."""
    digest = hashlib.sha256(f"{run.token}/{vlan}/{side}".encode()).hexdigest()
    return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])


def machine(run: Run, way: VlanPath, side: int) -> Manifest:
    """A pod in a virtual machine's place, plugged into the VLAN by its attachment."""
    place, name = way.attachment or ("", "")
    asked = Selection(name=name, namespace=place, mac=mac_address(run, way.vlan, side))
    wanted = {
        "card": CARD,
        "vlan": way.vlan,
        "side": side,
        "to": mac_address(run, way.vlan, SIDES[1 - side]),
        "seconds": MACHINES_SECONDS,
        "linger": LINGER_SECONDS,
    }
    pod = _pod(run, f"vlan-{way.vlan}", side, way.namespace, wanted)
    pod["metadata"]["annotations"] = {NETWORKS: json.dumps([asked.model_dump()])}
    return pod


def node(run: Run, ways: Sequence[VlanPath], side: int, *, namespace: str, sends: bool) -> Manifest:
    """A pod in a node's own network, for these VLANs.

    It ``sends`` from the trunk NIC with each VLAN's tag, or watches what virtual machines send.
    """
    wanted = {
        "nic": ways[0].nic,
        "vlans": {str(way.vlan): way.tagging for way in ways},
        "links": sorted({name for way in ways for name in way.links}),
        "side": side,
        "sends": sends,
        "seconds": CARDS_SECONDS if sends else WATCH_SECONDS,
        "linger": LINGER_SECONDS,
        "quiet": QUIET_SECONDS,
    }
    pod = _pod(run, "cards" if sends else "watch", side, namespace, wanted)
    pod["spec"]["hostNetwork"] = True
    return pod


def _pod(run: Run, what: str, side: int, namespace: str, wanted: dict[str, Any]) -> Manifest:
    """Bound to its node at once, for no scheduler need agree; as root with one capability: to send and see frames."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{names.PROJECT}-prove-{run.token}-{what}-{'ab'[side]}",
            "namespace": namespace,
            "labels": {names.STACK_LABEL: run.stack, RUN_LABEL: run.token},
        },
        "spec": {
            "nodeName": run.nodes[side],
            "restartPolicy": "Never",
            "activeDeadlineSeconds": DEADLINE,
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "probe",
                    "image": run.image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["/bin/sh", "-c", START, SCRIPT, json.dumps({"token": run.token, **wanted})],
                    "terminationMessagePath": MESSAGE,
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"cpu": "500m", "memory": "128Mi"},
                    },
                    "securityContext": {
                        "runAsUser": 0,
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]},
                    },
                }
            ],
        },
    }
