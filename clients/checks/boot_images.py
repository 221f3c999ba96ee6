"""What OpenShift's boot-image management may do to our template, and what opting out of it does to the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import boot_images, manifests, releases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab

OBJECT = "MachineConfiguration/cluster"


def labels(lab: Lab, facts: ClusterFacts) -> Mapping[str, str]:
    """Our MachineSet's, as they will be: what others have put on the live one stays on it."""
    live = facts.machine_sets.get(lab.machine_set) or {"metadata": {}}
    return {**(live["metadata"].get("labels") or {}), **manifests.machine_set(lab)["metadata"]["labels"]}


def enrolment(lab: Lab, facts: ClusterFacts) -> str:
    """Whether our MachineSet is enrolled; see lab/boot_images.py."""
    if not facts.serves_machine_configurations:
        return boot_images.NOT_ENROLLED
    return boot_images.enrolment(facts.machine_configuration or {}, lab.release, labels(lab, facts))


def refusals(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What stands in the way of opting out."""
    if not _is_to_opt_out(lab, facts):
        return
    if facts.machine_configuration is None:
        yield (
            f"{OBJECT} is not there, and template.bootImages is optOut: the Machine Config Operator makes it, and "
            "enrols every MachineSet. See why it has not yet (oc get clusteroperator machine-config), then run again."
        )
    elif obstacle := boot_images.obstacle(facts.machine_configuration):
        yield f"{OBJECT}, template.bootImages optOut: {obstacle}."


def warnings(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What opting out is about to change for the whole cluster; nothing once it is done."""
    is_odd = not facts.serves_machine_configurations and releases.manages_boot_images(lab.release)
    if is_odd and lab.boot_images == "optOut":
        yield (
            f"this cluster serves no MachineConfiguration, which OpenShift {lab.release} has as a rule: nothing "
            "manages boot images here, and template.bootImages: optOut has nothing to do."
        )
    if _is_to_opt_out(lab, facts) and releases.manages_boot_images_by_default(lab.release):
        price = boot_images.price(facts.machine_configuration or {})
        yield f"MachineSet {lab.machine_set} is about to be taken out of boot-image management ({OBJECT}): {price}."


def news(lab: Lab, facts: ClusterFacts) -> Iterator[str]:
    """What may happen to the template where nobody opts out."""
    if lab.boot_images == "leave" and enrolment(lab, facts) != boot_images.NOT_ENROLLED:
        yield (
            f"OpenShift {lab.release} manages the boot images of MachineSet {lab.machine_set}: it may replace template "
            f"{lab.template_name} by plain RHCOS, without nested virtualization. The next `pulumi up` makes the "
            "template anew; Machines that were made in between have no KVM. template.bootImages: optOut keeps it out."
        )


def _is_to_opt_out(lab: Lab, facts: ClusterFacts) -> bool:
    return lab.boot_images == "optOut" and enrolment(lab, facts) != boot_images.NOT_ENROLLED
