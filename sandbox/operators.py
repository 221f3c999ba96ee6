"""The two operators of the lab: what the catalogs have of them, what they bring, and how the sandbox switches them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITIONS = Path(__file__).parent / "crds" / "operators"
# How a sandbox starts, with them or without.
INSTALLED, NONE = "installed", "none"
CHOICES = (INSTALLED, NONE)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One version of an operator: its ClusterServiceVersion's name, the kinds in it, and its one install mode."""

    version: str
    display_name: str
    deployment: str
    definitions: tuple[str, ...]
    all_namespaces: bool = False


_NMSTATE = Bundle(
    version="kubernetes-nmstate-operator.4.20.0-202511191210",
    display_name="Kubernetes NMState Operator",
    deployment="nmstate-operator",
    definitions=("nmstates.yaml",),
)
_VIRTUALIZATION = Bundle(
    version="kubevirt-hyperconverged-operator.v4.20.1",
    display_name="OpenShift Virtualization",
    deployment="hco-operator",
    definitions=("hyperconvergeds.yaml",),
)
# By catalog and package; all in channel "stable".
CATALOG = {
    ("redhat-operators", "kubernetes-nmstate-operator"): _NMSTATE,
    ("redhat-operators", "kubevirt-hyperconverged"): _VIRTUALIZATION,
    ("community-operators", "kubernetes-nmstate-operator"): Bundle(
        version="kubernetes-nmstate-operator.v0.85.0",
        display_name="Kubernetes NMState Operator",
        deployment="nmstate-operator",
        definitions=("nmstates.yaml",),
        all_namespaces=True,
    ),
    ("community-operators", "community-kubevirt-hyperconverged"): Bundle(
        version="kubevirt-hyperconverged-operator.v1.16.0",
        display_name="KubeVirt HyperConverged Cluster Operator",
        deployment="hco-operator",
        definitions=("hyperconvergeds.yaml",),
        all_namespaces=True,
    ),
}
CHANNEL = "stable"
PACKAGES = tuple(sorted({package for _, package in CATALOG}))
# What each operator makes of its own object: the kinds of what it runs.
OPERANDS = {
    "NMState": ("nmstate.yaml",),
    "HyperConverged": ("virtual_machines.yaml", "virtual_machine_instances.yaml"),
}


@dataclass(frozen=True)
class Switches:
    """What somebody or something does to installations; a file in the folder is one that is on."""

    folder: Path

    def broken(self, package: str) -> Path:
        """While it is there, the operator's deployment does not come up."""
        return self.folder / f"{package}.broken"

    def unapproved(self, package: str) -> Path:
        """While it is there, an InstallPlan waits for approval."""
        return self.folder / f"{package}.unapproved"


def definitions(*names: str) -> Iterator[dict[str, Any]]:
    """CustomResourceDefinitions by their files' names; all of them without names."""
    paths = [DEFINITIONS / name for name in names] or sorted(DEFINITIONS.glob("*.yaml"))
    for path in paths:
        yield from filter(None, yaml.safe_load_all(path.read_text(encoding="utf-8")))
