"""The chain: which component waits for which. Each arrow is a dependency on a concrete resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from clients.preflight import Preflight
from clients.teardown import Standing
from clients.vcenter.template import TemplateSpec
from components.boot_images import BootImages, BootImagesArgs
from components.cnv_template import CnvTemplate, CnvTemplateArgs
from components.distributed_port_group import DistributedPortGroup, DistributedPortGroupArgs
from components.dynamic.anti_affinity import AntiAffinityArgs
from components.example_vm import ExampleVm, ExampleVmArgs
from components.hypervisors import Hypervisors, HypervisorsArgs
from components.network_attachments import NetworkAttachments, NetworkAttachmentsArgs
from components.node_network import NodeNetwork, NodeNetworkArgs
from components.operators import Operators, OperatorsArgs
from components.teardown import Teardown, TeardownArgs
from components.trunk_port_group import TrunkPortGroup, TrunkPortGroupArgs
from lab import manifests, names
from lab.manifests.network_attachments import SHARED
from lab.manifests.network_attachments import standing as attachments_standing
from lab.manifests.operators import VIRTUALIZATION
from lab.plan import Lab
from lab.template import Features
from lab.trunk import SECURITY


@dataclass(frozen=True, kw_only=True)
class Machines:
    """The components that hypervisors are made by."""

    trunk: Sequence[pulumi.Resource]
    template: CnvTemplate
    boot_images: BootImages | None
    hypervisors: Hypervisors


@dataclass(frozen=True, kw_only=True)
class Made:
    """The components of a lab."""

    operators: Operators | None
    machines: Machines | None
    node_network: NodeNetwork
    attachments: NetworkAttachments


def build(found: Preflight, opts: pulumi.ResourceOptions) -> Made:
    """Makes the lab's components; ``opts`` carries the providers."""
    lab = found.lab
    operators = _operators(lab, opts)
    kvm_from = [operators.installed[VIRTUALIZATION]] if operators else []
    machines = _machines(found, kvm_from, opts) if lab.existing is None else None
    nodes = machines.hypervisors.rollout.nodes if machines else list(found.nodes)
    # The drain as well: a rollout that no longer holds is not in the state, and the policy still goes first.
    ready: list[pulumi.Resource] = [machines.hypervisors.drain, machines.hypervisors.rollout] if machines else []
    if operators:
        operators.wait_for_virtualization(nodes)
    node_network = NodeNetwork(
        "node-network",
        NodeNetworkArgs(
            policy=manifests.policy(lab, found.ledger),
            nic=lab.nic,
            taken_back=found.taken_back,
            nodes=nodes,
            timeout_minutes=lab.node_network_timeout_minutes,
            revert_on_destroy=lab.revert_on_destroy,
            after=[*ready, *(operators.handlers if operators else [])],
        ),
        opts,
    )
    attachments = NetworkAttachments(
        "attachments",
        NetworkAttachmentsArgs(
            namespaces=manifests.namespaces(lab),
            existing=_existing(lab),
            attachments=[*manifests.network_attachments(lab), *manifests.cluster_networks(lab)],
            after=[node_network.revert, node_network.rollout],
        ),
        opts,
    )
    # The guards stand for the attachments, for which they wait.
    ends: list[pulumi.Resource] = [*attachments.guards, node_network.rollout, node_network.revert]
    if operators:
        ends.append(operators.guard(lab.policy, ends))
    vm = manifests.example_vm(lab)
    if vm is not None:
        kubevirt = [operators.virtualization] if operators and operators.virtualization else []
        ends = [ExampleVm("example-vm", ExampleVmArgs(vm=vm, after=[*ends, *kubevirt]), opts).vm, *ends]
    Teardown(
        "teardown",
        TeardownArgs(
            standing=standing(lab),
            after=[*ends, *ready],
        ),
        opts,
    )
    return Made(operators=operators, machines=machines, node_network=node_network, attachments=attachments)


