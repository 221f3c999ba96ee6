"""Whether this is the cluster that the stack file means, and what of it the lab is based on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster import kinds
from lab import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.cluster.facts import ClusterFacts
    from clients.cluster.kinds import Kind
    from clients.cluster.session import Object
    from lab.settings import Settings

# Who brings a kind that the chain needs, and is not served.
BRINGS = {
    kinds.MACHINE_SET: "the Machine API, which only installer-provisioned clusters have",
    kinds.POLICY: "the NMState operator, with an NMState object",
    kinds.NETWORK_ATTACHMENT: "Multus, which is part of OpenShift's network",
    kinds.VIRTUAL_MACHINE: "OpenShift Virtualization, with a HyperConverged object",
}
# Of these, what `operators.mode: manage` installs.
INSTALLED = frozenset({kinds.POLICY, kinds.VIRTUAL_MACHINE})


def worker(settings: Settings, facts: ClusterFacts) -> Object | None:
    """The worker MachineSet that the hypervisors are based on: the named one, or the first that is the installer's."""
    based_on = settings.cluster.based_on
    if based_on == "none":
        return None
    if based_on != "auto":
        return facts.machine_sets.get(based_on)
    ours = _machine_set(settings)
    candidates = (
        item
        for name, item in sorted(facts.machine_sets.items())
        if name != ours
        and names.STACK_LABEL not in (item["metadata"].get("labels") or {})
        and _labels_of_machines(item).get(names.MACHINE_ROLE_LABEL) == "worker"
    )
    return next(candidates, None)


def _labels_of_machines(machine_set: Object) -> dict[str, str]:
    labels: dict[str, str] = (machine_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return labels


def cluster(settings: Settings, facts: ClusterFacts) -> list[str]:
    """Whether this is the cluster that the stack file means, and has what the chain needs."""
    found = []
    if facts.infra_id != settings.cluster.infra_id:
        found.append(
            f"the cluster's infrastructure id is {facts.infra_id}, the stack file says {settings.cluster.infra_id}: "
            "this is another cluster. Correct cnv-lab:cluster.infraId, or KUBECONFIG and cnv-lab:cluster.context."
        )
    existing = settings.hypervisors.existing is not None
    if not existing and not is_vsphere(facts):
        found.append(
            f"the cluster runs on {facts.platform}; this program makes hypervisors on vSphere only. Nodes that are "
            "there can be used: write cnv-lab:hypervisors.existing with their labels."
        )
    if not existing:
        found += _cluster_api(settings, facts)
    based_on = settings.cluster.based_on
    if based_on not in {"auto", "none"} and based_on not in facts.machine_sets:
        there = ", ".join(sorted(facts.machine_sets)) or "none"
        found.append(f"there is no MachineSet {based_on}. Correct cnv-lab:cluster.basedOn; there are: {there}.")
    return [*found, *(_missing(kind) for kind in facts.missing if _is_needed(settings, kind))]


def _cluster_api(settings: Settings, facts: ClusterFacts) -> Iterator[str]:
    """MachineSets of which Cluster API has the say: what the Machine API has of them is a copy, and changes nothing.

    (openshift/api, machine/v1beta1/types_machineset.go: spec.authoritativeAPI)
    """
    ours = facts.machine_sets.get(_machine_set(settings))
    for machine_set in filter(None, (worker(settings, facts), ours)):
        if machine_set["spec"].get("authoritativeAPI", "MachineAPI") != "MachineAPI":
            yield (
                f"MachineSet {machine_set['metadata']['name']} is authoritativeAPI: "
                f"{machine_set['spec']['authoritativeAPI']}: Cluster API makes its machines, and this program speaks "
                "the Machine API only. Move it back (authoritativeAPI: MachineAPI), base the lab on another one "
                "(cnv-lab:cluster.basedOn), or make the nodes by other means and write cnv-lab:hypervisors.existing."
            )


def _machine_set(settings: Settings) -> str:
    return settings.hypervisors.name or f"{settings.cluster.infra_id}-cnv"


def _is_needed(settings: Settings, kind: Kind) -> bool:
    if settings.hypervisors.existing is not None and kind is kinds.MACHINE_SET:
        return False
    return settings.operators.mode != "manage" or kind not in INSTALLED


def _missing(kind: Kind) -> str:
    otherwise = ", or write cnv-lab:operators.mode manage" if kind in INSTALLED else ""
    return f"{kind.name} ({kind.api_version}) is not served: {BRINGS[kind]}. Install it first{otherwise}."


def is_vsphere(facts: ClusterFacts) -> bool:
    """Whether the cluster runs on vSphere, or does not say."""
    return facts.platform in {"", "VSphere"}
