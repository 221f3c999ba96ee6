"""Policies by hand: what they say, and what the nodes' handlers made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.cluster import until

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster

LABEL = "machine.openshift.io/cluster-api-machineset"
POLICY_KIND = ("nmstate.io/v1", "NodeNetworkConfigurationPolicy")


def vlan(tag: int, nic: str = "ens224", **more: Any) -> dict[str, Any]:
    return {"name": f"{nic}.{tag}", "type": "vlan", "state": "up", "vlan": {"base-iface": nic, "id": tag}, **more}


def bridge(tag: int, **port: Any) -> dict[str, Any]:
    ports = [{"name": f"ens224.{tag}", **port}]
    options = {"stp": {"enabled": False}}
    return {"name": f"br-{tag}", "type": "linux-bridge", "state": "up", "bridge": {"options": options, "port": ports}}


class Policies:
    """Makes policies for the nodes with these labels, and tells what became of them."""

    def __init__(self, cluster: Cluster, selector: dict[str, str]) -> None:
        self.cluster = cluster
        self.selector = selector
        self.made: list[str] = []

    def __call__(self, name: str, *interfaces: dict[str, Any], **spec: Any) -> None:
        spec = {"nodeSelector": self.selector, "desiredState": {"interfaces": list(interfaces)}, **spec}
        api_version, kind = POLICY_KIND
        self.cluster.create({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
        self.made.append(name)

    def change(self, name: str, *interfaces: dict[str, Any]) -> None:
        spec = {"desiredState": {"interfaces": list(interfaces)}}
        self.cluster.patch(*POLICY_KIND, name, {"spec": spec})

    def conditions(self, name: str) -> dict[str, dict[str, Any]]:
        policy = self.cluster.policy(name)
        assert policy is not None
        return {item["type"]: item for item in (policy.get("status") or {}).get("conditions") or []}

    def kinds(self, name: str) -> dict[str, str]:
        """The enactments' true types by node."""
        return {
            item["metadata"]["labels"]["nmstate.io/node"]: told["type"]
            for item in self.cluster.enactments(name)
            for told in (item.get("status") or {}).get("conditions") or []
            if told["status"] == "True"
        }

    def judged(self, name: str) -> str:
        """The reason that the policy's own condition ends with, when every enactment is of its generation."""
        policy = self.cluster.policy(name)
        assert policy is not None
        generation = policy["metadata"]["generation"]

        def done() -> str:
            known, papers = self.conditions(name), self.cluster.enactments(name)
            current = all((item.get("status") or {}).get("policyGeneration") == generation for item in papers)
            in_work = not papers or "Progressing" in self.kinds(name).values()
            ended = known and known["Progressing"]["status"] == "False"
            return str(known["Available"]["reason"]) if current and ended and not in_work else ""

        return str(until(done, f"policy {name} was judged"))

    def complaint(self, name: str) -> str:
        """What the first node that failed said."""
        failing = [
            told["message"]
            for item in self.cluster.enactments(name)
            for told in item["status"]["conditions"]
            if told["type"] == "Failing" and told["status"] == "True"
        ]
        return str(failing[0])
