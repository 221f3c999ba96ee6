"""What a look at the cluster found: Kubernetes objects as the API gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lab.readiness.kvm import Origin
    from lab.readiness.verdicts import Object


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One MachineSet's Machines, and what may tell why they are not what they should be.

    ``nodes`` are all of the cluster, by name; ``events`` the warnings about Machines; ``requests`` the
    CertificateSigningRequests; ``origins`` what vCenter says of Machines without KVM, by the Machine's name. ``pods``,
    ``budgets`` (PodDisruptionBudgets) and ``instances`` (VirtualMachineInstances) are those that a drain has to do
    with. ``now`` is in UTC.
    """

    machines: Sequence[Object]
    nodes: Mapping[str, Object]
    now: datetime
    events: Sequence[Object] = ()
    requests: Sequence[Object] = ()
    origins: Mapping[str, Origin | None] = field(default_factory=dict)
    pods: Sequence[Object] = ()
    budgets: Sequence[Object] = ()
    instances: Sequence[Object] = ()
