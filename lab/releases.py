"""Which OpenShift release does what: the only place that knows.

A release is "4.20" as text: as a number it would be 4.2. docs/releases.md has the same as a table.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTED = ("4.10", *(f"4.{minor}" for minor in range(16, 23)))
NEWEST = SUPPORTED[-1]
# Of Network/cluster (config.openshift.io), status.networkType.
OVN_KUBERNETES = "OVNKubernetes"


@dataclass(frozen=True, kw_only=True)
class Release:
    """What one release does; where each comes from is said in ``of``."""

    name: str
    # Whether NMState is an operator of its own; before, OpenShift Virtualization brings it.
    nmstate_operator: bool
    # Whether HyperConverged takes an eviction strategy for the cluster's VMs; before, each VM had its own only.
    eviction_strategy: bool
    # What a policy that selects no node says of itself.
    no_matching_node: str
    # How often nmstate's handler tries a policy again that failed on a node.
    policy_retries: int
    # Whether nmstate knows vlan-default-pvid, which the VLAN-aware bridge wants to be 0.
    default_pvid: bool
    # The CNI plugin for Linux bridges, by the name that the release's documentation writes.
    bridge_plugin: str
    # Whether networks of OVN-Kubernetes may share a bridge mapping, and ClusterUserDefinedNetworks may be on it.
    ovn_localnet: bool
    cluster_networks: bool
    # Whether each NIC forwards IP only when told to; frames that are bridged are not asked.
    forwards_per_nic: bool
    # Boot images of MachineSets on vSphere: "no", "opt-in" or "opt-out".
    boot_images: str
    # The HyperConverged object's API.
    hco_api: str
    # The bridge design, where the stack file names none and the cluster's network is OVN-Kubernetes.
    bridging: str


def of(release: str) -> Release:
    """What this release does; takes a full version ("4.20.3") too, and those between the supported ones."""
    now = parts(release)
    return Release(
        name=f"{now[0]}.{now[1]}",
        # openshift-docs PR 47513, cluster-network-addons-operator PR 1361.
        nmstate_operator=now >= (4, 11),
        # hyperconverged-cluster-operator PR 2071 (October 2022); no supported release lies near.
        eviction_strategy=now >= (4, 12),
        # openshift/kubernetes-nmstate, pkg/policyconditions/conditions.go of the release branches.
        no_matching_node="Ignored" if now >= (4, 21) else "Available",
        policy_retries=5 if now >= (4, 21) else 0,
        # nmstate 2.2.12 (June 2023), which 4.14 was the first to have.
        default_pvid=now >= (4, 14),
        # openshift-docs PR 83885; `cnv-bridge` is the older name of the same plugin.
        bridge_plugin="bridge" if now >= (4, 14) else "cnv-bridge",
        # `physicalNetworkName` (ovn-kubernetes PR 4320) is documented from 4.18 on (openshift-docs PR 87994). Before,
        # each network needed a mapping of its own name.
        ovn_localnet=now >= (4, 18),
        # openshift-docs PR 94758.
        cluster_networks=now >= (4, 19),
        # The post's author, "Open Virtual Networking" and VGT posts.
        forwards_per_nic=now >= (4, 19),
        # machine-config-operator, pkg/controller/common/featuregates.go, CheckBootImagePlatform.
        boot_images="opt-out" if now >= (4, 22) else "opt-in" if now >= (4, 21) else "no",
        # v1beta1 is served by all of them; v1 moves fields (hyperconverged-cluster-operator PR 4166).
        hco_api="hco.kubevirt.io/v1beta1",
        bridging="ovn-localnet" if now >= (4, 19) else "vlan-aware",
    )


def parts(release: str) -> tuple[int, int]:
    """A release as numbers that compare; takes a full version ("4.20.3") too."""
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


def default_bridging(release: str, network_type: str) -> str:
    """The bridge design where the stack file names none; ``network_type`` as Network/cluster tells it."""
    return of(release).bridging if network_type == OVN_KUBERNETES else "vlan-aware"


def bridge_plugin(release: str) -> str:
    """The CNI plugin that a NetworkAttachmentDefinition for a Linux bridge names."""
    return of(release).bridge_plugin


def manages_boot_images(release: str) -> bool:
    """Whether the Machine Config Operator may replace the templates of MachineSets on vSphere."""
    return of(release).boot_images != "no"


def manages_boot_images_by_default(release: str) -> bool:
    """Whether it does so without being asked to."""
    return of(release).boot_images == "opt-out"


# A column of docs/releases.md for each field.
HEADINGS = {
    "name": "release",
    "nmstate_operator": "NMState is an operator of its own",
    "eviction_strategy": "`operators.evictionStrategy`",
    "no_matching_node": "a policy without nodes is",
    "policy_retries": "a failed policy is tried again",
    "default_pvid": "`vlan-default-pvid`",
    "bridge_plugin": "plugin for Linux bridges",
    "ovn_localnet": "`ovn-localnet`",
    "cluster_networks": "`attachments: cudn`",
    "forwards_per_nic": "IP forwarding only where told",
    "boot_images": "boot images on vSphere",
    "hco_api": "HyperConverged",
    "bridging": "default `bridging` (OVN-Kubernetes)",
}


def table() -> Iterator[str]:
    """The table of docs/releases.md, line by line."""
    yield f"| {' | '.join(HEADINGS[field.name] for field in fields(Release))} |"
    yield f"|{'---|' * len(fields(Release))}"
    for release in SUPPORTED:
        row = of(release)
        yield f"| {' | '.join(_cell(getattr(row, field.name)) for field in fields(Release))} |"


def upgrades() -> Iterator[str]:
    """The table of docs/upgrade-openshift.md, line by line: what each does otherwise than the one before."""
    yield "| upgrade | what changes |"
    yield "|---|---|"
    for before, after in pairwise(map(of, SUPPORTED)):
        pairs = {field.name: (getattr(before, field.name), getattr(after, field.name)) for field in fields(Release)}
        told = [
            f"{HEADINGS[name]}: {_cell(old)} → {_cell(new)}"
            for name, (old, new) in pairs.items()
            if old != new and name != "name"
        ]
        yield f"| {before.name} → {after.name} | {'; '.join(told) or 'nothing'} |"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value} times" if value and isinstance(value, int) else str(value or "no")
