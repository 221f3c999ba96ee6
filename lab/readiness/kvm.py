"""Why a Ready node has no /dev/kvm, judged by what vCenter says of its VM and of the template."""

from __future__ import annotations

from dataclasses import dataclass

from lab import names
from lab.readiness.controller import ANEW, TRY_ANEW
from lab.readiness.verdicts import Failed, Verdict, Waiting

# vSphere's name of the flag, by which `govc vm.info -json` shows it.
FLAG = "nestedHVEnabled"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a Machine came from: ``template`` by its inventory path, and whether it has our mark.

    ``vm_nested`` and ``template_nested`` tell of nestedHVEnabled; None where vCenter has no such VM.
    """

    template: str
    template_nested: bool | None
    template_marked: bool
    vm_nested: bool | None


def without_kvm(node: str, machine: str, origin: Origin | None) -> Verdict:
    """The verdict on a Ready node whose allocatable KVM is 0; without ``origin`` nobody asked vCenter."""
    told = f"node {node} is Ready and has no /dev/kvm ({names.KVM_RESOURCE} is 0): no VM can start there"
    anew = f"{TRY_ANEW} {machine}"
    if origin is None or origin.vm_nested is None:
        return Failed(
            told,
            "Check that the -cnv template still has nested virtualization (boot-image management may have taken it) "
            f"and that the ESXi host supports it, {anew}",
        )
    mended = f"`pulumi up --refresh` makes it right again, {anew}"
    if origin.template_nested is None:
        return Failed(f"{told}. Its template {origin.template} is not in vCenter any more", mended)
    if not origin.template_nested and not origin.template_marked:
        return Failed(
            f"{told}. {origin.template} is not the template that this program made: it has no nested virtualization "
            f"({FLAG} is false) and no mark of ours, as boot-image management or somebody by hand would leave it",
            f"docs/boot-images.md tells how to keep it; rename or delete that one in vCenter, {mended}",
        )
    if not origin.template_nested:
        return Failed(f"{told}. Template {origin.template} has lost nested virtualization ({FLAG} is false)", mended)
    if not origin.vm_nested:
        return Failed(
            f"{told}. Template {origin.template} has nested virtualization, and the VM has not: Machine {machine} was "
            f"made when the template was without it ({FLAG} is false)",
            f"The template is right by now: {ANEW} {machine}",
        )
    return Waiting(
        f"{told}, though its VM and template {origin.template} have nested virtualization: KubeVirt's virt-handler is "
        "starting there, or the CPU of the ESXi host cannot virtualize"
    )
