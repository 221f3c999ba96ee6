"""The node agent in a box: an API server and a vCenter that live in this file."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sandbox.api_server import ApiError, ApiServer
from sandbox.node_agent import cluster
from sandbox.node_agent.agent import Agent
from sandbox.node_agent.machines import Hardware, VCenter
from sandbox.node_agent.simulated import Simulated
from sandbox.operators import Switches

UUID = "vsphere://420d0000-0000-0000-0000-000000000001"
OTHER_UUID = "vsphere://420d0000-0000-0000-0000-000000000002"
PLAIN = Hardware(uuid=UUID, cpus=4, memory_mib=16384, nested_virtualization=False, macs=("00:0c:29:00:00:01",))
HYPERVISOR = Hardware(uuid=UUID, cpus=12, memory_mib=65536, nested_virtualization=True, macs=PLAIN.macs * 2)


@dataclass
class Api:
    """GET, POST, PUT of a status and DELETE, with the server's refusals; ``broken`` breaks the next request there.

    A certificate is issued with its approval. ``users`` are those as whom objects were made.
    """

    stored: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    version: int = 0
    users: list[dict[str, str]] = field(default_factory=list)

    def put_in(self, path: str, item: dict[str, Any]) -> None:
        self.version += 1
        name = item["metadata"]["name"]
        metadata = {"uid": f"uid-of-{name}", **item["metadata"], "resourceVersion": str(self.version)}
        self.stored[f"{path}/{name}"] = {**copy.deepcopy(item), "metadata": metadata}

    def all(self, path: str) -> dict[str, Any]:
        found = {key.removeprefix(f"{path}/"): item for key, item in self.stored.items() if key.startswith(f"{path}/")}
        return copy.deepcopy(found)

    def request(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        if error := self.broken.pop(f"{method} {path}", None):
            raise error
        owner = path.removesuffix("/status").removesuffix("/approval")
        if path.startswith(f"{cluster.REQUESTS}/") and owner not in self.stored:
            raise ApiError(404, "NotFound", f"{owner} not found")
        if method == "GET":
            return copy.deepcopy(self.stored.get(path) or {"items": list(self.all(path).values())})
        if method == "POST":
            self.users += [headers] if headers else []
            self.put_in(path, body)
            return copy.deepcopy(dict(self.stored[f"{path}/{body['metadata']['name']}"]))
        if owner not in self.stored:
            raise ApiError(404, "NotFound", f"{owner} not found")
        if method == "DELETE":
            return dict(self.stored.pop(owner))
        if body["metadata"]["resourceVersion"] != self.stored[owner]["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified")
        if path.endswith("/approval"):
            body = {**body, "status": {**body["status"], "certificate": "LS0t"}}
        self.put_in(owner.rpartition("/")[0], {**self.stored[owner], "status": body["status"]})
        return copy.deepcopy(dict(self.stored[owner]))


@dataclass
class Inventory:
    """The VMs by providerID; an exception instead of a VM is raised."""

    vms: dict[str, Hardware | Exception] = field(default_factory=dict)

    def hardware(self, provider_id: str) -> Hardware | None:
        found = self.vms.get(provider_id)
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Box:
    """All of it together."""

    api: Api = field(default_factory=Api)
    inventory: Inventory = field(default_factory=Inventory)
    # While this file is there, nobody approves certificates.
    approver_off: Path = Path("/nowhere/approver-off")

    def __post_init__(self) -> None:
        server, vcenter = cast("ApiServer", self.api), cast("VCenter", self.inventory)
        # The operators' own objects, as their operators have left them.
        status = {"conditions": [{"type": "Available", "status": "True"}]}
        self.api.put_in(cluster.NMSTATES, {"metadata": {"name": "nmstate"}, "status": status})
        hyperconverged = {"name": "kubevirt-hyperconverged", "namespace": "openshift-cnv"}
        self.api.put_in(cluster.HYPERCONVERGEDS, {"metadata": hyperconverged, "spec": {}, "status": status})
        networks = Simulated(Path("/nowhere/nmstatectl"))
        self.agent = Agent(server, vcenter, networks, self.approver_off, Switches(Path("/nowhere")))

    def machine(self, name: str, *, uuid: str = UUID, phase: str = "Provisioned", leaving: bool = False) -> None:
        metadata = {"name": name, **({"deletionTimestamp": "now"} if leaving else {})}
        item = {"metadata": metadata, "spec": {"providerID": uuid}, "status": {"phase": phase}}
        self.api.put_in(cluster.MACHINES, item)

    def policy(self, name: str, selector: dict[str, str]) -> None:
        spec = {"nodeSelector": selector, "desiredState": {"interfaces": []}}
        self.api.put_in(cluster.POLICIES, {"metadata": {"name": name, "generation": 1}, "spec": spec})

    def boot(self, rounds: int = 2) -> None:
        """A kubelet asks for its certificate in the one round, and has it in the next."""
        for _ in range(rounds):
            self.agent.round()

    def node(self, name: str) -> dict[str, Any]:
        return dict(self.api.all(cluster.NODES)[name])

    def enactments(self) -> dict[str, Any]:
        return self.api.all(cluster.ENACTMENTS)