def _machines(found: Preflight, kvm_from: Sequence[pulumi.Resource], opts: pulumi.ResourceOptions) -> Machines:
    """From the port group to hypervisors; not for a lab whose hypervisors exist."""
    lab = found.lab
    trunk = _trunk(found, opts)
    template = CnvTemplate(
        "template",
        CnvTemplateArgs(
            stack=lab.stack,
            server=lab.server,
            spec=template_spec(found),
            condition=found.template.condition,
            after=trunk,
        ),
        opts,
    )
    boot_images = _boot_images(found, opts)
    hypervisors = Hypervisors(
        "hypervisors",
        HypervisorsArgs(
            machine_set=manifests.machine_set(lab),
            taken_down=found.taken_down,
            timeout_minutes=lab.hypervisors_timeout_minutes,
            after=[template.template, *trunk, *([boot_images.opt_out] if boot_images else [])],
            kvm_from=kvm_from,
            apart=_apart(lab) if lab.anti_affinity else None,
        ),
        opts,
    )
    return Machines(trunk=trunk, template=template, boot_images=boot_images, hypervisors=hypervisors)


def _trunk(found: Preflight, opts: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    """What carries the VLANs; nothing where somebody else owns it."""
    lab = found.lab
    if lab.trunk.existing:
        return []
    if lab.trunk.is_distributed:
        distributed = DistributedPortGroupArgs(
            name=lab.port_group,
            stack=lab.stack,
            switch=found.switch,
            server=lab.server,
            ranges=lab.trunk.ranges,
            security=SECURITY[lab.trunk.security],
        )
        return DistributedPortGroup("trunk", distributed, opts).resources
    args = TrunkPortGroupArgs(name=lab.port_group, switch=lab.switch, hosts=found.hosts)
    return TrunkPortGroup("trunk", args, opts).port_groups


def _apart(lab: Lab) -> AntiAffinityArgs:
    return AntiAffinityArgs(
        server=lab.server,
        datacenter=lab.datacenter,
        cluster=lab.cluster,
        folder=lab.folder,
        rule=names.apart_rule(lab.stack, lab.machine_set),
        machine_set=lab.machine_set,
    )


def _operators(lab: Lab, opts: pulumi.ResourceOptions) -> Operators | None:
    if lab.operators.mode != "manage":
        return None
    args = OperatorsArgs(
        objects=manifests.operators(lab),
        remove_on_destroy=lab.operators.remove_on_destroy,
        timeout_minutes=lab.operators.timeout_minutes,
    )
    return Operators("operators", args, opts)


def _boot_images(found: Preflight, opts: pulumi.ResourceOptions) -> BootImages | None:
    if found.lab.boot_images != "optOut":
        return None
    args = BootImagesArgs(release=found.lab.release, labels=found.labels, enrolment=found.enrolment)
    return BootImages("boot-images", args, opts)


def _existing(lab: Lab) -> dict[str, list[str]]:
    """The namespaces that stay when the stack goes, and the attachments of the stack in each."""
    places = [namespace.name for namespace in lab.namespaces if namespace.existing]
    attached = attachments_standing(lab)
    shared = [SHARED] if SHARED in attached else []
    return {place: attached.get(place, []) for place in dict.fromkeys([*places, *shared])}


def standing(lab: Lab) -> Standing:
    """What a destroy looks at before it begins."""
    return Standing(
        server=lab.server,
        datacenter=lab.datacenter,
        cluster=lab.cluster,
        port_group="" if lab.trunk.existing else lab.port_group,
        machine_set=lab.machine_set,
        template=lab.template_name,
    )


def template_spec(found: Preflight) -> TemplateSpec:
    """The -cnv template of the lab."""
    lab = found.lab
    return TemplateSpec(
        name=lab.template_name,
        source=lab.template_source,
        identity=found.template.identity,
        datacenter=lab.datacenter,
        folder=lab.folder,
        datastore=lab.datastore,
        resource_pool=lab.resource_pool,
        features=Features(
            nested_virtualization=lab.nested_virtualization,
            performance_counters=lab.performance_counters,
            iommu=lab.iommu,
            trunk_nic=lab.port_group if lab.trunk_nic else "",
        ),
    )
