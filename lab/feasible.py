"""What shows only when all is known: whether the lab, completed by what the cluster knows, can be built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lab import capacity, names, releases
from lab.manifests.bridging import DESIGNS
from lab.mistakes import ABSENT, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.plan import Lab

LABEL_VALUE = re.compile(r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\Z")


def mistake(key: str, value: Any, reason: str, remedy: str) -> Mistake:
    """A mistake at this key of the program's own sections."""
    return Mistake(key=f"{names.PROJECT}:{key}", value=value, reason=reason, remedy=remedy)


def impossible(lab: Lab) -> list[Mistake]:
    """The same rules as lab/agreement.py's, over inherited values."""
    return [*(_impossible_machines(lab) if lab.existing is None else ()), *_bridging(lab), *_impossible_stack(lab)]


def _impossible_machines(lab: Lab) -> list[Mistake]:
    wrong = []
    for key, path, branch in (("folder", lab.folder, "vm"), ("resourcePool", lab.resource_pool, "host")):
        root = f"/{lab.datacenter}/{branch}/"
        if not f"{path}/".startswith(root):
            reason = f"the Machine API looks for it under {root}"
            wrong.append(mistake(f"vcenter.{key}", path, reason, f"Write the whole inventory path, from {root}"))
    if lab.template_name == names.base_name(lab.template_source):
        reason = "the copy would take the name of the installer's template, from which the workers are made"
        remedy = f"Write another name, such as {lab.template_name}-cnv"
        wrong.append(mistake("template.name", lab.template_name, reason, remedy))
    if len(lab.template_name) > names.INVENTORY_NAME_MAX:
        reason = f"a template's name has at most {names.INVENTORY_NAME_MAX} characters in vSphere"
        wrong.append(mistake("template.name", lab.template_name, reason, "Write a shorter one"))
    if lab.cpus % lab.cores_per_socket:
        reason = f"{lab.cores_per_socket} cores a socket do not divide {lab.cpus} CPUs"
        wrong.append(mistake("hypervisors.coresPerSocket", lab.cores_per_socket, reason, "Write a divisor of cpus"))
    return wrong


def _impossible_stack(lab: Lab) -> Iterator[Mistake]:
    if len(lab.stack) > names.LABEL_VALUE_MAX or not LABEL_VALUE.match(lab.stack):
        reason = (
            f"all that is made carries it as the label {names.STACK_LABEL}, and Kubernetes takes letters, digits, "
            f"dashes, dots and underscores there, at most {names.LABEL_VALUE_MAX}"
        )
        yield Mistake(key="the stack's name", value=lab.stack, reason=reason, remedy="Rename the stack")


def _bridging(lab: Lab) -> list[Mistake]:
    """What a bridge design cannot do, be it written or the release's default."""
    release = releases.of(lab.release)
    possible = [design for design in DESIGNS if release.ovn_localnet or design != "ovn-localnet"]
    wrong = [*capacity.mistakes(lab.bridging, lab.vlan_ids, possible)]
    if lab.bridging == "ovn-localnet" and not release.ovn_localnet:
        reason = (
            f"OVN-Kubernetes of OpenShift {lab.release} wants a mapping of its own for each VLAN (physicalNetworkName)"
        )
        wrong.append(mistake("nodeNetwork.bridging", lab.bridging, reason, "Write vlan-aware"))
    if lab.bridging == "ovn-localnet" and lab.macspoofchk:
        reason = "OVN-Kubernetes has no such switch for localnet networks"
        remedy = "Leave it out, or write bridging: vlan-aware"
        wrong.append(mistake("nodeNetwork.macspoofchk", lab.macspoofchk, reason, remedy))
    if lab.attachments == "cudn":
        wrong += _cluster_networks(lab)
    if lab.bridging != "vlan-aware":
        reasons = {
            "per-vlan": "each bridge has one VLAN, and its tag is taken off before a VM sees the frame",
            "ovn-localnet": "OVN-Kubernetes passes no tags on to the guest (RFE-6831)",
        }
        reason = reasons.get(lab.bridging, "a VM gets one VLAN there, without its tag")
        wrong += [
            mistake(
                "vlans.kind",
                "trunk",
                f"guest trunk {guest.name} is not possible with bridging {lab.bridging}: {reason}",
                "Write bridging: vlan-aware, or take the entry out",
            )
            for guest in lab.guest_trunks
        ]
    return wrong


def _cluster_networks(lab: Lab) -> list[Mistake]:
    def wrong(reason: str, remedy: str) -> Mistake:
        return mistake("nodeNetwork.attachments", lab.attachments, reason, remedy)

    found = []
    if lab.bridging != "ovn-localnet":
        reason = f"ClusterUserDefinedNetworks are OVN-Kubernetes', and know nothing of the bridges of {lab.bridging}"
        found.append(wrong(reason, "Write bridging: ovn-localnet, or attachments: nad"))
    elif not releases.of(lab.release).cluster_networks:
        reason = f"OpenShift {lab.release} has no ClusterUserDefinedNetworks on physical networks"
        found.append(wrong(reason, "Write attachments: nad"))
    if lab.shared_attachments:
        reason = "a ClusterUserDefinedNetwork makes its attachments in the namespaces themselves"
        found.append(wrong(reason, "Leave sharedAttachments out, or write attachments: nad"))
    platform = sorted({name for vlan in lab.vlans for name in vlan.namespaces if names.is_platform(name)})
    if platform:
        reason = f"OVN-Kubernetes makes no such network for the platform's namespaces ({', '.join(platform)})"
        found.append(wrong(reason, "Take them out of the VLANs, or write attachments: nad"))
    if lab.mtu is not None and lab.mtu < names.NETWORK_MTU_MIN:
        reason = f"a ClusterUserDefinedNetwork takes no mtu below {names.NETWORK_MTU_MIN}"
        found.append(wrong(reason, "Write a larger mtu, or attachments: nad"))
    return found


def undecided(lab: Lab) -> list[Mistake]:
    """What has no right default on this release."""
    if lab.existing or lab.boot_images or not releases.manages_boot_images(lab.release):
        return []
    reason = (
        f"OpenShift {lab.release} can replace templates that MachineSets name by plain RHCOS, without nested "
        "virtualization, and you must say what is to happen with ours"
    )
    remedy = (
        "Write leave (each `up` looks, and makes the template anew where it was replaced) or optOut (our MachineSet is "
        "taken out of boot-image management; docs/boot-images.md has the price)"
    )
    return [mistake("template.bootImages", ABSENT, reason, remedy)]
