"""What the engine runs: the chain alone, or the whole program with fixture data for what its servers would answer."""

from __future__ import annotations

import runpy
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vsphere as vsphere

from components import wiring
from tests.components import fixtures

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pytest

    from clients.cluster.facts import ClusterFacts
    from clients.vcenter.inventory import Inventory
    from lab.plan import Lab

USER, PASSWORD = "administrator@vsphere.local", "correct horse"
KUBECONFIG = "a kubeconfig with a token"
LOGINS = {"vsphere:user": USER, "vsphere:password": PASSWORD, "kubernetes:kubeconfig": KUBECONFIG}
ENCRYPTED = ("vsphere:password", "kubernetes:kubeconfig")


def chain(lab: Lab | None = None, ledger: Collection[str] = ()) -> Callable[[], wiring.Made]:
    """The components of the lab below the two providers."""
    wanted = lab or fixtures.lab()

    def program() -> wiring.Made:
        providers = [vsphere.Provider("vcenter"), kubernetes.Provider("cluster")]
        return wiring.build(fixtures.found(wanted, ledger), pulumi.ResourceOptions(providers=providers))

    return program


def main() -> None:
    """The program as Pulumi's language host runs it."""
    runpy.run_path(str(fixtures.ROOT / "__main__.py"), run_name="__main__")


def replace_servers(
    monkeypatch: pytest.MonkeyPatch, inventory: Inventory | None = None, cluster: ClusterFacts | None = None
) -> list[Any]:
    """Lets preflight find these in vCenter and the cluster; gives the list of logins, which grows as it uses them."""
    used: list[Any] = []

    def connect(access: Any, _report: Any = None) -> nullcontext[str]:
        used.append(access)
        return nullcontext("a session")

    monkeypatch.setattr("clients.cluster.session.connect", connect)
    monkeypatch.setattr("clients.vcenter.session.connect", connect)
    monkeypatch.setattr("clients.cluster.facts.take", lambda _: cluster or fixtures.cluster())
    monkeypatch.setattr("clients.vcenter.inventory.take", lambda *_: inventory or fixtures.inventory())
    monkeypatch.setattr("clients.vcenter.inventory.vms_on", lambda *_: ["hub2-cnv-x7x7x"])
    return used
