"""Keeps OpenShift's boot-image management away from our template, where the stack file says so.

Not here: what it costs. Preflight tells before (clients/checks/boot_images.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.dynamic.boot_image_opt_out import BootImageOptOut


@dataclass(frozen=True, kw_only=True)
class BootImagesArgs:
    """``labels`` are the MachineSet's; ``enrolment`` is what preflight found of it."""

    release: str
    labels: Mapping[str, str]
    enrolment: str


class BootImages(pulumi.ComponentResource):
    """The exception that MachineConfiguration/cluster makes for our MachineSet.

    Made before the MachineSet, and gone after it: the operator acts as soon as it sees one that is enrolled.
    """

    opt_out: BootImageOptOut

    def __init__(self, name: str, args: BootImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:openshift:BootImages", name, None, opts)
        self.opt_out = BootImageOptOut(
            name,
            release=args.release,
            labels=args.labels,
            enrolment=args.enrolment,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
